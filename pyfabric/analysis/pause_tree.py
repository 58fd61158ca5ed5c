"""Every pause traced to the congestion point that began it (DCQCN, SIGCOMM'15, section 2.2).

A queue of a transmitter is paused because the ingress (port, priority group) at the other end of
its link decided XOFF. What that ingress had taken in stood in an egress queue of its node. When
that queue was paused itself, its pause is the parent; when it was not, it is a congestion point,
the root of a tree. A queue also counts as paused when pauses took at least half of the time that
its head frame had waited: a queue that is let go for moments still waits for others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.analysis.intervals import Intervals

if TYPE_CHECKING:
    from pyfabric.results import Table

Ints = NDArray[np.int64]

_CLASSES: Final = 8
_EVER: Final = 2**62

#: What a congestion point is.
KINDS: Final = ("oversubscribed", "slow_receiver", "pause_storm", "deadlock", "unknown")
OVERSUBSCRIBED, SLOW_RECEIVER, PAUSE_STORM, DEADLOCK, UNKNOWN = range(len(KINDS))


@dataclass(frozen=True)
class PauseTrees:
    """The pauses as a forest. P pauses, T trees (most paused time first), V paused queues of trees.

    parent [P]: row of the pause behind which the congestion stood, -1: the congestion point itself.
    tree, depth [P]: tree of each pause, links from its congestion point (from 1 on).
    kind [T] (index of :data:`KINDS`), port [T], priority [T]: the congestion point, an egress port;
    xoffs [T]: row of its first XOFF, -1: none is known.
    node_tree, node_port, node_priority, node_parent, node_depth [V]: paused queues, in the order in
    which a tree is drawn; node_parent: index of the paused queue before, -1: the congestion point.
    A queue that several ports paused hangs at the nearest to the congestion point, of equals at the
    one with the most time.

    Priorities are those of ``pauses``: queues at switches, priorities at hosts.
    """

    parent: Ints
    tree: Ints
    depth: Ints
    kind: Ints
    port: Ints
    priority: Ints
    xoffs: Ints
    node_tree: Ints
    node_port: Ints
    node_priority: Ints
    node_parent: Ints
    node_depth: Ints
    ring: Ints  #: ports of the deadlock's ring


_NONE: Final = np.zeros(0, dtype=np.int64)
#: The forest of no pauses.
NO_TREES: Final = PauseTrees(*[_NONE] * 13)


def pause_trees(
    pauses: Table, xoffs: Table, ports: Table, ring: Collection[tuple[int, int]] = ()
) -> PauseTrees:
    """The trees of a result's tables ``pauses, xoffs, ports``.

    ``ring``: (port, priority) of a deadlock's ring (:func:`pause_cycle`); all trees with open
    pauses in it are one, of kind ``deadlock``. Each pause is in exactly one tree.
    """
    parent = _parents(pauses, xoffs)
    root, depth = _roots(parent)
    kind, port, priority, first = _congestion_points(pauses, xoffs, ports, root)
    if ring:
        rings = np.array([p * _CLASSES + c for p, c in ring], dtype=np.int64)
        queue = pauses["port"] * _CLASSES + pauses["priority"]
        held = np.isin(queue, rings) & (pauses["end_ps"] < 0)
        key = port * _CLASSES + priority
        stuck = np.isin(key, key[held])
        kind = np.where(stuck, DEADLOCK, kind)
        if held.any():  # a ring has no point where it began: it goes by its first pause
            begun = int(np.argmax(held))
            port = np.where(stuck, pauses["port"][begun], port)
            priority = np.where(stuck, pauses["priority"][begun], priority)
    point = (port * _CLASSES + priority) * len(KINDS) + kind
    _, example, tree = np.unique(point, return_index=True, return_inverse=True)
    tree = tree.reshape(-1)
    paused = np.bincount(tree, pauses["duration_ps"], minlength=len(example))
    order = np.lexsort((np.arange(len(example)), -paused))
    tree = np.argsort(order)[tree] if len(order) else tree
    example = example[order]
    return PauseTrees(
        parent,
        tree,
        depth,
        kind[example],
        port[example],
        priority[example],
        first[example],
        *_paused_queues(pauses, parent, tree),
        np.array(sorted(p for p, _ in ring), dtype=np.int64),
    )


def egress_priority(xoffs: Table) -> Ints:
    """[X] egress queue of each XOFF; of results without that column the group, as it was then."""
    return xoffs["egress_priority" if "egress_priority" in xoffs else "priority"]


def _parents(pauses: Table, xoffs: Table) -> Ints:
    """[P] row of the pause that stopped the queue behind each pause; -1: none did."""
    count = len(pauses)
    parent = np.full(count, -1, dtype=np.int64)
    cause = pauses["xoff"]
    rows = np.flatnonzero(cause >= 0)
    rows = rows[xoffs["egress_port"][cause[rows]] >= 0]
    if not len(rows):
        return parent
    xoff = cause[rows]
    start = pauses["start_ps"]
    end = np.where(pauses["end_ps"] < 0, _EVER, pauses["end_ps"])
    held = Intervals(pauses["port"] * _CLASSES + pauses["priority"], start, end)
    queue = xoffs["egress_port"][xoff] * _CLASSES + egress_priority(xoffs)[xoff]
    at, since = xoffs["xoff_ps"][xoff], xoffs["waiting_since_ps"][xoff]
    last = held.last(queue, at)
    known = last >= 0
    in_force = known & (end[np.maximum(last, 0)] > at)
    waited = at - since
    stopped = held.covered(queue, at) - held.covered(queue, since)
    mostly = known & (waited > 0) & (2 * stopped >= waited)
    parent[rows] = np.where(in_force | mostly, last, -1)
    return parent


def _roots(parent: Ints) -> tuple[Ints, Ints]:
    """(pause at the root of each pause, links from the congestion point). A parent has begun
    before its child, so there are no rings.
    """
    up, steps = parent.copy(), (parent >= 0).astype(np.int64)
    root = np.where(parent >= 0, parent, np.arange(len(parent)))
    while (up >= 0).any():
        steps += np.where(up >= 0, steps[np.maximum(up, 0)], 0)
        root = root[root]
        up = np.where(up >= 0, up[np.maximum(up, 0)], -1)
    return root, steps + 1


def _congestion_points(
    pauses: Table, xoffs: Table, ports: Table, root: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """[P] (kind, egress port, its queue, row of the root's XOFF or -1) of each pause's congestion
    point.
    """
    cause, own, priority = pauses["xoff"][root], pauses["port"][root], pauses["priority"][root]
    known = cause >= 0
    row = np.maximum(cause, 0)
    egress = queue = held = np.full(len(root), -1, dtype=np.int64)
    if len(xoffs):
        egress, queue = xoffs["egress_port"][row], egress_priority(xoffs)[row]
        held = xoffs["held_bytes"][row]
    to_host = ~ports["at_switch"][ports["peer"]][own]
    at_switch = known & (egress >= 0)
    kind = np.select(
        [at_switch, known & to_host & (held > 0), to_host],
        [OVERSUBSCRIBED, SLOW_RECEIVER, PAUSE_STORM],
        UNKNOWN,
    )
    return (
        kind.astype(np.int64),
        np.where(at_switch, egress, own),
        np.where(at_switch, queue, priority),
        np.where(known, cause, -1),
    )


def _paused_queues(pauses: Table, parent: Ints, tree: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Of each paused queue of each tree: tree, port, queue, parent, depth; in order of drawing."""
    queue, spent = pauses["port"] * _CLASSES + pauses["priority"], pauses["duration_ps"]
    size = int(queue.max(initial=0)) + 1
    keys, vertex = np.unique(tree * size + queue, return_inverse=True)
    vertex = vertex.reshape(-1)
    above = np.where(parent >= 0, vertex[np.maximum(parent, 0)], -1)
    weight: dict[tuple[int, int], int] = {}
    edges, which = np.unique(np.stack([vertex, above], axis=1), axis=0, return_inverse=True)
    time = np.bincount(which.reshape(-1), spent, minlength=len(edges))
    for (child, over), value in zip(edges.tolist(), time.tolist(), strict=True):
        weight[child, over] = int(value)
    depth, chosen = _nearest(len(keys), weight)
    total = np.bincount(vertex, spent, minlength=len(keys))
    order = _drawn(chosen, keys // size, total.tolist())
    place = np.empty(len(keys), dtype=np.int64)
    place[order] = np.arange(len(keys))
    parents = np.array([place[chosen[v]] if chosen[v] >= 0 else -1 for v in order], dtype=np.int64)
    rows = np.array(order, dtype=np.int64)
    at = keys[rows] % size
    depths = np.array(depth, dtype=np.int64)[rows]
    return keys[rows] // size, at // _CLASSES, at % _CLASSES, parents, depths


def _nearest(count: int, weight: dict[tuple[int, int], int]) -> tuple[list[int], list[int]]:
    """(depth, parent) of each vertex: breadth first from the congestion points."""
    below: dict[int, list[int]] = {}
    for child, over in weight:
        below.setdefault(over, []).append(child)
    depth, parent = [0] * count, [-1] * count
    level, at = below.get(-1, []), 1
    for child in level:
        depth[child] = at
    while level:
        found: dict[int, int] = {}
        for over in level:
            for child in below.get(over, ()):
                better = weight[child, over] > weight.get((child, found.get(child, -2)), -1)
                if not depth[child] and (child not in found or better):
                    found[child] = over
        at += 1
        for child, over in found.items():
            depth[child], parent[child] = at, over
        level = list(found)
    return depth, parent


def _drawn(parent: list[int], tree: Ints, time: list[float]) -> list[int]:
    """Vertices tree by tree, each below its parent, those with the most time first."""
    children: dict[int, list[int]] = {}
    for vertex, over in enumerate(parent):
        children.setdefault(over, []).append(vertex)
    for below in children.values():
        below.sort(key=lambda v: (int(tree[v]), -time[v], v))
    order: list[int] = []
    stack = children.get(-1, [])[::-1]
    while stack:
        vertex = stack.pop()
        order.append(vertex)
        stack.extend(reversed(children.get(vertex, [])))
    return order
