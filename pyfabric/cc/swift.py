"""Swift: parameters and published sets. The algorithm is ``csrc/fabric/cc/swift.cc``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, Final

from pyfabric.cc.base import CongestionControl, from_preset, resolved_window
from pyfabric.spec import Faults, spec
from pyfabric.units import Quantity, parse_fraction, parse_time

_SECOND: Final = 10**12
_FRACTION: Final = Fraction(1, 10**6)

_PRESETS: Final[dict[str, dict[str, Any]]] = {
    # The htsim of Broadcom (csg-htsim, swift.cpp); Google's own constants are not public.
    "htsim": {"ai": 1},
}


@spec
class Swift(CongestionControl):
    """Swift (Kumar et al., "Swift: delay is simple and effective for congestion control in the
    datacenter", SIGCOMM'20, algorithm 1), its window of the fabric.

    The target of the round-trip time is base_target + hops * hop_delay + flow scaling. The paper
    gives the forms and few constants; the defaults are those of an open simulator (csg-htsim), but
    for ai, with which a thousand flows still hold the target.
    See ``docs/congestion-control/swift.md``.

    base_target: target of a path without hops and of large windows (20 us).
    hop_delay: added per switch of the path (3.053 us).
    ai: additive increase in packets per round trip, below one packet per packet (0.1).
    beta: factor of decreases, 0 to 1 (0.8). max_mdf: largest decrease at once, 0 to 1 (0.5).
    fs_range: most that flow scaling adds to the target (100 us; 0: no flow scaling).
    fs_min_cwnd, fs_max_cwnd: windows in packets at which it adds all and nothing (0.1 and 100).
    min_cwnd, max_cwnd: smallest and largest window in packets (0.001 and 1000).
    reset_after: timeouts in a row after which the window is the smallest (5).
    window: the first window: "bdp" (default), "max_bdp", or a size; None: max_cwnd.
    """

    name: ClassVar[str] = "swift"
    native: ClassVar[int] = 6

    base_target: Quantity = "20us"
    hop_delay: Quantity = "3053ns"
    ai: str | float | Fraction = 0.1
    beta: str | float | Fraction = 0.8
    max_mdf: str | float | Fraction = 0.5
    fs_range: Quantity = "100us"
    fs_min_cwnd: str | float | Fraction = 0.1
    fs_max_cwnd: str | float | Fraction = 100
    min_cwnd: str | float | Fraction = 0.001
    max_cwnd: str | float | Fraction = 1000
    reset_after: int = 5
    window: Any = "bdp"

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Swift:
        """A published set, with some parameters changed: ``htsim`` (csg-htsim)."""
        return from_preset(cls, _PRESETS, name, changes)

    def check(self, faults: Faults) -> None:
        faults.time("base_target", self.base_target, low=1000, high=_SECOND)
        faults.time("hop_delay", self.hop_delay, high=10**9)
        faults.fraction("ai", self.ai, 0, 1000)
        faults.fraction("beta", self.beta, 0, 1)
        faults.fraction("max_mdf", self.max_mdf, 0, 1)
        scaling = faults.time("fs_range", self.fs_range, high=_SECOND)
        self._check_pair(faults, "fs_min_cwnd", "fs_max_cwnd", strict=True)
        self._check_pair(faults, "min_cwnd", "max_cwnd", strict=False)
        if scaling == 0 and (self.fs_min_cwnd, self.fs_max_cwnd) != (0.1, 100):
            faults.add("fs_range", "0: fs_min_cwnd and fs_max_cwnd have no effect; leave them out")
        faults.integer("reset_after", self.reset_after, 1, 1000)
        object.__setattr__(self, "window", resolved_window(faults, self.window))

    def _check_pair(self, faults: Faults, low: str, high: str, *, strict: bool) -> None:
        least = faults.fraction(low, getattr(self, low), _FRACTION, 10**6)
        most = faults.fraction(high, getattr(self, high), _FRACTION, 10**6)
        if least is None or most is None:
            return
        if least > most or (strict and least == most):
            faults.add(low, f"{getattr(self, low)!r} is not below {high} {getattr(self, high)!r}")

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The native parameters."""
        return [
            float(parse_time(self.base_target)),
            float(parse_time(self.hop_delay)),
            float(parse_fraction(self.ai)),
            float(parse_fraction(self.beta)),
            float(parse_fraction(self.max_mdf)),
            float(parse_time(self.fs_range)),
            float(parse_fraction(self.fs_min_cwnd)),
            float(parse_fraction(self.fs_max_cwnd)),
            float(parse_fraction(self.min_cwnd)),
            float(parse_fraction(self.max_cwnd)),
            float(self.reset_after),
        ]
