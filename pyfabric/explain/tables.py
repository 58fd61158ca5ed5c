"""The facts of an explanation as result tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.analysis.pause_tree import KINDS, PauseTrees
from pyfabric.analysis.victims import PausesMet
from pyfabric.results.table import Table, Words

if TYPE_CHECKING:
    from pyfabric.results import Result

Ints = NDArray[np.int64]


def port_names(result: Result, ports: Ints) -> Words:
    """Names of ports by number; -1 is the empty text."""
    return Words(ports, tuple(result.ports["name"].tolist()))


def congestion_point_table(result: Result, pauses: Table, trees: PauseTrees) -> Table:
    """One row per tree of ``pauses``: its congestion point, and what began there."""
    ports = result.ports
    count = len(trees.kind)
    start = np.full(count, np.iinfo(np.int64).max)
    end = np.zeros(count, dtype=np.int64)
    np.minimum.at(start, trees.tree, pauses["start_ps"])
    np.maximum.at(end, trees.tree, pauses["start_ps"] + pauses["duration_ps"])
    is_open = np.zeros(count, dtype=np.bool_)
    is_open[trees.tree[pauses["end_ps"] < 0]] = True
    depth = np.zeros(count, dtype=np.int64)
    np.maximum.at(depth, trees.node_tree, trees.node_depth)
    host = ~ports["at_switch"][trees.node_port]
    node = ports["node"][trees.port]
    row = np.maximum(trees.xoffs, 0)
    queue = result.xoffs["queue_bytes"][row] if len(result.xoffs) else row
    columns: dict[str, Any] = {
        "tree": np.arange(count),
        "kind": Words(trees.kind, KINDS),
        "port": trees.port,
        "port_name": port_names(result, trees.port),
        "node": node,
        "priority": trees.priority,
        "pauses": np.bincount(trees.tree, minlength=count),
        "paused_ps": _sums(trees.tree, pauses["duration_ps"], count),
        "ports": _ports(trees, host | ~host),
        "hosts": _ports(trees, host),
        "fan_in": _ports(trees, trees.node_depth == 1),
        "depth": depth,
        "contributors": np.full(count, -1, dtype=np.int64),
        "start_ps": start,
        "end_ps": np.where(is_open, -1, end),
        "queue_bytes": np.where(trees.xoffs >= 0, queue, -1),
    }
    return Table("congestion_points", columns, ("end_ps", "queue_bytes", "contributors"))


def with_contributors(points: Table, flows: Table, queues: Ints) -> Table:
    """The table with the number of flows that pass each congestion point's queue; ``queues``: as in
    :func:`~pyfabric.analysis.pauses_met`.
    """
    keys = queues[flows["qp"]]
    wanted = points["port"] * 8 + points["priority"]
    values, count = np.unique(keys[np.isin(keys, wanted) & (keys >= 0)], return_counts=True)
    place = np.searchsorted(values, wanted)
    hit = np.isin(wanted, values)
    number = np.zeros(len(wanted), dtype=np.int64)
    number[hit] = count[place[hit]]
    columns = {name: points.stored(name) for name in points.columns}
    return Table(points.name, {**columns, "contributors": number}, points.nullable)


def pause_tree_table(result: Result, pauses: Table, trees: PauseTrees) -> Table:
    """One row per paused queue of a tree, in the order in which it is drawn."""
    count = len(trees.node_tree)
    size = len(result.ports)
    keys = (trees.node_tree * size + trees.node_port) * 8 + trees.node_priority
    wanted = (trees.tree * size + pauses["port"]) * 8 + pauses["priority"]
    order = np.argsort(keys, kind="stable")
    place = order[np.searchsorted(keys[order], wanted)]
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, place, pauses["start_ps"])
    longest = np.zeros(count, dtype=np.int64)
    np.maximum.at(longest, place, pauses["duration_ps"])
    columns: dict[str, Any] = {
        "tree": trees.node_tree,
        "depth": trees.node_depth,
        "port": trees.node_port,
        "port_name": port_names(result, trees.node_port),
        "priority": trees.node_priority,
        "parent_port": np.where(
            trees.node_parent >= 0, trees.node_port[np.maximum(trees.node_parent, 0)], -1
        )
        if count
        else trees.node_parent,
        "pauses": np.bincount(place, minlength=count),
        "paused_ps": _sums(place, pauses["duration_ps"], count),
        "longest_ps": longest,
        "first_ps": first,
    }
    return Table("pause_trees", columns, ("parent_port",))


def victim_table(result: Result, met: PausesMet) -> Table:
    """One row per (flow, tree) of flows that do not cross the tree's congestion point; the largest
    delay first.
    """
    rows = np.flatnonzero(~met.crosses)
    rows = rows[np.lexsort((met.flow[rows], -met.delay_ps[rows]))]
    flows = result.flows.take(met.flow[rows])
    columns: dict[str, Any] = {
        "flow": met.flow[rows],
        **{name: flows.stored(name) for name in ("name", "src_name", "dst_name", "priority")},
        "tree": met.tree[rows],
        "port": met.port[rows],
        "port_name": port_names(result, met.port[rows]),
        "paused_ps": met.paused_ps[rows],
        "delay_ps": met.delay_ps[rows],
        **{name: flows.stored(name) for name in ("fct_ps", "ideal_fct_ps", "slowdown")},
    }
    return Table("victims", columns, ("fct_ps", "ideal_fct_ps", "slowdown"))


def _ports(trees: PauseTrees, chosen: NDArray[np.bool_]) -> Ints:
    """[T] paused ports of each tree, among some of its paused queues."""
    pairs = np.stack([trees.node_tree[chosen], trees.node_port[chosen]])
    return np.bincount(np.unique(pairs, axis=1)[0], minlength=len(trees.kind))


def _sums(index: Ints, values: Ints, count: int) -> Ints:
    total = np.zeros(count, dtype=np.int64)
    np.add.at(total, index, values)
    return total
