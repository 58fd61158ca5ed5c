"""A fabric made from a plan, and its run (sections 4 and 11)."""

from __future__ import annotations

import heapq
from collections import Counter
from itertools import pairwise
from typing import Any

from reference.clock import Clock
from reference.deadlock import Deadlock
from reference.flows import FlowTable
from reference.frames import Framing, Record
from reference.host import Host
from reference.node import Node
from reference.switch import Switch


class Net:
    """All nodes of a plan. ``run`` fills ``records``, one list a node."""

    def __init__(self, plan: Any) -> None:
        self._columns: dict[str, list[Any]] = {
            name: list(array.tolist()) for name, array in plan.columns.items()
        }
        self.scalars = {name: int(value) for name, value in plan.scalars.items()}
        self.seed = self.scalars["model_seed"]
        self.framing = Framing(self.scalars)
        first = self.column("node_first_port")
        ports = [b - a for a, b in pairwise(first)]
        self.clock = Clock(self.seed, ports)
        self.in_flight = 0
        self.waits_for_pfc = len(self.column("storm_port")) == 0  # before the run ends
        self.started_data = False
        self.pause_events = 0  # storms to begin or to end, pause limits to expire
        self.resumes_under_way = 0  # PFC frames on links that end a pause
        self.counts: Counter[str] = Counter()
        self.flows = FlowTable(self)
        kinds = [Switch if flag else Host for flag in self.column("node_is_switch")]
        self.nodes: list[Node] = [kind(self, number) for number, kind in enumerate(kinds)]
        self.deadlock = Deadlock(self)
        self._connect()

    def column(self, name: str) -> list[Any]:
        return self._columns[name]

    @property
    def records(self) -> list[list[Record]]:
        return [node.records for node in self.nodes]

    def _connect(self) -> None:
        ports = [port for node in self.nodes for port in node.ports]
        for port, peer in zip(ports, self.column("port_peer"), strict=True):
            port.peer = ports[peer]
        for node in self.nodes:
            if isinstance(node, Host):
                node.begin()

    def run(self) -> None:
        heap, until = self.clock.heap, self.scalars["until_ps"]
        grids = {name: self.scalars[f"{name}_grid_ps"] for name in ("stop", "stall")}
        following = dict(grids)
        while heap:
            time = heap[0][0]
            if 0 <= until <= time:
                return
            if time >= min(following.values()):
                if self._ends(time, following):
                    return
                for name, grid in grids.items():
                    following[name] = (time // grid + 1) * grid
            self.clock.now = time
            heapq.heappop(heap)[5]()
        self.counts["deadlock"] += self._stored()

    def _stored(self) -> bool:
        return any(isinstance(n, Switch) and n.stored_frames() for n in self.nodes)

    def _ends(self, time: int, following: dict[str, int]) -> bool:
        """Whether the run ends at a multiple that lies before the event at ``time``."""
        if following["stop"] <= time and self.flows.open == 0 and self.in_flight == 0:
            return True
        multiple = following["stall"]
        while multiple <= time:
            stalled = not self.started_data and not self._pauses_change(multiple)
            stuck = self.deadlock.look(multiple)
            if stuck or (stalled and (self._stored() or self._nothing_scheduled())):
                self.counts["deadlock"] += 1
                return True
            self.started_data = False
            multiple += self.scalars["stall_grid_ps"]
        return False

    def _nothing_scheduled(self) -> bool:
        return len(self.clock.heap) == self.clock.polls

    def _pauses_change(self, time: int) -> bool:
        """Whether something is still to happen to the pauses that hold frames up."""
        due = any(port.told & ~port.decided for node in self.nodes for port in node.ports)
        return (
            due
            or self.resumes_under_way + self.pause_events > 0
            or any(
                node.watchdog.frees and port.queues[queue] and port.pauses[queue].runs(time)
                for node in self.nodes
                if isinstance(node, Switch)
                for port in node.ports
                for queue in node.watchdog.queues
            )
        )
