"""No congestion control, and a fixed window."""

from __future__ import annotations

from typing import Any, ClassVar

from pyfabric.cc.base import CongestionControl, resolved_window
from pyfabric.spec import Faults, spec


@spec
class NoCongestionControl(CongestionControl):
    """Every queue pair sends at line rate; only PFC slows it."""

    name: ClassVar[str] = "none"
    native: ClassVar[int] = 0

    def parameters_for(self, rate_bps: int) -> list[float]:
        return []


@spec
class StaticWindow(CongestionControl):
    """Line rate with at most ``window`` bytes of payload in flight.

    window: "bdp" (default: bandwidth times base round trip of the pair), "max_bdp" (of the farthest
    pair), or a size. It is overshot by less than one packet.
    """

    name: ClassVar[str] = "window"
    native: ClassVar[int] = 1

    window: Any = "bdp"

    def check(self, faults: Faults) -> None:
        if self.window is None:
            faults.add("window", "must be 'bdp', 'max_bdp' or a size, got None")
        object.__setattr__(self, "window", resolved_window(faults, self.window))

    def parameters_for(self, rate_bps: int) -> list[float]:
        return [float(rate_bps)]
