"""Cycles of a graph given as pairs of vertices."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints

Bools = NDArray[np.bool_]


def order_of(vertices: int, tail: Ints, head: Ints) -> Ints:
    """[V] round in which a vertex has no edge from vertices that are left, -1 for those that never
    come to it: they are in a cycle or behind one. Every edge of an acyclic graph goes upwards.
    """
    order = np.full(vertices, -1, dtype=np.int64)
    left = np.ones(vertices, dtype=np.bool_)
    level = 0
    while left.any():
        free = left.copy()
        free[head] = False
        if not free.any():
            break
        order[free], left = level, left & ~free
        keep = left[tail]
        tail, head = tail[keep], head[keep]
        level += 1
    return order


def components(vertices: int, tail: Ints, head: Ints) -> list[list[int]]:
    """Strongly connected components of at least two vertices, each sorted, in order of their first
    vertex. Loops of one vertex do not count.
    """
    forward = order_of(vertices, tail, head) < 0
    backward = order_of(vertices, head, tail) < 0
    inside = forward & backward
    keep = inside[tail] & inside[head]
    if not keep.any():
        return []
    after, before = _lists(tail[keep], head[keep]), _lists(head[keep], tail[keep])
    found, left = [], set(np.flatnonzero(inside).tolist())
    while left:
        root = min(left)
        same = _reach(root, after, left) & _reach(root, before, left)
        left -= same
        if len(same) > 1:
            found.append(sorted(same))
    return found


def shortest_cycle(component: list[int], tail: Ints, head: Ints, tries: int = 64) -> list[int]:
    """A shortest cycle among those through the first ``tries`` vertices of a component, beginning
    with its smallest vertex.
    """
    members = set(component)
    inside = np.isin(tail, component) & np.isin(head, component)
    after = _lists(tail[inside], head[inside])
    best: list[int] = []
    for root in component[:tries]:
        cycle = _cycle_through(root, after, members)
        if cycle and (not best or len(cycle) < len(best)):
            best = cycle
    turn = best.index(min(best))
    return best[turn:] + best[:turn]


def _lists(tail: Ints, head: Ints) -> dict[int, list[int]]:
    made: dict[int, list[int]] = {}
    for a, b in zip(tail.tolist(), head.tolist(), strict=True):
        made.setdefault(a, []).append(b)
    return made


def _reach(root: int, after: dict[int, list[int]], allowed: set[int]) -> set[int]:
    seen, todo = {root}, [root]
    while todo:
        for target in after.get(todo.pop(), ()):
            if target in allowed and target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def _cycle_through(root: int, after: dict[int, list[int]], allowed: set[int]) -> list[int]:
    came: dict[int, int] = {}
    todo = deque([root])
    while todo:
        vertex = todo.popleft()
        for target in after.get(vertex, ()):
            if target == root:
                path = [vertex]
                while path[-1] != root:
                    path.append(came[path[-1]])
                return path[::-1]
            if target in allowed and target not in came:
                came[target] = vertex
                todo.append(target)
    return []
