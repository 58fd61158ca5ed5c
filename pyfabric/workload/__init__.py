"""Workloads: pure functions from a spec and a seed to flows. Knows nothing of topologies."""

from pyfabric.workload.flow_lists import Flow, FlowList
from pyfabric.workload.flow_tables import FlowTable, flows
from pyfabric.workload.part import Part, Workload, as_workload
from pyfabric.workload.patterns import (
    AllToAll,
    Incast,
    Permutation,
    all_to_all,
    incast,
    permutation,
)
from pyfabric.workload.poisson import Poisson, poisson
from pyfabric.workload.sizes import FlowSizes

__all__ = [
    "AllToAll",
    "Flow",
    "FlowList",
    "FlowSizes",
    "FlowTable",
    "Incast",
    "Part",
    "Permutation",
    "Poisson",
    "Workload",
    "all_to_all",
    "as_workload",
    "flows",
    "incast",
    "permutation",
    "poisson",
]
