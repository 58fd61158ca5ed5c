"""A port: transmitter, classes, pauses obeyed, and what it tells its peer (sections 3 to 6)."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from reference.clock import DATA_ARRIVAL, DECISION, PFC_ARRIVAL, REFRESH
from reference.frames import CLASSES, PFC, TRANSMIT, Frame, PfcFrame
from reference.randomness import LINK_ERRORS, Stream

if TYPE_CHECKING:
    from reference.node import Node

QUANTUM_BITS = 512
UNTIL_XON = 1 << 62  # ps, later than everything


class Pause:
    """The pause of one queue; it lasts until those of all priorities that stand for it end."""

    def __init__(self) -> None:
        self.counted = True
        self.binds_at = 0
        self.ends: dict[int, int] = {}
        self.ignored = False  # by a watchdog

    @property
    def ends_at(self) -> int:
        return max(self.ends.values(), default=-1)

    def would_run(self, now: int) -> bool:
        return now < self.ends_at

    def runs(self, now: int) -> bool:
        return not self.ignored and self.would_run(now)

    def binds(self, now: int) -> bool:
        return self.runs(now) and now >= self.binds_at


class Port:
    """One end of a link. The node supplies what is to be sent and takes what arrives."""

    def __init__(self, node: Node, local: int, number: int) -> None:
        net = node.net
        self.node, self.local, self.number = node, local, number
        self.clock = net.clock
        self.rate: int = net.column("port_rate_bps")[number]
        self.delay: int = net.column("port_delay_ps")[number]
        self.error_q32: int = net.column("port_error_q32")[number]
        self.errors = Stream(net.seed, number, LINK_ERRORS)
        self.peer: Port
        self.busy_until = 0
        self.sent_bytes = 0  # gaps included
        self.decision_at: int | None = None
        self.queues: list[deque[Frame]] = [deque() for _ in range(CLASSES)]
        self.queue_bytes = [0] * CLASSES
        self.deficit = [0] * CLASSES
        self.pointer = 0
        self.pauses = [Pause() for _ in range(CLASSES)]
        self.departed = [0] * CLASSES  # frames taken out of each queue
        self.decided = self.told = self.refresh = 0
        self.refresh_at = [0] * CLASSES
        self.refresh_armed = [False] * CLASSES

    # -- transmit decisions ----

    @property
    def pfc_due(self) -> bool:
        return (self.decided ^ self.told) | self.refresh != 0

    def given(self) -> None:
        """Something to send has come."""
        now = self.clock.now
        if self.busy_until > now:
            self._decide_at(self.busy_until)
        elif self.decision_at != now:
            self.decide()

    def _decide_at(self, time: int) -> None:
        if self.decision_at is None or time < self.decision_at:
            self.decision_at = time
            call = partial(self._due, time)
            self.clock.at_port(time, self.node.number, DECISION, self.local, call)

    def _due(self, time: int) -> None:
        if self.decision_at == time:
            self.decide()

    def decide(self) -> None:
        now = self.clock.now
        self.decision_at = None
        if self.pfc_due:
            self._send_pfc()
            return
        self.node.join_due(self)
        backlogged = self._backlog()
        self._count_expired(backlogged)
        ready = [cls for cls in backlogged if not self.pauses[cls].binds(now)]
        if ready:
            self.transmit(self._take(self._choose(ready)))
            return
        ends = [self.pauses[cls].ends_at for cls in backlogged]
        pacing = self.node.next_pacing(self)
        first = min([*ends, UNTIL_XON if pacing is None else pacing], default=UNTIL_XON)
        if first < UNTIL_XON:
            self._decide_at(first)

    def _backlog(self) -> list[int]:
        return [cls for cls in range(CLASSES) if self.node.backlogged(self, cls)]

    def _count_expired(self, backlogged: list[int]) -> None:
        for cls in backlogged:
            pause = self.pauses[cls]
            if not pause.counted and not pause.runs(self.clock.now):
                pause.counted = True
                self.node.net.counts["pause expiry"] += 1

    def _choose(self, ready: list[int]) -> int:
        """The class that is served: strict, highest first, then deficit weighted round robin."""
        node = self.node
        strict = [cls for cls in ready if node.strict_mask >> cls & 1]
        if strict:
            return max(strict)
        if len(ready) == 1:
            return ready[0]
        node.net.counts["DWRR with two backlogged classes"] += 1
        while self.pointer not in ready or self.deficit[self.pointer] < node.head_size(
            self, self.pointer
        ):
            self.pointer = min(ready, key=lambda cls: (cls - self.pointer - 1) % CLASSES)
            self.deficit[self.pointer] += node.quantum[self.pointer]
        self.deficit[self.pointer] -= node.head_size(self, self.pointer)
        return self.pointer

    def _take(self, cls: int) -> Frame:
        frame = self.node.take(self, cls)
        if not self.node.backlogged(self, cls):
            self.deficit[cls] = 0
        return frame

    def offer(self, frame: Frame) -> bool:
        """Whether the frame starts at once; otherwise it was queued."""
        now, cls = self.clock.now, frame.cls
        idle = self.busy_until <= now and not self.pfc_due and not any(self.queues)
        if idle and not self.pauses[cls].binds(now):
            return True
        self.push(frame)
        return False

    def push(self, frame: Frame) -> None:
        self.queues[frame.cls].append(frame)
        self.queue_bytes[frame.cls] += frame.size

    def pop(self, cls: int) -> Frame:
        frame = self.queues[cls].popleft()
        self.queue_bytes[cls] -= frame.size
        self.departed[cls] += 1
        return frame

    # -- the wire ----

    def transmit(self, frame: Frame) -> None:
        self.node.leaving(self, frame)
        node, net = self.node, self.node.net
        net.started_data = True
        node.record(self, TRANSMIT, frame)
        peer = self.peer
        arrival = self._occupy(frame.size) + peer.node.latency
        call = partial(peer.arrive, frame)
        self.clock.at_port(arrival, peer.node.number, DATA_ARRIVAL, peer.local, call)
        node.left(self, frame)
        self._continue()

    def _occupy(self, size: int) -> int:
        """Start a transmission; the time it has arrived."""
        framing = self.node.net.framing
        self.sent_bytes += size + framing.gap
        self.busy_until = self.clock.now + framing.duration_ps(size + framing.gap, self.rate)
        return self.busy_until + self.delay

    def _continue(self) -> None:
        self.decision_at = None
        if self.pfc_due or self._backlog():
            self._decide_at(self.busy_until)
        else:
            self.wake_for_pacing()

    def wake_for_pacing(self) -> None:
        """Decide at the first pacing time that is not over before the transmission is."""
        pacing = self.node.next_pacing(self)
        if pacing is not None:
            self._decide_at(max(pacing, self.busy_until))

    def _damaged(self) -> bool:
        return self.error_q32 > 0 and self.errors.next() < self.error_q32

    def arrive(self, frame: Frame) -> None:
        if self._damaged():
            self.node.lose_damaged(self, frame)
        else:
            self.node.receive(self, frame)

    # -- PFC: telling ----

    def _send_pfc(self) -> None:
        node, net, now = self.node, self.node.net, self.clock.now
        groups = (self.decided ^ self.told) | self.refresh
        quanta = 0 if node.pfc_mode == 2 else node.quanta
        named = node.maps.pfc_priorities
        frame = PfcFrame(named(groups & self.decided), named(groups & ~self.decided), quanta)
        if self.refresh & self.decided & self.told:
            net.counts["refresh"] += 1
        self.told, self.refresh = self.decided, 0
        masks = frame.xoff_mask << 8 | frame.xon_mask
        node.note(now, self, TRANSMIT, PFC, 0, frame.quanta, masks, net.framing.pfc, 0)
        arrival = self._occupy(net.framing.pfc)
        net.in_flight += net.waits_for_pfc
        net.resumes_under_way += frame.xon_mask != 0
        peer = self.peer
        call = partial(peer.arrive_pfc, frame)
        self.clock.at_port(arrival, peer.node.number, PFC_ARRIVAL, peer.local, call)
        if node.pfc_mode == 1:
            for cls in range(CLASSES):
                if (groups & self.decided) >> cls & 1:
                    self._start_refresh(cls, now + self.pause_ps(frame.quanta) // 2)
        self._continue()

    def pause_ps(self, quanta: int) -> int:
        return self.node.net.framing.duration_ps(quanta * QUANTUM_BITS // 8, self.rate)

    def _start_refresh(self, cls: int, time: int) -> None:
        self.refresh_at[cls] = time
        if not self.refresh_armed[cls]:
            self._arm_refresh(cls)

    def _arm_refresh(self, cls: int) -> None:
        self.refresh_armed[cls] = True
        call = partial(self._refresh_timer, cls)
        index = self.local * CLASSES + cls
        self.clock.timer(self.refresh_at[cls], self.node.number, REFRESH, index, call)

    def _refresh_timer(self, cls: int) -> None:
        self.refresh_armed[cls] = False
        if not self.decided >> cls & 1:
            return
        if self.refresh_at[cls] > self.clock.now:
            self._arm_refresh(cls)
        elif not self.node.test_xon(self, cls):
            self.refresh |= 1 << cls
            self.given()

    # -- PFC: obeying ----

    def arrive_pfc(self, frame: PfcFrame) -> None:
        self.node.net.in_flight -= self.node.net.waits_for_pfc
        self.node.net.resumes_under_way -= frame.xon_mask != 0
        if self._damaged():
            self.node.lose_damaged_pfc(self)
        elif self.node.pfc_mode != 0:
            self._obey(frame)

    def _obey(self, frame: PfcFrame) -> None:
        queues = self.node.maps.pfc_to_queue
        for priority in range(CLASSES):
            if frame.xoff_mask >> priority & 1:
                self._pause(queues[priority], priority, frame.quanta)
        for priority in range(CLASSES):
            if frame.xon_mask >> priority & 1:
                pause = self.pauses[queues[priority]]
                pause.counted |= pause.runs(self.clock.now)
                pause.ends[priority] = self.clock.now
        if frame.xon_mask and self._backlog():
            self.given()

    def _pause(self, queue: int, priority: int, quanta: int) -> None:
        now, pause = self.clock.now, self.pauses[queue]
        self.node.xoff_came(self, queue)
        if not pause.would_run(now):
            pause.counted = False
            pause.binds_at = now + self.node.reaction
        pause.ends[priority] = UNTIL_XON if quanta == 0 else now + self.pause_ps(quanta)
