"""The sender of a queue pair's data: requester of writes and sends, responder of reads."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reference.clock import RETRANSMIT
from reference.credits import CreditLimit
from reference.flows import Message
from reference.frames import DATA, ECT, NAK, SENDER_COMPLETE, Frame
from reference.hearing import Hearing

if TYPE_CHECKING:
    from reference.host import Host


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
        self.repeats = 0
        self.reorder: int = column("qp_reorder_packets")[qp]
        self.cap: int = column("qp_bdp_bytes")[qp]
        self.marked: set[int] = set()
        self.sent_at: dict[int, int] = {}  # PSN -> last transmission
        self.latest = -1  # sending of the last packet that is known to have arrived
        self.expired: int | None = None
        self.again: set[int] = set()  # sent more than once
        acknowledged = self.reorder > 0 or not self.read
        self.rto = host.setting("rto_ps") if acknowledged else 0
        self.retries = host.setting("retries")
        self.deadline: int | None = None
        self.hearing = Hearing(self)
        credited = any(column("qp_credit_packets")[qp : qp + 1])
        self.credit = CreditLimit(self) if credited else None

    @property
    def pace_at(self) -> int:
        assert self.hearing.pace_at is not None  # can_send
        return self.hearing.pace_at

    # -- operations ----

    def post(self, message: Message) -> None:
        if self.failed:
            self.host.fail(message)
            return
        self.posted_messages.append(message)
        was_quiet = self.una == self.posted
        self.posted = message.end
        if self.credit is not None:
            self.credit.posted(was_quiet)
        self.host.wake(self)

    def on_read_request(self, frame: Frame) -> None:
        self.posted = max(self.posted, frame.end)
        if self.reorder == 0 and frame.psn < self.next:
            self.next = frame.psn
            self.hearing.asked_again()
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
        return total - sum(flows.of(self.qp, psn).payload(psn) for psn in self.marked)

    def can_send(self) -> bool:
        if self.failed or self.hearing.algorithm.rate == 0:
            return False
        if self.lost() is not None:
            return True
        if self.next >= self.posted or not self._has_room():
            return False
        if (self.read and self.reorder == 0) or self.hearing.algorithm.window == 0:
            return True
        return self.inflight() < self.hearing.algorithm.window

    def _has_room(self) -> bool:
        if self.credit is not None and self.next >= self.credit.granted:
            return False
        if self.reorder == 0:
            return True
        capped = self.cap > 0 and self.inflight() >= self.cap
        return not capped and self.next < self.una + self.reorder

    def lost(self) -> int | None:
        """Selective repeat: the lost PSN to send next."""
        if self.reorder == 0 or self.next == self.una:
            return None
        lost = [
            psn
            for psn in range(self.una, self.next)
            if psn not in self.marked and self.sent_at[psn] < self.latest
        ]
        if self.expired is not None and self.expired >= self.una:
            return self.expired
        twice = [psn for psn in lost if psn in self.again]
        if twice:
            return min(twice, key=lambda psn: self.sent_at[psn])
        return min(lost, default=None)

    def _next_psn(self) -> int:
        lost = self.lost()
        return self.next if lost is None else lost

    def next_size(self) -> int:
        psn = self._next_psn()
        message = self.host.net.flows.of(self.qp, psn)
        ends = psn == message.first, psn == message.end - 1
        return self.host.net.framing.data_size(message.payload(psn), message.op, *ends)

    def make_frame(self) -> Frame:
        size = self.next_size()
        ends = self.address, self.entropy
        self.host.net.in_flight += 1
        psn = self._next_psn()
        frame = Frame(DATA, self.qp, psn, self.cls, size, ECT, *ends, stamp=self.clock.now)
        self.host.label(frame)
        if self.lost() is None:
            frame.ack_request = self._fills(self.host.net.flows.of(self.qp, psn).payload(psn))
        if self.credit is not None:
            self.credit.label(frame)
        if self.host.net.scalars["int_hops"] > 0 and (self.reorder > 0 or not self.read):
            frame.records = []
        return frame

    def _fills(self, payload: int) -> bool:
        full = self.inflight() + payload
        limits = [self.hearing.algorithm.window]
        if self.reorder > 0:
            limits.append(self.cap)
            if self.next + 1 >= self.una + self.reorder:
                return True
        return any(full >= limit for limit in limits if limit > 0)

    def sent(self, frame: Frame) -> None:
        self._count(frame.psn)
        self.hearing.sent(frame)
        self.start_timer_if_none()

    def _count(self, psn: int) -> None:
        if self.reorder == 0:
            self.next += 1
            return
        if psn == self.next:
            self.next += 1
        else:
            self.host.net.counts["selective repeat"] += 1
            self.again.add(psn)
            self.hearing.sends_again(psn)
        self.sent_at[psn] = self.clock.now
        if psn == self.expired:
            self.expired = None

    # -- acknowledgements ----

    def on_ack(self, frame: Frame) -> None:
        if self.failed:
            return
        size, loss = 0, False
        if frame.psn > self.una:
            size = self._payload(self.una, frame.psn)
            self.una = frame.psn
            self.marked = {psn for psn in self.marked if psn >= self.una}
            self.next = max(self.next, self.una)
            self.repeats = 0
            self._complete()
            self.deadline = None
            if self.next > self.una or self._asks():
                self.start_timer_if_none()
        if self.reorder > 0:
            size += self._on_selective_ack(frame)
            loss = self.hearing.recovery_begins() and frame.kind == NAK
        elif frame.kind == NAK and frame.psn == self.una and self.next > self.una:
            self.host.net.counts["NAK"] += 1
            self._go_back()
        if self.reorder == 0:
            loss = frame.kind == NAK
        if not self.failed:
            self.hearing.answered(frame, size, loss)
        if frame.echo and self.host.setting("cnp_on_ack") and not self.failed:
            self.on_cnp()
        self.host.wake(self)

    def _payload(self, first: int, stop: int) -> int:
        """Bytes of the PSNs from ``first`` to ``stop`` - 1 that are not marked."""
        psns = [psn for psn in range(first, stop) if psn not in self.marked]
        return sum(self.host.net.flows.of(self.qp, psn).payload(psn) for psn in psns)

    def _on_selective_ack(self, frame: Frame) -> int:
        """Bytes that are newly marked."""
        self.latest = max(self.latest, frame.stamp)
        news = frame.cause not in self.marked and self.una < frame.cause < self.next
        if frame.kind != NAK or not news:
            return 0
        size = self._payload(frame.cause, frame.cause + 1)
        self.repeats = 0
        self.marked.add(frame.cause)
        self.deadline = None
        if self.rto > 0:
            self._start_timer()
        return size

    def _complete(self) -> None:
        if self.read:
            return
        for message in self.posted_messages:
            if message.open and message.end <= self.una:
                self.host.record_message(SENDER_COMPLETE, self.qp, self.una)
                self.host.net.flows.close(message)

    def on_cnp(self) -> None:
        self.host.net.counts["CNP"] += 1
        self.hearing.notified()
        self.host.wake(self)

    # -- going back ----

    def _asks(self) -> bool:
        return self.credit is not None and self.credit.asks

    def start_timer_if_none(self) -> None:
        if self.rto > 0 and self.deadline is None:
            self._start_timer()

    def _start_timer(self) -> None:
        self.deadline = time = self.clock.now + self._timeout()
        call = partial(self._expired, time)
        self.clock.timer(time, self.host.number, RETRANSMIT, self.qp, call)

    def _timeout(self) -> int:
        low = self.host.setting("rto_low_ps")
        few = self.next - self.una - len(self.marked) <= self.host.setting("rto_low_packets")
        return low if self.reorder > 0 and low > 0 and few else self.rto

    def _expired(self, deadline: int) -> None:
        if self.deadline != deadline:
            return
        self.host.net.counts["timeout"] += 1
        if self.credit is not None and self.credit.asks:
            self._ask_again(self.credit)
            return
        self._go_back()
        if not self.failed:
            self.hearing.timed_out()
        self.host.wake(self)

    def _ask_again(self, credit: CreditLimit) -> None:
        self.deadline = None
        self.repeats += 1
        if self.repeats > self.retries:
            self._fail()
            return
        credit.ask()
        self._start_timer()

    def _go_back(self) -> None:
        self.deadline = None
        self.repeats += 1
        if self.repeats > self.retries:
            self._fail()
        elif self.reorder > 0:
            self.expired = self.una
            self.hearing.recovery_begins()
        else:
            self.next = self.una

    def _fail(self) -> None:
        self.failed = True
        if self.read:
            return
        for message in self.posted_messages:
            if message.open:
                self.host.fail(message)
