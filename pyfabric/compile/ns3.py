"""What a plan has under the rules of the simulator published with HPCC (docs/ns3.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.connections import Connections, Network, kinds_of_pairs
from pyfabric.compile.flows import Operations
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.profiles import Profiles
from pyfabric.errors import Fault, ScenarioError
from pyfabric.scenario.ns3 import streams_taken

if TYPE_CHECKING:
    from pyfabric.scenario import Nic, Ns3, Scenario, Switch

FIRST_SOURCE_PORT: Final = 10_000
_ADDRESS: Final = 0x0B000001
_PORT_MASK: Final = 0xFFFF
_NS_PS: Final = 1000
_SECOND_NS: Final = 10**9
_BITS: Final = 8
#: Congestion controls there whose changes of rate move the packet that is scheduled already.
_MOVING: Final = ("hpcc", "pint")
_DROPPED: Final = "under ns3 {}; use {}"


@dataclass(frozen=True)
class PairTimes:
    """Base round trips and bandwidth-delay products as that simulator computes them; both [Q]."""

    rtt_ns: Ints
    bdp_bytes: Ints


def ns3_columns(
    scenario: Scenario, table: PortTable, operations: Operations
) -> dict[str, NDArray[Any]]:
    """The columns of a run in the order of creation; those of a run without it are empty."""
    given = scenario.ns3
    if given is None:
        nothing = np.zeros(0, dtype=np.int64)
        return dict.fromkeys(("node_ip", "qp_udp_ports", "port_alpha_shift"), nothing)
    ids = _node_ids(given, table)
    destination = np.asarray(given.destination_ports, dtype=np.int64)
    ports = _source_ports(operations) | np.broadcast_to(destination, len(operations)) << 16
    return {
        "node_ip": _ADDRESS + (ids >> 8 << 16) + ((ids & 0xFF) << 8),
        "qp_udp_ports": ports,
        "port_alpha_shift": _port_shifts(scenario, table),
        "node_ecmp_seed": np.where(np.arange(table.nodes) < table.hosts, 0, ids),
    }


def ns3_scalars(scenario: Scenario, table: PortTable) -> dict[str, int]:
    """The scalars of a run in the order of creation, or of one without."""
    given = scenario.ns3
    if given is None:
        return {"creation_order": 0, "rate_moves_packet": 0, "first_stream": 0}
    first = streams_taken(table.nodes) if given.first_stream is None else given.first_stream
    moves = scenario.congestion_control.name in _MOVING
    return {"creation_order": 1, "rate_moves_packet": int(moves), "first_stream": first}


def ns3_ids(scenario: Scenario, table: PortTable) -> Ints | None:
    """[N] number of each node there; None in a run by pyfabric's own rules."""
    return None if scenario.ns3 is None else _node_ids(scenario.ns3, table)


def _node_ids(rules: Ns3, table: PortTable) -> Ints:
    given = rules.node_ids
    return np.arange(table.nodes) if given is None else np.asarray(given, dtype=np.int64)


