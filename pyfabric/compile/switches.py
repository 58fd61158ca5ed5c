"""Columns that tie switch settings to ports: headroom, shared pool, ECN, link errors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pyfabric.compile.buffers import Pool, check_pools, link_headrooms
from pyfabric.compile.framing import Frames
from pyfabric.compile.nodes import Columns
from pyfabric.compile.ns3 import headrooms
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.profiles import Profiles
from pyfabric.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from pyfabric.scenario import Switch

_ONE_Q32: Final = 1 << 32
_QUANTUM_BYTES: Final = 64  # 512 bit times (IEEE 802.3 annex 31B.2)


@dataclass(frozen=True)
class SwitchPorts:
    """What the functions below have in common."""

    table: PortTable
    profiles: Profiles
    frames: Frames
    switch_names: tuple[str, ...]
    ns3: bool = False  #: buffers by the rules of that simulator

    def of_profile(self, profile: int) -> Ints:
        """Ports of all switches with this profile."""
        owner = np.full(self.table.nodes, -1, dtype=np.int64)
        owner[self.table.hosts :] = self.profiles.switch_of
        return np.flatnonzero(owner[self.table.node] == profile)


def switch_columns(ports: SwitchPorts, columns: Columns, classes_in_use: int) -> Columns:
    """Columns of ports, and of the nodes whatever depends on all ports of a switch.

    ``columns`` are those of :func:`pyfabric.compile.nodes.node_columns`; ``classes_in_use`` counts
    the classes that any flow, acknowledgement or CNP has. Raises ScenarioError when a buffer is too
    small, a mapping of ECN thresholds lacks a port rate, or a pause would end before it can be
    refreshed.
    """
    count = len(ports.table.node)
    made: Columns = {
        "port_headroom_bytes": np.zeros(count, dtype=np.int64),
        "port_ecn_kmin_bytes": np.zeros(count, dtype=np.int64),
        "port_ecn_kmax_bytes": np.zeros(count, dtype=np.int64),
        "port_ecn_pmax_q32": np.zeros(count, dtype=np.uint64),
        "port_error_q32": error_q32(ports.table),
        "node_xon_offset_bytes": np.zeros(ports.table.nodes, dtype=np.int64),
    }
    faults: list[Fault] = []
    for profile in np.unique(ports.profiles.switch_of).tolist():
        switch = ports.profiles.switches[profile]
        own = ports.of_profile(profile)
        path = ports.profiles.switch_paths[profile]
        faults += _refresh_fault(switch, path, ports.frames)
        made["port_headroom_bytes"][own] = _headrooms(ports, switch, own, columns)
        faults += _set_ecn(made, switch, path, own, ports.table.rate_bps[own])
        offset = switch.pfc.xon_offset_bytes
        nodes = ports.table.hosts + np.flatnonzero(ports.profiles.switch_of == profile)
        made["node_xon_offset_bytes"][nodes] = (
            2 * ports.frames.full_packet if offset is None else offset
        )
    if faults:
        raise ScenarioError(faults)
    made["node_shared_bytes"] = _shared(ports, made["port_headroom_bytes"], classes_in_use)
    return made


def error_q32(table: PortTable) -> Ints:
    """Link error probabilities x 2**32; one that is not zero stays at least 1."""
    scaled = np.rint(table.error * _ONE_Q32).astype(np.int64)
    return np.where(table.error > 0, np.maximum(scaled, 1), 0)


def _headrooms(ports: SwitchPorts, switch: Switch, own: Ints, columns: Columns) -> Ints | int:
    if switch.headroom_bytes is not None:
        return switch.headroom_bytes
    if not switch.pfc.enabled or not switch.lossless_priorities:
        return 0
    table = ports.table
    if ports.ns3:
        return headrooms(table.rate_bps[own], table.delay_ps[own])
    reaction = columns["node_pfc_reaction_ps"][table.peer_node[own]]
    latency = np.full(len(own), switch.latency_ps, dtype=np.int64)
    return link_headrooms(ports.frames, table.rate_bps[own], table.delay_ps[own], reaction, latency)


def _refresh_fault(switch: Switch, path: str, frames: Frames) -> list[Fault]:
    """XOFF is repeated after half its time, behind at most a largest frame and a PFC frame."""
    if not switch.pfc.enabled or switch.pfc.mode != "quanta":
        return []
    waiting = frames.largest + frames.pfc + 2 * frames.gap
    smallest = -(-2 * waiting // _QUANTUM_BYTES)
    if switch.pfc.quanta >= smallest:
        return []
    return [
        Fault(
            f"{path}.pfc.quanta",
            f"{switch.pfc.quanta} quanta of 512 bit times run out before XOFF can be repeated "
            f"behind a largest frame of {frames.largest} B (allowed: {smallest} to 65535)",
        )
    ]


def _set_ecn(made: Columns, switch: Switch, path: str, own: Ints, rates: Ints) -> list[Fault]:
    if switch.ecn is None:
        return []
    faults: list[Fault] = []
    for rate in np.unique(rates).tolist():
        try:
            kmin, kmax, pmax = switch.ecn.thresholds_for(rate)
        except ScenarioError as error:
            faults.extend(error.under(f"{path}.ecn").faults)
            continue
        same = own[rates == rate]
        made["port_ecn_kmin_bytes"][same] = kmin
        made["port_ecn_kmax_bytes"][same] = kmax
        made["port_ecn_pmax_q32"][same] = round(Fraction(pmax) * _ONE_Q32)
    return faults


def _shared(ports: SwitchPorts, headroom: Ints, classes_in_use: int) -> Ints:
    """[N] shared pool of every switch, 0 at hosts."""
    table, profiles = ports.table, ports.profiles
    running = np.concatenate([[0], np.cumsum(headroom)])
    per_class = running[table.first[1:]] - running[table.first[:-1]]
    port_count = np.diff(table.first)
    most = 8
    if ports.ns3:  # one of each for a port, whatever its classes take
        most = classes_in_use = 1
    pools = []
    for index, profile in enumerate(profiles.switch_of.tolist()):
        switch, node = profiles.switches[profile], table.hosts + index
        pools.append(
            Pool(
                switch=ports.switch_names[index],
                buffer=switch.buffer_bytes,
                headroom=int(per_class[node]) * len(switch.lossless_priorities[:most]),
                reserves=int(port_count[node]) * switch.reserve_bytes * classes_in_use,
                smallest=2 * ports.frames.largest,
            )
        )
    check_pools(pools)
    shared = np.zeros(table.nodes, dtype=np.int64)
    shared[table.hosts :] = [pool.shared for pool in pools]
    return shared
