"""Binding the workload to the topology: flows between endpoints become operations of hosts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.plan import OPS
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.errors import Fault, ScenarioError
from pyfabric.workload import as_workload
from pyfabric.workload.arrays import FlowArrays, WorkloadContext

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario
    from pyfabric.topology.arrays import TopologyArrays

#: Memory of one flow from expansion to result: plan columns, temporary arrays of the compiler,
#: state of a queue pair.
BYTES_PER_FLOW: Final = 1200

_FLOWS_MAX: Final = (1 << 32) - 2  # flow and queue-pair numbers are 32 bits
_NAMED_MAX: Final = 10  # faulty flows named in one error


@dataclass(frozen=True)
class Operations:
    """Flows with their hosts resolved; every array is [F] in plan order.

    ``tx`` and ``rx`` are the sender and the receiver of the data: for READ the requester is the
    receiver.
    """

    flows: FlowArrays
    cls: Ints  #: class of the data
    tx_address: Ints
    rx_address: Ints
    tx_endpoint: Ints
    rx_endpoint: Ints
    requester: Ints  #: host that posts the operation
    start_ps: Ints  #: jitter included

    @property
    def is_read(self) -> NDArray[np.bool_]:
        """Whether each operation is a READ."""
        reads: NDArray[np.bool_] = self.flows.op == OPS["read"]
        return reads

    def __len__(self) -> int:
        return len(self.cls)


def expand_flows(scenario: Scenario, arrays: TopologyArrays) -> FlowArrays:
    """The workload's flows on this topology.

    Raises ScenarioError when there are none, more than the memory of the machine holds (before
    anything is allocated), or flows that no run can serve.
    """
    context = WorkloadContext(
        arrays.endpoint_rate_bps, arrays.endpoint_names, scenario.traffic_seed
    )
    workload = as_workload(scenario.workload)
    check_memory(workload.estimate(context))
    flows = workload.expand(context)
    if not len(flows.src):
        raise ScenarioError(Fault("workload", "has no flows; add at least one"))
    _check_flows(flows, arrays, endless_allowed=scenario.until is not None)
    return flows


def check_memory(flows: int, available_bytes: int | None = None) -> None:
    """Refuse more flows than fit into memory (default: the physical memory of this machine)."""
    if available_bytes is None:
        available_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    needed = flows * BYTES_PER_FLOW
    fits = min(available_bytes // BYTES_PER_FLOW, _FLOWS_MAX)
    if flows > fits:
        raise ScenarioError(
            Fault(
                "workload",
                f"{flows} flows need about {format_gigabytes(needed)} of memory ({BYTES_PER_FLOW} "
                f"bytes each), and this machine has {format_gigabytes(available_bytes)} "
                f"(allowed here: up to {fits} flows)",
            )
        )


def format_gigabytes(size_bytes: int) -> str:
    """A size in GB with one digit, for messages about memory."""
    return f"{size_bytes / 1e9:.1f} GB"


def _check_flows(flows: FlowArrays, arrays: TopologyArrays, *, endless_allowed: bool) -> None:
    host = arrays.endpoint_host
    name = arrays.endpoint_label

    def local(flow: int) -> str:
        ends = f"from {name(int(flows.src[flow]))} to {name(int(flows.dst[flow]))}"
        return f"{ends} stays inside one host; the network inside a host is not modelled"

    def endless(flow: int) -> str:
        return "has size None and would run for ever; give the scenario an `until`"

    def priority(flow: int) -> str:
        return f"priority {int(flows.priority[flow])} is out of range (allowed: 0 to 7)"

    problems: list[tuple[NDArray[np.bool_], Callable[[int], str]]] = [
        (host[flows.src] == host[flows.dst], local),
        ((flows.priority < -1) | (flows.priority > 7), priority),
    ]
    if not endless_allowed:
        problems.append((flows.size_bytes < 0, endless))
    raise_for_flows(flows, ((np.flatnonzero(bad), text) for bad, text in problems))


def raise_for_flows(
    flows: FlowArrays, problems: Iterable[tuple[Ints, Callable[[int], str]]]
) -> None:
    """Raise one ScenarioError that names the first flows of each problem, if there is any."""
    faults = []
    for rows, text in problems:
        for flow in rows[:_NAMED_MAX].tolist():
            part = flows.workload_names[int(flows.workload[flow])]
            faults.append(Fault(f"workload {part!r}, flow {flow}", text(flow)))
        if len(rows) > _NAMED_MAX:
            faults.append(Fault("workload", f"... and {len(rows) - _NAMED_MAX} more such flows"))
    if faults:
        raise ScenarioError(faults)


def bind(
    flows: FlowArrays, arrays: TopologyArrays, table: PortTable, default_class: int, jitter_ps: Ints
) -> Operations:
    """Resolve endpoints to addresses, classes and posting hosts.

    ``jitter_ps`` [H] delays a host's starts.
    """
    address = table.address_first[arrays.endpoint_host] + arrays.endpoint_nic
    is_read = flows.op == OPS["read"]
    tx_endpoint = np.where(is_read, flows.dst, flows.src).astype(np.int64)
    rx_endpoint = np.where(is_read, flows.src, flows.dst).astype(np.int64)
    requester = arrays.endpoint_host[flows.src]
    priority = flows.priority.astype(np.int64)
    return Operations(
        flows=flows,
        cls=np.where(priority < 0, default_class, priority),
        tx_address=address[tx_endpoint],
        rx_address=address[rx_endpoint],
        tx_endpoint=tx_endpoint,
        rx_endpoint=rx_endpoint,
        requester=requester,
        start_ps=flows.start_ps + jitter_ps[requester],
    )