def headrooms(rate_bps: Ints, delay_ps: Ints) -> Ints:
    """[P] three times what a link holds one way: 3 * (rate * delay / 8), cut to bytes before."""
    held = [
        int(rate) * (int(delay) // _NS_PS) // _BITS // _SECOND_NS
        for rate, delay in zip(rate_bps.tolist(), delay_ps.tolist(), strict=True)
    ]
    return 3 * np.array(held, dtype=np.int64)


def pair_times(network: Network, connections: Connections) -> PairTimes:
    """Twice the propagation and, once a link, the time of a full payload without headers."""
    table, mtu_bytes = network.table, network.frames.mtu
    rtt, bdp = [], []
    for path in connections.path.tolist():
        links = [port for port in path if port >= 0]
        rates = [int(table.rate_bps[port]) for port in links]
        delay = sum(int(table.delay_ps[port]) // _NS_PS for port in links)
        time = 2 * delay + sum(mtu_bytes * _BITS * _SECOND_NS // rate for rate in rates)
        rtt.append(time)
        bdp.append(time * min(rates) // _SECOND_NS // _BITS)
    return PairTimes(np.array(rtt, dtype=np.int64), np.array(bdp, dtype=np.int64))


def told_times(
    rules: Ns3, network: Network, connections: Connections, window: int | str | None
) -> tuple[Ints, Ints | int]:
    """``qp_base_rtt_ps`` and ``qp_window_bytes``, both [Q]."""
    own = pair_times(network, connections)
    rtt_ps = own.rtt_ns * _NS_PS
    if rules.global_base_rtt:
        rtt_ps = np.full_like(rtt_ps, longest_rtt_ps(network))
    if window is None:
        return rtt_ps, 0
    if window == "bdp":
        return rtt_ps, own.bdp_bytes
    if window == "max_bdp":
        every = (pair_times(network, pairs).bdp_bytes for pairs in kinds_of_pairs(network))
        return rtt_ps, max((int(bdp.max()) for bdp in every), default=0)
    return rtt_ps, int(window)


def longest_rtt_ps(network: Network) -> int:
    """The longest base round trip of all pairs of hosts."""
    every = (pair_times(network, pairs).rtt_ns for pairs in kinds_of_pairs(network))
    return max((int(rtt.max()) for rtt in every), default=0) * _NS_PS


def _source_ports(operations: Operations) -> Ints:
    """[F] 10000 + the number of earlier flows of the same pair of hosts, 16 bits."""
    count: dict[tuple[int, int], int] = {}
    ports = []
    pairs = zip(operations.tx_address.tolist(), operations.rx_address.tolist(), strict=True)
    for pair in pairs:
        count[pair] = count.get(pair, 0) + 1
        ports.append((FIRST_SOURCE_PORT + count[pair] - 1) & _PORT_MASK)
    return np.array(ports, dtype=np.int64)


def _port_shifts(scenario: Scenario, table: PortTable) -> Ints:
    """[P] the switch's shift at ports of the first host's rate, one less for each doubling."""
    base = int(table.rate_bps[0])  # ports are numbered node by node, hosts first
    shifts = np.zeros(len(table.node), dtype=np.int64)
    names = scenario.topology.switch_names
    usual = scenario.switch.alpha_shift
    own = [scenario.switch_of(name).alpha_shift if scenario.overrides else usual for name in names]
    for port in np.flatnonzero(table.node >= table.hosts).tolist():
        shift, rate = own[int(table.node[port]) - table.hosts], int(table.rate_bps[port])
        while rate > base and shift > 0:
            shift, rate = shift - 1, rate // 2
        shifts[port] = shift
    return shifts


def check_ns3(
    scenario: Scenario, table: PortTable, profiles: Profiles, operations: Operations
) -> None:
    """Refuse what that simulator does not have: nothing of a scenario is silently ignored."""
    if scenario.ns3 is None:
        return
    faults = list(_shape_faults(scenario, table, operations))
    for switch, path in zip(profiles.switches, profiles.switch_paths, strict=True):
        faults += _switch_faults(switch, path, operations)
    for nic, path in zip(profiles.nics, profiles.nic_paths, strict=True):
        faults += _nic_faults(nic, path)
    if faults:
        raise ScenarioError(faults)


def _shape_faults(scenario: Scenario, table: PortTable, operations: Operations) -> list[Fault]:
    faults = []
    given = scenario.ns3
    assert given is not None
    if (np.diff(table.first)[: table.hosts] > 1).any():
        faults.append(Fault("topology", _DROPPED.format("hosts have one link", "one link a host")))
    if given.node_ids is not None and len(given.node_ids) != table.nodes:
        found = f"has {len(given.node_ids)} numbers, the topology has {table.nodes} nodes"
        faults.append(Fault("ns3.node_ids", found))
    ports = given.destination_ports
    if not isinstance(ports, int) and len(ports) != len(operations):
        found = f"has {len(ports)} ports, the workload has {len(operations)} flows"
        faults.append(Fault("ns3.destination_ports", found))
    if scenario.faults:
        faults.append(Fault("faults", _DROPPED.format("nothing storms", "none")))
    if operations.is_read.any():
        faults.append(Fault("workload", _DROPPED.format("there is no READ", "op 'write'")))
    if operations.flows.per_pair.any():
        message = _DROPPED.format("every flow has its queue pair", "qp 'fresh'")
        faults.append(Fault("workload", message))
    if (operations.cls == 0).any():
        message = _DROPPED.format("class 0 is for PFC alone", "a priority from 1 to 7")
        faults.append(Fault("workload", message))
    return faults


def _switch_faults(switch: Switch, path: str, operations: Operations) -> list[Fault]:
    lossy = sorted(set(operations.cls.tolist()) - set(switch.lossless_priorities))
    at = "dequeue" if switch.ecn is None else switch.ecn.mark_at
    wanted = [
        ("pfc.mode", switch.pfc.mode == "on_off" or not switch.pfc.enabled, "'on_off'"),
        ("pfc.xoff", switch.pfc.xoff_bytes is None, "no static threshold"),
        ("alpha", switch.alpha_shift >= 0, "at most 1"),
        ("lossless_priorities", not lossy, f"all classes in use (missing: {lossy})"),
        ("ecn.mark_at", at == "dequeue", "'dequeue'"),
        ("latency", switch.latency_ps == 0, "0"),
        ("strict_priorities", not switch.strict_priorities, "() (one frame of each class in turn)"),
        ("weights", not switch.weights, "{}"),
        ("watchdog", switch.watchdog is None, "None"),
    ]
    return _faults(path, wanted)


def _nic_faults(nic: Nic, path: str) -> list[Fault]:
    wanted = [
        ("ack_every", nic.ack_every == 1, "1"),
        ("ack_priority", nic.ack_priority in (None, 0), "None, or 0 for ACK_HIGH_PRIO"),
        ("cnp_style", nic.cnp_style == "ack", "'ack'"),
        ("pfc_reaction", nic.pfc_reaction_ps == 0, "0"),
        ("recovery", nic.recovery == "go_back_n", "'go_back_n'"),
        ("receive_rate", nic.receive_rate is None, "None"),
        ("start_jitter", nic.start_jitter_ps == 0, "0"),
        ("strict_priorities", not nic.strict_priorities, "()"),
        ("weights", not nic.weights, "{}"),
        ("pause_watchdog", nic.pause_watchdog is None, "None"),
    ]
    return _faults(path, wanted)


def _faults(path: str, wanted: list[tuple[str, bool, str]]) -> list[Fault]:
    message = "under ns3 must be {}"
    return [Fault(f"{path}.{name}", message.format(use)) for name, good, use in wanted if not good]
