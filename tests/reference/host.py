"""A host and its NIC: which queue pair sends next, and who gets what arrives (section 8)."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from reference.clock import OPERATION
from reference.credits import Pacer
from reference.frames import (
    ACK,
    CLASSES,
    CNP,
    CREDIT,
    CREDIT_REQUEST,
    DATA,
    FAIL,
    NAK,
    NOT_ECT,
    READ_REQUEST,
    Frame,
)
from reference.ingress import Ingress, single_pool
from reference.node import Node
from reference.pausing import Pausing
from reference.port import Port
from reference.receive_buffer import ReceiveBuffer
from reference.receiver import Receiver
from reference.sender import Sender

if TYPE_CHECKING:
    from reference.flows import Message
    from reference.net import Net


class Host(Node):
    """Senders and receivers of the queue pairs that end here."""

    def __init__(self, net: Net, number: int) -> None:
        super().__init__(net, number)
        self.senders: dict[int, Sender] = {}
        self.receivers: dict[int, Receiver] = {}
        self.rings: list[list[deque[Sender]]] = [
            [deque() for _ in range(CLASSES)] for _ in self.ports
        ]
        self.waiting: list[list[Sender]] = [[] for _ in self.ports]
        self.last_cnp: dict[int, int] = {}
        self.pacers = [Pacer(self, local) for local in range(len(self.ports))]
        self.ingress = Ingress(self, single_pool(self))
        self.received = ReceiveBuffer(self)
        self.pausing = Pausing(self)

    def begin(self) -> None:
        """Make the queue pairs and post the operations; all ports are connected."""
        column = self.net.column
        ends = zip(column("qp_tx_node"), column("qp_rx_node"), strict=True)
        for qp, (sender, receiver) in enumerate(ends):
            if sender == self.number:
                self.senders[qp] = Sender(self, qp)
            if receiver == self.number:
                self.receivers[qp] = Receiver(self, qp)
        self.pausing.begin()
        first, last = column("start_first")[self.number : self.number + 2]
        for flow in column("start_flow")[first:last]:
            message = self.net.flows.messages[flow]
            call = partial(self._post, message)
            self.clock.at(message.start, self.number, OPERATION, flow, call)

    def _post(self, message: Message) -> None:
        if message.op == "read":
            self.receivers[message.qp].post(message)
        else:
            self.senders[message.qp].post(message)

    def fail(self, message: Message) -> None:
        self.net.counts["fail"] += 1
        self.record_message(FAIL, message.qp, message.first)
        self.net.flows.close(message)

    # -- arrivals ----

    def receive(self, port: Port, frame: Frame) -> None:
        if frame.kind == DATA and self.received.rate > 0:
            self.received.arrive(port, frame)
        else:
            self.deliver(frame)

    def deliver(self, frame: Frame) -> None:
        self.net.in_flight -= 1
        if frame.kind == DATA:
            self.receivers[frame.qp].on_data(frame)
        elif frame.kind in (ACK, NAK):
            self.senders[frame.qp].on_ack(frame)
        elif frame.kind == CNP:
            self.senders[frame.qp].on_cnp()
        elif frame.kind == READ_REQUEST:
            self.senders[frame.qp].on_read_request(frame)
        elif frame.kind == CREDIT:
            limit = self.senders[frame.qp].credit
            assert limit is not None
            limit.on_credit(frame)
        elif frame.kind == CREDIT_REQUEST:
            account = self.receivers[frame.qp].credit
            assert account is not None
            account.on_request(frame)

    def control(self, kind: int, receiver: Receiver, cls: int, psn: int, size: int) -> Frame:
        """A frame from the receiver of a queue pair's data to their sender."""
        ends = receiver.sender_address, receiver.entropy
        self.net.in_flight += 1
        frame = Frame(kind, receiver.qp, psn, cls, size, NOT_ECT, *ends)
        self.label(frame)
        return frame

    def label(self, frame: Frame) -> None:
        """What switches read of a frame that is made here."""
        frame.ttl = self.setting("ttl")
        frame.dscp = self.net.column("priority_dscp")[frame.cls]

    def send_control(self, port: Port, frame: Frame) -> None:
        port.push(frame)
        port.given()

    # -- pauses ----

    def holds(self, port: Port, cls: int) -> bool:
        return self.received.holds(port, cls)

    def test_xon(self, port: Port, cls: int) -> bool:
        return self.ingress.test_xon(port, cls)

    def mutes(self, port: Port, group: int) -> bool:
        return (port.local, group) in self.pausing.muted

    def holds_xoff(self, port: Port, group: int) -> bool:
        return self.pausing.lasts(port, group)

    def decided_xoff(self, port: Port, group: int) -> None:
        self.pausing.decided_xoff(port, group)

    # -- queue pairs in the order of sending ----

    def wake(self, sender: Sender) -> None:
        """A queue pair that may have become able to send."""
        if sender.in_ring or sender.is_waiting or not sender.can_send():
            return
        if sender.pace_at <= self.clock.now:
            self._join(sender)
            sender.port.given()
        else:
            self._wait(sender)
            sender.port.wake_for_pacing()

    def _join(self, sender: Sender) -> None:
        sender.in_ring = True
        self.rings[sender.port.local][sender.cls].append(sender)

    def _wait(self, sender: Sender) -> None:
        sender.is_waiting = True
        self.waiting[sender.port.local].append(sender)

    def _prune_waiting(self, port: Port) -> list[Sender]:
        waiting = self.waiting[port.local]
        for sender in waiting:
            sender.is_waiting = sender.can_send()
        waiting[:] = [sender for sender in waiting if sender.is_waiting]
        return waiting

    def join_due(self, port: Port) -> None:
        waiting = self._prune_waiting(port)
        due = [sender for sender in waiting if sender.pace_at <= self.clock.now]
        for sender in sorted(due, key=lambda sender: (sender.pace_at, sender.qp)):
            waiting.remove(sender)
            sender.is_waiting = False
            self._join(sender)
        for cls in range(CLASSES):
            self._drop_heads(port, cls)

    def _drop_heads(self, port: Port, cls: int) -> None:
        """Drop heads that lost their right to send; a class that runs empty loses its deficit."""
        ring = self.rings[port.local][cls]
        while ring and not ring[0].can_send():
            ring.popleft().in_ring = False
            if not self.backlogged(port, cls):
                port.deficit[cls] = 0

    def next_pacing(self, port: Port) -> int | None:
        return min((sender.pace_at for sender in self._prune_waiting(port)), default=None)

    def backlogged(self, port: Port, cls: int) -> bool:
        return bool(port.queues[cls] or self.rings[port.local][cls])

    def head_size(self, port: Port, cls: int) -> int:
        if port.queues[cls]:
            return port.queues[cls][0].size
        return self.rings[port.local][cls][0].next_size()

    def take(self, port: Port, cls: int) -> Frame:
        if port.queues[cls]:
            return port.pop(cls)
        sender = self.rings[port.local][cls].popleft()
        sender.in_ring = False
        return sender.make_frame()

    def left(self, port: Port, frame: Frame) -> None:
        if frame.kind == DATA:
            sender = self.senders[frame.qp]
            sender.sent(frame)
            if sender.can_send() and not sender.in_ring and not sender.is_waiting:
                self._wait(sender)
