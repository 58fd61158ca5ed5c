"""Cycles of ports that pause each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pyfabric.results import Table


@dataclass(frozen=True)
class Cycle:
    """Ports that wait for each other in a priority, in the order of waiting, found at ``time_ps``;
    ``held_bytes``: of their queues.
    """

    time_ps: int
    ports: tuple[str, ...]
    priority: int
    held_bytes: int


def deadlock_cycles(deadlocks: Table) -> list[Cycle]:
    """The cycles that the run found, exactly, from the table of the same name."""
    found = []
    for number in np.unique(deadlocks["deadlock"]).tolist():
        rows = np.flatnonzero(deadlocks["deadlock"] == number)
        found.append(
            Cycle(
                time_ps=int(deadlocks["time_ps"][rows[0]]),
                ports=tuple(deadlocks["port_name"][rows].tolist()),
                priority=int(deadlocks["priority"][rows[0]]),
                held_bytes=int(deadlocks["held_bytes"][rows].sum()),
            )
        )
    return found


def pause_cycle(classes: Table, ports: Table) -> list[int]:
    """Rows of ``classes`` whose (port, priority) wait for each other in a ring; [] when none do.

    A paused queue waits for the switch at the other end of its link to empty its buffer, that is
    for those paused queues of that switch, in the same class, that hold frames. Which frames came
    in by which port is not recorded, so this names a ring that explains the stop, on the
    cautious side.
    """
    at_switch = ports["at_switch"][classes["port"]]  # hosts always take in what arrives
    stuck = np.flatnonzero(classes["paused"] & (classes["queue_bytes"] > 0) & at_switch)
    if not len(stuck):
        return []
    node, priority = classes["node"][stuck], classes["priority"][stuck]
    far = ports["peer_node"][classes["port"][stuck]]
    at: dict[tuple[int, int], list[int]] = {}
    for index, place in enumerate(zip(node.tolist(), priority.tolist(), strict=True)):
        at.setdefault(place, []).append(index)
    waits = [at.get(place, []) for place in zip(far.tolist(), priority.tolist(), strict=True)]
    return [int(stuck[index]) for index in _cycle(waits)]


def _cycle(edges: list[list[int]]) -> list[int]:
    """Vertices of one cycle of a graph, by depth-first search without recursion."""
    new, open_, done = range(3)
    state = [new] * len(edges)
    for root in range(len(edges)):
        path: list[int] = []
        todo = [(root, 0)] if state[root] == new else []
        while todo:
            vertex, next_edge = todo.pop()
            if next_edge == 0:
                state[vertex] = open_
                path.append(vertex)
            if next_edge == len(edges[vertex]):
                state[vertex] = done
                path.pop()
                continue
            todo.append((vertex, next_edge + 1))
            target = edges[vertex][next_edge]
            if state[target] == open_:
                return path[path.index(target) :]
            if state[target] == new:
                todo.append((target, 0))
    return []
