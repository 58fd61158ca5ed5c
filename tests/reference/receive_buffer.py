"""A slow receiver: data waits at the NIC port until the host takes it (section 8)."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from reference.clock import RECEIVE_SERVICE
from reference.frames import CLASSES, Frame
from reference.port import Port

if TYPE_CHECKING:
    from reference.host import Host


class ReceiveBuffer:
    """Frames that have arrived and that the host has not taken yet, by port."""

    def __init__(self, host: Host) -> None:
        self.host, self.clock = host, host.clock
        self.rate = host.setting("receive_rate_bps")
        self.waiting: list[deque[Frame]] = [deque() for _ in host.ports]

    def holds(self, port: Port, cls: int) -> bool:
        return any(frame.cls == cls for frame in self.waiting[port.local])

    def arrive(self, port: Port, frame: Frame) -> None:
        dscps = self.host.net.column("priority_dscp")
        same = [priority for priority in range(CLASSES) if dscps[priority] == frame.dscp]
        frame.cls = frame.group = min(same, default=frame.dscp >> 3)
        cause = self.host.ingress.admit(port, frame.group, frame.size)
        if cause:
            self.host.net.counts["drop by a slow receiver"] += 1
            self.host.drop(port, frame, cause)
            return
        self.waiting[port.local].append(frame)
        self.host.ingress.test_xoff(port, frame.group)
        if len(self.waiting[port.local]) == 1:
            self._serve(port)

    def _serve(self, port: Port) -> None:
        size = self.waiting[port.local][0].size
        time = self.clock.now + self.host.net.framing.duration_ps(size, self.rate)
        call = partial(self._served, port)
        self.clock.timer(time, self.host.number, RECEIVE_SERVICE, port.local, call)

    def _served(self, port: Port) -> None:
        frame = self.waiting[port.local].popleft()
        self.host.net.counts["receive service"] += 1
        self.host.ingress.release(port, frame.group, frame.size)
        self.host.pausing.test_unmute(port, frame.group)
        if self.waiting[port.local]:
            self._serve(port)
        self.host.deliver(frame)
