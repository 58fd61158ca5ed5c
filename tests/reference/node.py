"""What hosts and switches have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.frames import CAUSES, CLASSES, DATA, DROP, LINK_ERROR, PFC, Frame, Record
from reference.maps import Maps
from reference.port import Port

if TYPE_CHECKING:
    from reference.net import Net


class Node:
    """A node: its settings, its ports, its records."""

    def __init__(self, net: Net, number: int) -> None:
        self.net, self.number, self.clock = net, number, net.clock
        self.latency = self.setting("latency_ps")
        self.maps = Maps(net, number)
        self.strict_mask = self.setting("strict_mask")
        weights = net.column("node_weights")[number]
        self.quantum = [weight * net.scalars["dwrr_quantum_bytes"] for weight in weights]
        self.pfc_mode = self.setting("pfc_mode")
        self.quanta = self.setting("pfc_quanta")
        self.reaction = self.setting("pfc_reaction_ps")
        first, last = net.column("node_first_port")[number : number + 2]
        self.ports = [Port(self, port - first, port) for port in range(first, last)]
        self.records: list[Record] = []

    def setting(self, name: str) -> int:
        return int(self.net.column(f"node_{name}")[self.number])

    # -- records ----

    def note(self, time: int, port: Port, *fields: int) -> None:
        self.records.append(Record(time, port.number, *fields))

    def record(self, port: Port, event: int, frame: Frame, cause: int | None = None) -> None:
        ecn = frame.ecn if cause is None else cause
        fields = frame.kind, frame.cls, frame.qp, frame.psn, frame.size, ecn
        self.note(self.clock.now, port, event, *fields)

    def record_message(self, event: int, qp: int, psn: int) -> None:
        self.note(self.clock.now, self.ports[0], event, DATA, 0, qp, psn, 0, 0)

    def drop(self, port: Port, frame: Frame, cause: int) -> None:
        self.net.in_flight -= 1
        self.net.counts[CAUSES[cause]] += 1
        self.record(port, DROP, frame, cause)

    def lose_damaged(self, port: Port, frame: Frame) -> None:
        self.drop(port, frame, LINK_ERROR)

    def lose_damaged_pfc(self, port: Port) -> None:
        self.net.counts["link error of a PFC frame"] += 1
        size = self.net.framing.pfc
        self.note(self.clock.now, port, DROP, PFC, 0, 0, 0, size, LINK_ERROR)

    # -- what a port asks for; hosts add the queue pairs ----

    def backlogged(self, port: Port, cls: int) -> bool:
        return bool(port.queues[cls])

    def head_size(self, port: Port, cls: int) -> int:
        return port.queues[cls][0].size

    def take(self, port: Port, cls: int) -> Frame:
        return port.pop(cls)

    def join_due(self, port: Port) -> None:
        """At a decision: list what has become due, forget what may not be sent any more."""

    def next_pacing(self, port: Port) -> int | None:
        return None

    def leaving(self, port: Port, frame: Frame) -> None:
        """Right before ``frame`` starts."""

    def left(self, port: Port, frame: Frame) -> None:
        """Right after ``frame`` started."""

    def receive(self, port: Port, frame: Frame) -> None:
        raise NotImplementedError

    def test_xon(self, port: Port, cls: int) -> bool:
        """Whether a refresh finds that XOFF is over."""
        raise NotImplementedError

    def xoff_came(self, port: Port, queue: int) -> None:
        """An XOFF for a queue."""

    # -- what may keep a node from deciding XOFF or XON; hosts have such reasons ----

    def mutes(self, port: Port, group: int) -> bool:
        return False

    def holds_xoff(self, port: Port, group: int) -> bool:
        return False

    def decided_xoff(self, port: Port, group: int) -> None:
        """Right after XOFF was decided."""

    def stored_frames(self) -> int:
        return sum(len(port.queues[cls]) for port in self.ports for cls in range(CLASSES))
