"""Patched TIMELY: parameters. The algorithm is ``csrc/fabric/cc/patched_timely.cc``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, Final

from pyfabric.cc.base import CongestionControl, from_preset
from pyfabric.cc.timely import check_rtt_parameters, rtt_parameters
from pyfabric.spec import Faults, spec
from pyfabric.units import Quantity

_PRESETS: Final[dict[str, dict[str, Any]]] = {"paper": {}}


@spec
class PatchedTimely(CongestionControl):
    """Patched TIMELY (Zhu, Ghobadi et al., "ECN or delay: lessons learnt from analysis of DCQCN and
    TIMELY", CoNEXT'16, algorithm 2): TIMELY with one fixed point.

    The defaults are the paper's. See ``docs/congestion-control/patched-timely.md``.

    t_low, t_high: round trips below which the rate only rises (50 us), above which it only falls
        (500 us); t_low is also the reference of the error between them.
    min_rtt: round trip over which the gradient is normalised, and the shortest time between two
        samples of segments (20 us).
    beta: factor of decreases, 0 to 1 (0.008). ewma: weight of a new difference, above 0 to 1
        (0.875).
    rate_ai: additive increase (10 Mb/s).
    rates_at: line rate for which it is meant, others in proportion; None: the same at all.
    segment: acknowledged bytes that make a sample (16 KB); None: one sample in a window of data.
    min_rate: smallest sending rate (100 Mb/s). initial_rate: first rate; None: the line rate.
    """

    name: ClassVar[str] = "patched_timely"
    native: ClassVar[int] = 5

    t_low: Quantity = "50us"
    t_high: Quantity = "500us"
    min_rtt: Quantity = "20us"
    beta: str | float | Fraction = 0.008
    ewma: str | float | Fraction = 0.875
    rate_ai: Quantity = "10Mbps"
    rates_at: Quantity | None = None
    segment: Quantity | None = "16KB"
    min_rate: Quantity = "100Mbps"
    initial_rate: Quantity | None = None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> PatchedTimely:
        """A published set, with some parameters changed: ``paper``."""
        return from_preset(cls, _PRESETS, name, changes)

    def check(self, faults: Faults) -> None:
        check_rtt_parameters(faults, self)

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The native parameters; ScenarioError when a rate is above the line rate."""
        return rtt_parameters(self, rate_bps)
