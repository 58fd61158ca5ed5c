"""Scenario to plan: defaults made explicit, names to indices, routes and windows computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.connections import (
    Connections,
    Network,
    congestion_control_columns,
    connect,
    longest_base_rtt_ps,
    window_bytes,
)
from pyfabric.compile.ecmp import entropies, switch_seeds
from pyfabric.compile.flows import Operations, bind, expand_flows, raise_for_flows
from pyfabric.compile.framing import Frames
from pyfabric.compile.ideal import ideal_fct_ps
from pyfabric.compile.nodes import Columns, node_columns, start_jitter_ps
from pyfabric.compile.ns3 import (
    check_ns3,
    longest_rtt_ps,
    ns3_columns,
    ns3_ids,
    ns3_scalars,
    told_times,
)
from pyfabric.compile.paths import PathFinder
from pyfabric.compile.plan import Plan
from pyfabric.compile.ports import Ints, PortTable, port_table
from pyfabric.compile.profiles import Profiles, mtu_bytes, resolve_profiles
from pyfabric.compile.queue_pairs import QueuePairs, group_flows, posting_columns
from pyfabric.compile.reads import check_reads
from pyfabric.compile.receiver_credits import check_credits, credit_columns, credit_scalars
from pyfabric.compile.receivers import set_receivers
from pyfabric.compile.routing import routes_for
from pyfabric.compile.scalars import scenario_scalars, stall_grid_ps
from pyfabric.compile.selective_repeat import recovery, selective_columns
from pyfabric.compile.storms import storm_columns
from pyfabric.compile.switches import SwitchPorts, switch_columns
from pyfabric.compile.telemetry import check_switches, telemetry_hops
from pyfabric.errors import Fault, ScenarioError
from pyfabric.units import format_time

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario
    from pyfabric.topology.arrays import TopologyArrays

_PORTS_MAX: Final = 0xFFFE  # local port numbers are 16 bits, 0xffff is "own frame"
_TIME_MAX: Final = 10**18  # simulated time ends here: 11.5 days
_CHUNK: Final = 1 << 16


@dataclass(frozen=True)
class _Build:
    """What is known of a plan in the making once its flows are bound."""

    scenario: Scenario
    arrays: TopologyArrays
    profiles: Profiles
    network: Network
    operations: Operations
    queue_pairs: QueuePairs


def compile_scenario(scenario: Scenario) -> Plan:
    """The plan of a scenario. The same scenario gives the same plan, to the bit.

    Raises ScenarioError for whatever the parts of a scenario cannot see alone: flows without a path
    or inside one host, endless flows without ``until``, buffers below the sum of headrooms, more
    flows than memory holds, ECN thresholds missing for a port rate, READ under a window, overrides
    that match nothing.
    """
    arrays = scenario.topology.expand()
    table = port_table(arrays)
    _check_ports(table, arrays)
    profiles = resolve_profiles(scenario, arrays)
    control = scenario.congestion_control
    check_switches(control, profiles, arrays.switch_names)
    flows = expand_flows(scenario, arrays)
    frames = Frames.of(
        scenario.framing,
        mtu_bytes(profiles),
        telemetry=control.telemetry_hops > 0,
        below=scenario.ns3 is not None,
    )
    jitter = start_jitter_ps(profiles, scenario.seed)
    operations = bind(flows, arrays, table, _default_class(scenario), jitter)
    if recovery(profiles) != "selective_repeat":
        check_reads(scenario, operations)
    check_credits(scenario, operations)
    check_ns3(scenario, table, profiles, operations)
    queue_pairs = group_flows(operations, frames)
    columns = node_columns(profiles, scenario.switch)
    seeds = switch_seeds(scenario.seed, table.nodes)
    routes = routes_for(table, arrays, scenario.routes, ns3_ids(scenario, table))
    ttl = columns["node_ttl"].astype(np.int64)
    paths = PathFinder(table, routes, seeds, int(ttl[: table.hosts].max()) + 1)
    network = Network(table, routes, paths, frames, columns["node_latency_ps"], ttl)
    build = _Build(scenario, arrays, profiles, network, operations, queue_pairs)
    columns |= _port_columns(table)
    columns |= routes.columns()
    columns["node_ecmp_seed"] = np.where(columns["node_is_switch"] == 1, seeds, 0)
    ns3 = scenario.ns3 is not None
    switch_ports = SwitchPorts(table, profiles, frames, arrays.switch_names, ns3)
    columns |= switch_columns(switch_ports, columns, _classes_in_use(operations, columns))
    set_receivers(switch_ports, columns)
    columns |= storm_columns(scenario, arrays, table, profiles)
    connections, entropy = _connect(build)
    columns |= _queue_pair_columns(build, connections, entropy)
    columns |= credit_columns(
        control.credits, network, connections, columns["node_receive_rate_bps"]
    )
    columns |= ns3_columns(scenario, table, operations)
    columns |= queue_pairs.columns() | _flow_columns(operations, table.nodes)
    ideal = _ideal_fct_ps(build, connections)
    scalars = (
        scenario_scalars(scenario, frames)
        | ns3_scalars(scenario, table)
        | credit_scalars(control.credits)
        | {
            "stall_grid_ps": stall_grid_ps(columns, frames),
            "int_hops": telemetry_hops(
                control, scenario.framing, operations, queue_pairs.leader, connections
            ),
        }
    )
    return Plan(columns, scalars, _labels(build, ideal), control.plugins())


def _check_ports(table: PortTable, arrays: TopologyArrays) -> None:
    counts = np.diff(table.first)
    node = int(counts.argmax())
    if counts[node] > _PORTS_MAX:
        raise ScenarioError(
            Fault(
                "topology",
                f"{arrays.node_names[node]} has {counts[node]} ports (allowed: up to {_PORTS_MAX})",
            )
        )


def _default_class(scenario: Scenario) -> int:
    """Class of flows without a priority: the first lossless one, 0 in a fabric that has none."""
    lossless = scenario.switch.lossless_priorities
    return int(lossless[0]) if lossless else 0


def _classes_in_use(operations: Operations, columns: Columns) -> frozenset[int]:
    """Priorities that data, acknowledgements or CNPs have."""
    hosts = columns["node_is_switch"] == 0
    acks = columns["node_ack_class"][hosts]
    sends_cnp = hosts & (columns["node_cnp_on_ack"] == 0)
    used = {*np.unique(operations.cls).tolist(), *np.unique(acks[acks >= 0]).tolist()}
    used |= set(np.unique(columns["node_cnp_class"][sends_cnp]).tolist())
    return frozenset(used)


def _port_columns(table: PortTable) -> Columns:
    return {
        "node_first_port": table.first,
        "port_peer": table.peer,
        "port_rate_bps": table.rate_bps,
        "port_delay_ps": table.delay_ps,
    }


def _connect(build: _Build) -> tuple[Connections, NDArray[np.uint64]]:
    """Paths of all queue pairs and their entropies; refuses unreachable ones."""
    operations, paths = build.operations, build.network.paths
    leader = build.queue_pairs.leader
    tx, rx = operations.tx_address[leader], operations.rx_address[leader]
    name = build.arrays.endpoint_label

    def no_path(flow: int) -> str:
        source, target = int(operations.flows.src[flow]), int(operations.flows.dst[flow])
        return (
            f"no path from {name(source)} to {name(target)}: their NICs have no switches in "
            "common, and hosts do not forward"
        )

    unreachable = leader[~paths.reachable(tx, rx)]
    raise_for_flows(operations.flows, [(unreachable, no_path)])
    entropy = entropies(build.scenario.seed, len(leader), tx, rx)
    connections = connect(build.network, tx, rx, entropy)
    if not build.scenario.routes:
        far = leader[~(connections.arrives & connections.returns)]
        raise_for_flows(operations.flows, [(far, _too_far)])
    return connections, entropy


def _too_far(flow: int) -> str:
    return "needs more links, there or back, than the time to live of its frames allows (nic.ttl)"


def _queue_pair_columns(
    build: _Build, connections: Connections, entropy: NDArray[np.uint64]
) -> Columns:
    operations, leader = build.operations, build.queue_pairs.leader
    table, control = build.network.table, build.scenario.congestion_control
    rules, longest = build.scenario.ns3, longest_base_rtt_ps
    if rules is None:
        base_rtt = connections.base_rtt_ps
        window = window_bytes(build.network, connections, control.window)
    else:
        longest = longest_rtt_ps
        base_rtt, window = told_times(rules, build.network, connections, control.window)
    tx_port, rx_port = connections.tx_port, connections.rx_port
    columns: Columns = {
        "qp_tx_node": table.node[tx_port],
        "qp_tx_port": table.local[tx_port],
        "qp_tx_address": operations.tx_address[leader],
        "qp_rx_node": table.node[rx_port],
        "qp_rx_port": table.local[rx_port],
        "qp_rx_address": operations.rx_address[leader],
        "qp_entropy": entropy,
        "qp_class": operations.cls[leader],
        "qp_read": operations.is_read[leader],
        "qp_window_bytes": np.broadcast_to(window, len(leader)),
        "qp_base_rtt_ps": base_rtt,
        "qp_hops": connections.hops,
    }
    columns |= selective_columns(build.profiles, build.network, connections, table.node[tx_port])
    control = control.for_network(lambda: longest(build.network))
    rates = table.rate_bps[tx_port]
    columns.update(congestion_control_columns(control, rates, ns3=rules is not None))
    return columns


def _flow_columns(operations: Operations, nodes: int) -> Columns:
    return {
        "flow_op": operations.flows.op,
        "flow_size_bytes": operations.flows.size_bytes,
        "flow_start_ps": operations.start_ps,
        **posting_columns(operations, nodes),
    }


def _ideal_fct_ps(build: _Build, connections: Connections) -> Ints:
    """[F] in plan order, -1 for those that never arrive (loops of the scenario's routes).

    Refuses flows that could not end before the clock does.
    """
    flows, of_flow = build.operations.flows, build.queue_pairs.of_flow
    ideal = np.empty(len(of_flow), dtype=np.int64)
    slowest = 8e12 * np.maximum(flows.size_bytes, 0) / connections.bottleneck_bps[of_flow]
    raise_for_flows(
        flows,
        [
            (
                np.flatnonzero(build.operations.start_ps + slowest > _TIME_MAX),
                lambda flow: (
                    f"would need more simulated time than there is ({format_time(_TIME_MAX)}): "
                    f"{int(flows.size_bytes[flow])} B at "
                    f"{int(connections.bottleneck_bps[of_flow[flow]])} bit/s"
                ),
            )
        ],
    )
    for begin in range(0, len(of_flow), _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        rate, delay = build.network.links(connections.path[of_flow[rows]])
        ideal[rows] = ideal_fct_ps(
            build.network.frames,
            flows.op[rows],
            flows.size_bytes[rows],
            rate,
            delay,
            connections.request_ps[of_flow[rows]],
        )
    returns = connections.returns | ~build.operations.is_read[build.queue_pairs.leader]
    ideal[~(connections.arrives & returns)[of_flow]] = -1
    return ideal


def _labels(build: _Build, ideal: Ints) -> dict[str, Any]:
    flows = build.operations.flows
    return {
        "node_names": list(build.arrays.node_names),
        "port_names": build.arrays.port_names(),
        "endpoint_names": [
            build.arrays.endpoint_label(number)
            for number in range(build.scenario.topology.endpoints)
        ],
        "src": flows.src,
        "dst": flows.dst,
        "priority": build.operations.cls,
        "workload": flows.workload,
        "workload_names": list(flows.workload_names),
        "ideal_fct_ps": ideal,
    }
