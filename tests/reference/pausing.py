"""What makes a NIC pause its peer, and what makes it stop: storms, the pause limit (section 8)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reference.clock import PAUSE_LIMIT, PAUSE_STORM
from reference.frames import CLASSES, MUTE, PFC, STORM_BEGIN, STORM_END
from reference.ingress import decide_xoff, decide_xon
from reference.port import Port

if TYPE_CHECKING:
    from reference.host import Host

Place = tuple[int, int]  # port, class


class Pausing:
    """Storms that last and classes that are muted, by (port, class) of a host."""

    def __init__(self, host: Host) -> None:
        self.host, self.clock, self.limit = host, host.clock, host.setting("pause_limit_ps")
        self.storms: dict[Place, int] = {}
        self.muted: set[Place] = set()
        self.since: dict[Place, int] = {}
        self.armed: set[Place] = set()

    def begin(self) -> None:
        """Schedule the storms of the host."""
        net = self.host.net
        numbers = {port.number: port for port in self.host.ports}
        for storm, number in enumerate(net.column("storm_port")):
            if number not in numbers:
                continue
            cls, end = net.column("storm_class")[storm], net.column("storm_end_ps")[storm]
            times = [(net.column("storm_start_ps")[storm], self._storm_begins), (end, self._ends)]
            for late, (time, what) in enumerate(times):
                if time >= 0:
                    net.pause_events += 1
                    call = partial(what, numbers[number], cls)
                    self.clock.timer(time, self.host.number, PAUSE_STORM, 2 * storm + late, call)

    def lasts(self, port: Port, cls: int) -> bool:
        return self.storms.get((port.local, cls), 0) > 0

    def _storm_begins(self, port: Port, cls: int) -> None:
        self.host.net.pause_events -= 1
        self.host.net.counts["NIC storm"] += 1
        self.storms[port.local, cls] = self.storms.get((port.local, cls), 0) + 1
        decide_xoff(port, cls)

    def _ends(self, port: Port, cls: int) -> None:
        self.host.net.pause_events -= 1
        self.storms[port.local, cls] -= 1
        self.test_unmute(port, cls)
        self.host.test_xon(port, cls)

    # -- the pause limit ----

    def decided_xoff(self, port: Port, cls: int) -> None:
        place = port.local, cls
        self.since[place] = self.clock.now
        if self.limit > 0 and place not in self.armed:
            self._arm(port, cls)

    def _arm(self, port: Port, cls: int) -> None:
        place = port.local, cls
        self.armed.add(place)
        self.host.net.pause_events += 1
        call = partial(self._expired, port, cls)
        time = self.since[place] + self.limit
        index = port.local * CLASSES + cls
        self.clock.timer(time, self.host.number, PAUSE_LIMIT, index, call)

    def _expired(self, port: Port, cls: int) -> None:
        place = port.local, cls
        self.armed.discard(place)
        self.host.net.pause_events -= 1
        if not port.decided >> cls & 1:
            return
        if self.since[place] + self.limit > self.clock.now:
            self._arm(port, cls)
            return
        self.muted.add(place)
        self._record(port, cls, STORM_BEGIN)
        decide_xon(port, cls)

    def test_unmute(self, port: Port, cls: int) -> None:
        place = port.local, cls
        if place not in self.muted or self.lasts(port, cls) or self.host.holds(port, cls):
            return
        self.muted.discard(place)
        self._record(port, cls, STORM_END)

    def _record(self, port: Port, cls: int, event: int) -> None:
        self.host.net.counts["muted" if event == STORM_BEGIN else "unmuted"] += 1
        self.host.note(self.clock.now, port, event, PFC, cls, 0, 0, 0, MUTE)
