"""One heap of events for the whole fabric, in the order of docs/model.md, section 4."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from reference.randomness import TIE_ROTATION, philox_word

PFC_ARRIVAL, DATA_ARRIVAL, DECISION, TIMER, OPERATION = range(1, 6)
REFRESH, RETRANSMIT, READ_RETRY, CONGESTION, RECEIVE_SERVICE = range(5)
WATCHDOG_POLL, PAUSE_LIMIT, PAUSE_STORM, CREDIT_PACING, CREDIT_SILENCE = range(5, 10)


class Clock:
    """Events by (time, node, class, rotated port or number); nodes share nothing but frames."""

    def __init__(self, seed: int, ports: list[int]) -> None:
        self.now = 0
        self.seed, self.ports = seed, ports
        self.heap: list[tuple[int, int, int, int, int, Callable[[], None]]] = []
        self.pushed = 0
        self.polls = 0  # of watchdogs, among the events
        self.rotations: dict[tuple[int, int], int] = {}

    def at(self, time: int, node: int, kind: int, key: int, call: Callable[[], None]) -> None:
        self.pushed += 1
        heapq.heappush(self.heap, (time, node, kind, key, self.pushed, call))

    def at_port(self, time: int, node: int, kind: int, port: int, call: Callable[[], None]) -> None:
        ports = self.ports[node]
        self.at(time, node, kind, (port + self._rotation(node, time >> 20)) % ports, call)

    def timer(self, time: int, node: int, kind: int, index: int, call: Callable[[], None]) -> None:
        self.at(time, node, TIMER, kind << 40 | index, call)

    def _rotation(self, node: int, epoch: int) -> int:
        if self.ports[node] == 1:
            return 0
        key = node, epoch
        if key not in self.rotations:
            word = philox_word(self.seed, epoch, node, TIE_ROTATION)
            self.rotations[key] = word % self.ports[node]
        return self.rotations[key]
