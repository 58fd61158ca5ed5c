"""Columns that tie switch settings to ports: headroom, shared pool, ECN, link errors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from pyfabric.compile.bounces import port_columns
from pyfabric.compile.buffers import Pool, check_pools, link_headrooms
from pyfabric.compile.framing import Frames
from pyfabric.compile.nodes import Columns
from pyfabric.compile.ns3 import headrooms
from pyfabric.compile.pools import (
    Place,
    SwitchPools,
    explicit_pools,
    largest_headroom,
    single_headroom,
    single_pool,
)
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.profiles import Profiles, priority_dscp
from pyfabric.compile.qos import needs_qos, no_qos, qos_columns
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


def switch_columns(ports: SwitchPorts, columns: Columns, classes_in_use: frozenset[int]) -> Columns:
    """Columns of ports, and of the nodes whatever depends on all ports of a switch.

    ``columns`` are those of :func:`pyfabric.compile.nodes.node_columns`; ``classes_in_use`` are
    the priorities that any flow, acknowledgement or CNP has. Raises ScenarioError when a buffer is
    too small, a priority group lacks a profile, bounces have no tiers, a mapping of ECN thresholds
    lacks a port rate, or a pause would end before it can be refreshed.
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
    made |= port_columns(ports.table, ports.profiles)
    return made | _buffers(ports, {**columns, **made}, classes_in_use)


def error_q32(table: PortTable) -> Ints:
    """Link error probabilities x 2**32; one that is not zero stays at least 1."""
    scaled = np.rint(table.error * _ONE_Q32).astype(np.int64)
    return np.where(table.error > 0, np.maximum(scaled, 1), 0)


def _headrooms(ports: SwitchPorts, switch: Switch, own: Ints, columns: Columns) -> Ints | int:
    if switch.headroom_bytes is not None:
        return switch.headroom_bytes
    own_headrooms = largest_headroom(switch)
    if own_headrooms is not None:
        return own_headrooms
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


def _buffers(ports: SwitchPorts, made: Columns, classes: frozenset[int]) -> Columns:
    """``node_shared_bytes``, and what the profiles of switches hold."""
    table, profiles = ports.table, ports.profiles
    places = _places(ports, made["port_headroom_bytes"], classes)
    singles = {i: p for i, p in enumerate(places) if not p.switch.pools}
    pools = {index: _single(place) for index, place in singles.items()}
    check_pools(list(pools.values()))
    shared = np.zeros(table.nodes, dtype=np.int64)
    for index, pool in pools.items():
        shared[table.hosts + index] = pool.shared
    columns: Columns = {"node_shared_bytes": shared}
    if not needs_qos(profiles):
        return columns | no_qos(table.nodes)

    def sizes(index: int) -> SwitchPools:
        if index in pools:
            return single_pool(places[index], pools[index].shared)
        return explicit_pools(places[index])

    qos, summaries = qos_columns(profiles, table.hosts, sizes)
    for index, summary in summaries.items():
        for name, value in summary.items():
            if name not in columns:
                columns[name] = made[name].copy()
            columns[name][table.hosts + index] = value
    return columns | qos


def _places(ports: SwitchPorts, headroom: Ints, classes: frozenset[int]) -> list[Place]:
    """Of every switch."""
    table, profiles = ports.table, ports.profiles
    running = np.concatenate([[0], np.cumsum(headroom)])
    per_class = running[table.first[1:]] - running[table.first[:-1]]
    port_count = np.diff(table.first)
    dscps = dscps_in_use(profiles, classes)
    reached = [_reached(switch, dscps) for switch in profiles.switches]
    return [
        Place(
            switch=profiles.switches[profile],
            name=ports.switch_names[index],
            path=profiles.switch_paths[profile],
            ports=int(port_count[table.hosts + index]),
            headrooms=int(per_class[table.hosts + index]),
            groups=reached[profile],
            xon_offset=2 * ports.frames.full_packet,
            smallest=2 * ports.frames.largest,
            per_port=ports.ns3,
        )
        for index, profile in enumerate(profiles.switch_of.tolist())
    ]


def dscps_in_use(profiles: Profiles, classes: frozenset[int]) -> frozenset[int]:
    """DSCPs of frames of these priorities, bounces included."""
    dscp = priority_dscp(profiles)
    used = {dscp[priority] for priority in classes}
    switches = [profiles.switches[i] for i in np.unique(profiles.switch_of).tolist()]
    while True:
        after = {
            dscp[switch.bounces[switch.dscp_tc[d]]]
            for switch in switches
            for d in used
            if switch.dscp_tc[d] in switch.bounces
        }
        if after <= used:
            return frozenset(used)
        used |= after


def _reached(switch: Switch, dscps: frozenset[int]) -> frozenset[int]:
    """Priority groups that these DSCPs are mapped to."""
    group = switch.class_map("tc_to_pg")
    return frozenset(group[switch.dscp_tc[d]] for d in dscps)


def _single(place: Place) -> Pool:
    switch = place.switch
    return Pool(
        switch=place.name,
        buffer=switch.buffer_bytes,
        headroom=single_headroom(place),
        reserves=place.ports * switch.reserve_bytes * (1 if place.per_port else len(place.groups)),
        smallest=place.smallest,
    )
