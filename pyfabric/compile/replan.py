"""Routes read back from a plan, for those who follow them without a run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.lossless import queue_by_dscp
from pyfabric.compile.paths import PathFinder
from pyfabric.compile.plan import Plan
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Routes


class _Unknown:
    """Distances are no part of a plan."""

    def between(self, switch: Ints, group: Ints) -> Ints:
        raise NotImplementedError("a plan holds routes, not distances")

    def examples(self, latency_ps: Ints) -> Ints | None:
        return None


def routes_of(plan: Plan) -> Routes:
    """The routes of a compiled plan, without distances."""

    def column(name: str) -> Ints:
        return plan.columns[name].astype(np.int64)

    return Routes(
        group=column("address_group"),
        rank=column("address_rank"),
        base=column("route_base"),
        first=column("route_first"),
        count=column("route_count"),
        shift=column("route_shift"),
        default=column("route_default"),
        entry=plan.columns["route_entry"],
        local_entry=plan.columns["local_entry"],
        ecmp_first=column("ecmp_first"),
        ecmp_port=column("ecmp_port"),
        distances=_Unknown(),
    )


def queue_pair_paths(plan: Plan) -> NDArray[np.int32]:
    """[Q, hops] transmitting port of every link that the data of each queue pair take, padded with
    -1: what the compiled routes and hash seeds give, as switches follow them.
    """
    columns = plan.columns
    first = columns["node_first_port"].astype(np.int64)
    port = first[columns["qp_tx_node"].astype(np.int64)] + columns["qp_tx_port"].astype(np.int64)
    finder = PathFinder(_ports_of(plan), routes_of(plan), columns["node_ecmp_seed"].astype("u8"))
    address = columns["qp_rx_address"].astype(np.int64)
    return finder.trace(port, address, columns["qp_entropy"].astype("u8"))


def queue_pair_queues(plan: Plan) -> NDArray[np.int64]:
    """[Q, hops] egress queue of every link of :func:`queue_pair_paths`, as port * 8 + queue, padded
    with -1. At a host, and where switches have no maps, the queue is the priority of the data;
    where frames bounce it changes.
    """
    columns = plan.columns
    paths = queue_pair_paths(plan).astype(np.int64)
    priority = columns["qp_class"].astype(np.int64)
    found = np.where(paths >= 0, paths * 8 + priority[:, None], -1)
    if not len(columns["qos_pfc_mask"]):
        return found
    ports = _ports_of(plan)
    profile = columns["node_qos"].astype(np.int64)
    bounce, queue = columns["qos_bounce"].reshape(-1, 64), queue_by_dscp(plan)
    up = columns["port_goes_up"] == 1
    dscp = columns["priority_dscp"].astype(np.int64)[priority]
    for hop in range(1, paths.shape[1]):
        rows = np.flatnonzero(paths[:, hop] >= 0)
        port = paths[rows, hop]
        k = profile[ports.node[port]]
        bounced = up[port] & up[ports.peer[paths[rows, hop - 1]]]
        dscp[rows] = np.where(bounced, bounce[k, dscp[rows]], dscp[rows])
        found[rows, hop] = port * 8 + queue[k, dscp[rows]]
    return found


def _ports_of(plan: Plan) -> PortTable:
    """The ports of a plan; it does not know whose address a port has."""
    columns = plan.columns
    first, peer = (columns[name].astype(np.int64) for name in ("node_first_port", "port_peer"))
    none = np.full(len(peer), -1, dtype=np.int64)
    return PortTable(
        hosts=int((columns["node_is_switch"] == 0).sum()),
        first=first,
        node=np.repeat(np.arange(len(first) - 1), np.diff(first)),
        peer=peer,
        rate_bps=columns["port_rate_bps"].astype(np.int64),
        delay_ps=columns["port_delay_ps"].astype(np.int64),
        error=np.zeros(len(peer)),
        address=none,
        address_first=none[:1],
        address_port=none[:, None],
    )
