"""Receiver credits (docs/model.md, section 10): what a sender may send, who grants it."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from reference.clock import CREDIT_PACING, CREDIT_SILENCE
from reference.flows import ENDLESS
from reference.frames import CREDIT, CREDIT_REQUEST, NOT_ECT, Frame

if TYPE_CHECKING:
    from reference.host import Host
    from reference.receiver import Receiver
    from reference.sender import Sender

MOST_TOLD = 0xFFFFFF


class CreditLimit:
    """At the sender: PSNs below ``granted`` may be sent."""

    def __init__(self, sender: Sender) -> None:
        column = sender.host.net.column
        self.sender = sender
        self.unsolicited: int = column("qp_unsolicited_packets")[sender.qp]
        self.granted = 0
        self.window_at = -1  # first PSN of the last unsolicited window

    @property
    def asks(self) -> bool:
        """Whether the sender has something to send, nothing in flight and no grant."""
        sender = self.sender
        idle = sender.una == sender.next
        return idle and sender.next < sender.posted and sender.next >= self.granted

    def posted(self, was_quiet: bool) -> None:
        sender = self.sender
        if was_quiet and self.unsolicited > 0:
            self.window_at = sender.next
            self.granted = max(self.granted, sender.next + self.unsolicited)
        if sender.next >= self.granted:
            self.ask()
            sender.start_timer_if_none()

    def on_credit(self, frame: Frame) -> None:
        sender = self.sender
        if sender.failed:
            return
        self.granted = max(self.granted, frame.psn)
        if sender.una == sender.next:
            sender.repeats, sender.deadline = 0, None
            if self.asks:
                sender.start_timer_if_none()
        sender.host.wake(sender)

    def ask(self) -> None:
        sender, host = self.sender, self.sender.host
        cls = host.setting("ack_class")
        cls = sender.cls if cls < 0 else cls
        ends = sender.address, sender.entropy
        host.net.in_flight += 1
        host.net.counts["credit request"] += 1
        size = host.net.framing.ack
        frame = Frame(CREDIT_REQUEST, sender.qp, sender.posted, cls, size, NOT_ECT, *ends)
        host.label(frame)
        host.send_control(sender.port, frame)

    def label(self, frame: Frame) -> None:
        frame.posted_ahead = min(self.sender.posted - frame.psn, MOST_TOLD)
        frame.opens_window = frame.psn == self.window_at
        if frame.psn + 1 == min(self.granted, self.sender.posted):
            frame.ack_request = True


class CreditAccount:
    """At the receiver, of one queue pair."""

    def __init__(self, receiver: Receiver) -> None:
        column, qp = receiver.host.net.column, receiver.qp
        self.receiver = receiver
        self.unsolicited: int = column("qp_unsolicited_packets")[qp]
        self.most: int = column("qp_credit_packets")[qp]
        self.pacer = receiver.host.pacers[column("qp_credit_port")[qp]]
        self.pacer.accounts.append(self)
        self.granted = self.demand = 0
        self.heard_at = 0
        self.silent = self.timed = False

    @property
    def outstanding(self) -> int:
        known = min(self.granted, self.demand)
        return known - self.receiver.expected - len(self.receiver.kept)

    @property
    def counted(self) -> int:
        return 0 if self.silent else self.outstanding

    @property
    def grantable(self) -> bool:
        return not self.silent and self.granted < self.demand and self.outstanding < self.most

    def on_data(self, frame: Frame) -> None:
        self.demand = max(self.demand, frame.psn + frame.posted_ahead)
        window = self.unsolicited if frame.opens_window else 1
        self.granted = max(self.granted, min(frame.psn + window, ENDLESS))
        self._heard()

    def on_request(self, frame: Frame) -> None:
        self.demand = max(self.demand, frame.psn)
        before = self.granted
        self._heard()
        if self.granted == before:
            self.tell()

    def _heard(self) -> None:
        self.silent = False
        self.heard_at = self.receiver.clock.now
        self.watch()
        self.pacer.join(self)
        self.pacer.pace()

    def watch(self) -> None:
        if self.timed or self.counted == 0:
            return
        self.timed = True
        net = self.receiver.host.net
        time = self.heard_at + net.scalars["credit_reclaim_ps"]
        number = self.receiver.host.number
        self.receiver.clock.timer(time, number, CREDIT_SILENCE, self.receiver.qp, self._silence)

    def _silence(self) -> None:
        self.timed = False
        if self.counted == 0:
            return
        net = self.receiver.host.net
        if self.receiver.clock.now < self.heard_at + net.scalars["credit_reclaim_ps"]:
            self.watch()
            return
        net.counts["silent sender"] += 1
        self.silent = True
        self.pacer.pace()

    def tell(self) -> None:
        receiver, host = self.receiver, self.receiver.host
        cls = host.setting("ack_class")
        cls = receiver.cls if cls < 0 else cls
        frame = host.control(CREDIT, receiver, cls, self.granted, host.net.framing.ack)
        host.net.counts["credit"] += 1
        host.send_control(receiver.port, frame)


class Pacer:
    """At the receiver, of one NIC port."""

    def __init__(self, host: Host, local: int) -> None:
        net = host.net
        number = host.ports[local].number
        rates, most = net.column("port_credit_rate_bps"), net.column("port_credit_packets")
        self.host, self.local, self.clock = host, local, host.clock
        self.rate = rates[number] if rates else 0
        self.most = most[number] if most else 0
        self.accounts: list[CreditAccount] = []
        self.turns: deque[CreditAccount] = deque()
        self.next_at = 0
        self.timed = False

    @property
    def outstanding(self) -> int:
        return sum(account.counted for account in self.accounts)

    def join(self, account: CreditAccount) -> None:
        if account.grantable and account not in self.turns:
            self.turns.append(account)

    def pace(self) -> None:
        while self.outstanding < self.most:
            while self.turns and not self.turns[0].grantable:
                self.turns.popleft()
            if not self.turns:
                return
            if self.clock.now < self.next_at:
                if not self.timed:
                    self.timed = True
                    call = partial(self._due)
                    ends = self.host.number, CREDIT_PACING, self.local
                    self.clock.timer(self.next_at, *ends, call)
                return
            self._grant(self.turns.popleft())

    def _due(self) -> None:
        self.timed = False
        self.pace()

    def _grant(self, account: CreditAccount) -> None:
        net = self.host.net
        wanted = account.demand - account.granted
        packets = min(net.scalars["credit_quantum_packets"], wanted)
        if account.outstanding == 0:
            account.heard_at = self.clock.now
        account.granted += packets
        account.watch()
        self.join(account)
        framing = net.framing
        full = framing.data_size(framing.mtu, "send", first=False, last=False) + framing.gap
        self.next_at = self.clock.now + framing.duration_ps(packets * full, self.rate)
        account.tell()
