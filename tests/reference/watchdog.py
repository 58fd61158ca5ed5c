"""The PFC watchdog of a switch (section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.clock import WATCHDOG_POLL
from reference.frames import (
    CLASSES,
    DROP_STORM,
    FORWARD_PAUSED,
    PFC,
    STORM_BEGIN,
    STORM_END,
    WATCHDOG,
    Frame,
)
from reference.port import Port

if TYPE_CHECKING:
    from reference.switch import Switch


class Watched:
    """What a watchdog knows of one queue."""

    def __init__(self) -> None:
        self.storm = self.stood = self.xoff_came = False
        self.departed = 0  # frames that had left at the poll before
        self.count = self.quiet = 0


class Watchdog:
    """Polls while a pause runs or a storm lasts; other polls would change nothing."""

    def __init__(self, switch: Switch) -> None:
        self.switch, self.clock = switch, switch.clock
        self.poll = switch.setting("watchdog_poll_ps")
        self.detection = switch.setting("watchdog_detection_ps")
        self.restoration = switch.setting("watchdog_restoration_ps")
        self.action = switch.setting("watchdog_action")
        self.queues = sorted(switch.maps.lossless_queues)
        self.watched = [[Watched() for _ in range(CLASSES)] for _ in switch.ports]
        self.polling = False

    @property
    def frees(self) -> bool:
        """Whether it does something about a storm."""
        return self.poll > 0 and self.action in (DROP_STORM, FORWARD_PAUSED)

    # -- polls ----

    def xoff_came(self, port: Port, queue: int) -> None:
        self.watched[port.local][queue].xoff_came = True
        if self.poll > 0 and not self.polling:
            now = self.clock.now
            self._poll_at(max(self.poll, -(-now // self.poll) * self.poll))

    def _poll_at(self, time: int) -> None:
        self.polling = True
        self.clock.polls += 1
        self.clock.timer(time, self.switch.number, WATCHDOG_POLL, 0, self._polls)

    def _polls(self) -> None:
        self.clock.polls -= 1
        self.polling = False
        each = [(port, queue) for port in self.switch.ports for queue in self.queues]
        for port, queue in each:
            self._look(port, queue)
        now = self.clock.now
        for port, queue in each:
            state = self.watched[port.local][queue]
            if not self.polling and (state.storm or port.pauses[queue].would_run(now)):
                self._poll_at(now + self.poll)

    def _look(self, port: Port, queue: int) -> None:
        state = self.watched[port.local][queue]
        left, state.departed = port.departed[queue] - state.departed, port.departed[queue]
        stood, state.stood = state.stood, self.stands(port, queue)
        came, state.xoff_came = state.xoff_came, False
        if state.storm:
            runs = port.pauses[queue].would_run(self.clock.now)
            state.quiet = 0 if runs or came else state.quiet + 1
            if state.quiet * self.poll >= self.restoration:
                self._end(port, queue)
        else:
            state.count = state.count + 1 if state.stood and stood and left == 0 else 0
            if state.count * self.poll >= self.detection:
                self._begin(port, queue)

    def stands(self, port: Port, queue: int) -> bool:
        return bool(port.queues[queue]) and port.pauses[queue].runs(self.clock.now)

    # -- storms ----

    def _record(self, port: Port, queue: int, event: int) -> None:
        name = "storm begins" if event == STORM_BEGIN else "storm ends"
        self.switch.net.counts[f"{name}, action {self.action}"] += 1
        self.switch.note(self.clock.now, port, event, PFC, queue, 0, 0, 0, self.action)

    def _begin(self, port: Port, queue: int) -> None:
        state = self.watched[port.local][queue]
        state.storm, state.count, state.quiet = True, 0, 0
        self._record(port, queue, STORM_BEGIN)
        if self.action == DROP_STORM:
            while port.queues[queue]:
                frame = port.pop(queue)
                self.switch.drop(self.switch.ports[frame.ingress], frame, WATCHDOG)
                self.switch.release(port, frame)
            port.deficit[queue] = 0
        elif self.action == FORWARD_PAUSED:
            port.pauses[queue].ignored = True
            port.given()

    def _end(self, port: Port, queue: int) -> None:
        state = self.watched[port.local][queue]
        state.storm, state.count = False, 0
        self._record(port, queue, STORM_END)
        port.pauses[queue].ignored = False

    def refuses(self, port: Port, out: Port, frame: Frame) -> bool:
        """Whether a frame is dropped because its queue, or that of the port it came by, storms."""
        if self.action != DROP_STORM:
            return False
        maps = self.switch.maps
        own = [
            maps.pfc_to_queue[p]
            for p in maps.priorities
            if maps.pfc_to_pg[p] == frame.group and frame.group in maps.lossless_groups
        ]
        came = any(self.watched[port.local][queue].storm for queue in own)
        return came or self.watched[out.local][frame.cls].storm
