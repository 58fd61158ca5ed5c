"""The sender of a queue pair's data: requester of writes and sends, responder of reads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reference.clock import RETRANSMIT
from reference.dcqcn import Constant, Dcqcn
from reference.flows import Message
from reference.frames import DATA, ECT, NAK, SENDER_COMPLETE, Frame
from reference.hpcc import Hpcc

if TYPE_CHECKING:
    from reference.host import Host

DCQCN, HPCC = 2, 3


class Sender:
    """PSNs from ``una`` (oldest unacknowledged) over ``next`` (to be sent) to ``posted``."""

    def __init__(self, host: Host, qp: int) -> None:
        net, column = host.net, host.net.column
        self.host, self.qp, self.clock = host, qp, host.clock
        self.port = host.ports[column("qp_tx_port")[qp]]
        self.cls: int = column("qp_class")[qp]
        self.entropy: int = column("qp_entropy")[qp]
        self.address: int = column("qp_rx_address")[qp]
        self.read = bool(column("qp_read")[qp])
        self.messages = net.flows.by_qp[qp]
        self.una = self.next = self.posted = 0
        self.posted_messages: list[Message] = []
        self.failed = self.in_ring = self.is_waiting = False
        self.pace_at = 0
        self.repeats = 0
        self.rto = 0 if self.read else host.setting("rto_ps")
        self.retries = host.setting("retries")
        self.deadline: int | None = None
        self.control = self._congestion_control()

    def _congestion_control(self) -> Constant | Dcqcn | Hpcc:
        column = self.host.net.column
        profile = column("qp_cc")[self.qp]
        window: int = column("qp_window_bytes")[self.qp]
        if column("cc_algorithm")[profile] == DCQCN:
            return Dcqcn(column("cc_parameters")[profile], self.port.rate, window)
        if column("cc_algorithm")[profile] == HPCC:
            base_rtt: int = column("qp_base_rtt_ps")[self.qp]
            return Hpcc(column("cc_parameters")[profile], self.port.rate, window, base_rtt)
        return Constant(self.port.rate, window)

    # -- operations ----

    def post(self, message: Message) -> None:
        if self.failed:
            self.host.fail(message)
            return
        self.posted_messages.append(message)
        self.posted = message.end
        self.host.wake(self)

    def on_read_request(self, frame: Frame) -> None:
        self.posted = max(self.posted, frame.end)
        self.next = min(self.next, frame.psn)
        self.host.wake(self)

    # -- sending ----

    def inflight(self) -> int:
        if self.next - self.una <= 0:
            return 0
        flows, mtu = self.host.net.flows, self.host.net.framing.mtu
        total, psn = 0, self.una
        while psn < self.next:
            message = flows.of(self.qp, psn)
            stop = min(self.next, message.end)
            total += (stop - 1 - psn) * mtu + message.payload(stop - 1)
            psn = stop
        return total

    def can_send(self) -> bool:
        if self.failed or self.next >= self.posted:
            return False
        if self.read or self.control.window == 0:
            return True
        return self.inflight() < self.control.window

    def next_size(self) -> int:
        message = self.host.net.flows.of(self.qp, self.next)
        ends = self.next == message.first, self.next == message.end - 1
        return self.host.net.framing.data_size(message.payload(self.next), message.op, *ends)

    def make_frame(self) -> Frame:
        size = self.next_size()
        ends = self.address, self.entropy
        self.host.net.in_flight += 1
        frame = Frame(DATA, self.qp, self.next, self.cls, size, ECT, *ends, stamp=self.clock.now)
        payload = self.host.net.flows.of(self.qp, self.next).payload(self.next)
        window = self.control.window
        if self.host.net.scalars["int_hops"] > 0 and not self.read:
            frame.records = []
        frame.ack_request = window > 0 and self.inflight() + payload >= window
        return frame

    def sent(self, frame: Frame) -> None:
        self.next += 1
        self.control.on_send(self.clock.now, frame.size)
        framing = self.host.net.framing
        gap = framing.duration_ps(frame.size + framing.gap, self.control.rate)
        self.pace_at = self.clock.now + gap
        if self.rto > 0 and self.deadline is None:
            self._start_timer()

    # -- acknowledgements ----

    def on_ack(self, frame: Frame) -> None:
        if self.failed:
            return
        if frame.psn > self.una:
            self.una = frame.psn
            self.next = max(self.next, self.una)
            self.repeats = 0
            self._complete()
            self.deadline = None
            if self.next > self.una and self.rto > 0:
                self._start_timer()
        if frame.kind == NAK and frame.psn == self.una and self.next > self.una:
            self.host.net.counts["NAK"] += 1
            self._go_back()
        if not self.failed and self.control.on_ack(frame.records, self.una, self.next):
            self.host.net.counts["HPCC"] += 1
        if frame.echo and self.host.setting("cnp_on_ack") and not self.failed:
            self.on_cnp()
        self.host.wake(self)

    def _complete(self) -> None:
        for message in self.posted_messages:
            if message.open and message.end <= self.una:
                self.host.record_message(SENDER_COMPLETE, self.qp, self.una)
                self.host.net.flows.close(message)

    def on_cnp(self) -> None:
        self.host.net.counts["CNP"] += 1
        self.control.on_cnp(self.clock.now)
        self.host.wake(self)

    # -- going back ----

    def _start_timer(self) -> None:
        self.deadline = time = self.clock.now + self.rto
        call = partial(self._expired, time)
        self.clock.timer(time, self.host.number, RETRANSMIT, self.qp, call)

    def _expired(self, deadline: int) -> None:
        if self.deadline != deadline:
            return
        self.host.net.counts["timeout"] += 1
        self._go_back()
        self.host.wake(self)

    def _go_back(self) -> None:
        self.deadline = None
        self.repeats += 1
        if self.repeats > self.retries:
            self._fail()
        else:
            self.next = self.una

    def _fail(self) -> None:
        self.failed = True
        for message in self.posted_messages:
            if message.open:
                self.host.fail(message)
