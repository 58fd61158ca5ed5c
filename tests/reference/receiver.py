"""The receiver of a queue pair's data: responder of writes and sends, requester of reads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reference.clock import READ_RETRY
from reference.credits import CreditAccount
from reference.flows import Message
from reference.frames import ACK, CE, CNP, COMPLETE, NAK, READ_REQUEST, Frame

if TYPE_CHECKING:
    from reference.host import Host

QUEUE_PAIR, DESTINATION, PORT = range(3)


class Receiver:
    """Expects PSN ``expected``; a requester of reads has asked for those before ``posted``."""

    def __init__(self, host: Host, qp: int) -> None:
        column = host.net.column
        self.host, self.qp, self.clock = host, qp, host.clock
        self.port = host.ports[column("qp_rx_port")[qp]]
        self.cls: int = column("qp_class")[qp]
        self.entropy: int = column("qp_entropy")[qp]
        self.sender_address: int = column("qp_tx_address")[qp]
        self.read = bool(column("qp_read")[qp])
        self.messages = host.net.flows.by_qp[qp]
        self.expected = self.posted = 0
        self.reorder: int = column("qp_reorder_packets")[qp]
        self.kept: set[int] = set()
        self.unacknowledged = 0
        self.marked = self.failed = False
        self.nak_psn, self.nak_at = -1, 0
        self.repeats = 0
        self.rto, self.retries = host.setting("rto_ps"), host.setting("retries")
        self.deadline: int | None = None
        self.posted_messages: list[Message] = []
        credited = any(column("qp_credit_packets")[qp : qp + 1])
        self.credit = CreditAccount(self) if credited else None

    # -- data ----

    def on_data(self, frame: Frame) -> None:
        if self.failed:
            return
        self._take(frame)
        if self.credit is not None:
            self.credit.on_data(frame)

    def _take(self, frame: Frame) -> None:
        if frame.ecn == CE:
            self.marked = True
            self._cnp()
        if self.reorder > 0:
            self._on_selective_data(frame)
        elif frame.psn == self.expected:
            self._accept(frame)
        elif frame.psn > self.expected:
            self._gap(frame)
        elif not self.read:
            self._acknowledge(ACK, frame)

    def _accept(self, frame: Frame) -> None:
        message = self.host.net.flows.of(self.qp, frame.psn)
        self.expected += 1
        self.repeats = 0
        ends = self.expected == message.end
        if ends:
            self.host.record_message(COMPLETE, self.qp, self.expected)
        if self.read:
            if ends:
                self.host.net.flows.close(message)
            self._restart_timer()
            return
        self.unacknowledged += 1
        if ends or frame.ack_request or self.unacknowledged >= self.host.setting("ack_every"):
            self._acknowledge(ACK, frame)

    def _on_selective_data(self, frame: Frame) -> None:
        if frame.psn >= self.expected + self.reorder:
            return
        if frame.psn < self.expected or frame.psn in self.kept:
            self._acknowledge(ACK if frame.psn < self.expected else NAK, frame)
            return
        self.repeats = 0
        if frame.psn > self.expected:
            self.kept.add(frame.psn)
            self.host.net.counts["kept"] += 1
            if self.read:
                self._restart_timer()
            self._acknowledge(NAK, frame)
            return
        self.unacknowledged += 1
        ended, stop = False, self.expected + 1
        while stop in self.kept:
            stop += 1
        filled = stop > self.expected + 1
        while self.expected < stop:
            self.kept.discard(self.expected)
            message = self.host.net.flows.of(self.qp, self.expected)
            self.expected += 1
            if self.expected == message.end:
                ended = True
                self.host.record_message(COMPLETE, self.qp, self.expected)
                if self.read:
                    self.host.net.flows.close(message)
        if self.read:
            self._restart_timer()
        due = self.unacknowledged >= self.host.setting("ack_every")
        if ended or filled or frame.ack_request or due:
            self._acknowledge(ACK, frame)

    def _gap(self, frame: Frame) -> None:
        interval, now = self.host.setting("nak_interval_ps"), self.clock.now
        again = interval > 0 and now - self.nak_at >= interval
        if self.nak_psn == self.expected and not again:
            return
        self.nak_psn, self.nak_at = self.expected, now
        if self.read:
            self._ask_again()
        else:
            self._acknowledge(NAK, frame)

    def _acknowledge(self, kind: int, frame: Frame) -> None:
        cls = self.host.setting("ack_class")
        cls = self.cls if cls < 0 else cls
        size = self.host.net.framing.ack
        reply = self.host.control(kind, self, cls, self.expected, size)
        reply.stamp, reply.echo = frame.stamp, self.marked
        reply.cause = frame.psn
        reply.records = frame.records
        self.marked = False
        self.unacknowledged = 0
        self.host.send_control(self.port, reply)

    def _cnp(self) -> None:
        host, now = self.host, self.clock.now
        if host.setting("cnp_on_ack"):
            return
        key = {QUEUE_PAIR: self.qp, DESTINATION: self.sender_address, PORT: self.port.local}
        scope = key[host.setting("cnp_scope")]
        last = host.last_cnp.get(scope)
        if last is not None and now - last < host.setting("cnp_interval_ps"):
            return
        host.last_cnp[scope] = now
        frame = host.control(CNP, self, host.setting("cnp_class"), 0, host.net.framing.cnp)
        host.send_control(self.port, frame)

    # -- requester of reads ----

    def post(self, message: Message) -> None:
        if self.failed:
            self.host.fail(message)
            return
        self.posted_messages.append(message)
        self.posted = message.end
        self._request(message.first)
        self._restart_timer()

    def _request(self, psn: int) -> None:
        size = self.host.net.framing.read_request
        frame = self.host.control(READ_REQUEST, self, self.cls, psn, size)
        frame.end = self.posted
        self.host.send_control(self.port, frame)

    def _ask_again(self) -> None:
        self.repeats += 1
        if self.repeats > self.retries:
            self._fail()
            return
        self.host.net.counts["READ retry"] += 1
        self._request(self.expected)
        self._restart_timer()

    def _restart_timer(self) -> None:
        self.deadline = None
        if self.expected < self.posted and self.rto > 0:
            self.deadline = time = self.clock.now + self.rto
            call = partial(self._expired, time)
            self.clock.timer(time, self.host.number, READ_RETRY, self.qp, call)

    def _expired(self, deadline: int) -> None:
        if self.deadline == deadline:
            self.deadline = None
            self.host.net.counts["READ timeout"] += 1
            self._ask_again()

    def _fail(self) -> None:
        self.failed = True
        self.deadline = None
        for message in self.posted_messages:
            if message.open:
                self.host.fail(message)
