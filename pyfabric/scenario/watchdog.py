"""The PFC watchdog of switches (docs/model.md, section 6)."""

from __future__ import annotations

from typing import Final

from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import Quantity, format_time, parse_time

#: Actions, in the order of their native codes from 1.
ACTIONS: Final = ("drop", "forward", "alert")
_SHORTEST: Final = 10**6
_LONGEST: Final = 10**15


@spec
class PFCWatchdog(Spec):
    """What a switch does about a lossless queue that is paused and sends nothing for long (the PFC
    watchdog of SONiC; its defaults).

    detection: how long a queue holds frames, paused, without sending any, until it is in a storm
        (200 ms).
    restoration: how long no pause must have come until the storm is over (200 ms).
    poll: how often the queues are looked at; both times are rounded up to it (None: a tenth of the
        smaller of the two).
    action: "drop" what the queue holds and what comes for it or from its port, "forward" it
        against the pause, or "alert": only tell.
    """

    detection: Quantity = "200ms"
    restoration: Quantity = "200ms"
    poll: Quantity | None = None
    action: str = "drop"

    def check(self, faults: Faults) -> None:
        times = {
            name: faults.time(name, getattr(self, name), low=_SHORTEST, high=_LONGEST)
            for name in ("detection", "restoration")
        }
        faults.choice("action", self.action, ACTIONS)
        if self.poll is None:
            return
        poll = faults.time("poll", self.poll, low=_SHORTEST, high=_LONGEST)
        for name, time in times.items():
            if poll is not None and time is not None and poll > time:
                faults.add(
                    "poll",
                    f"{format_time(poll)} is longer than {name} = {format_time(time)}, so nothing "
                    f"could be told in that time (allowed: up to {format_time(time)})",
                )

    @property
    def detection_ps(self) -> int:
        """Time until a storm in ps."""
        return parse_time(self.detection)

    @property
    def restoration_ps(self) -> int:
        """Time until the end of a storm in ps."""
        return parse_time(self.restoration)

    @property
    def poll_ps(self) -> int:
        """Distance of polls in ps."""
        if self.poll is None:
            return min(self.detection_ps, self.restoration_ps) // 10
        return parse_time(self.poll)
