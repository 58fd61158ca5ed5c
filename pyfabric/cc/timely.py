"""TIMELY: parameters and published sets. The algorithm is ``csrc/fabric/cc/timely.cc``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, Final

from pyfabric.cc.base import (
    CongestionControl,
    below_line_rate,
    from_preset,
    resolved_window,
    scaled_rate,
)
from pyfabric.spec import Faults, spec
from pyfabric.units import Quantity, parse_fraction, parse_size, parse_time

_SECOND: Final = 10**12

_PRESETS: Final[dict[str, dict[str, Any]]] = {
    "paper": {},
    # run.py of the HPCC repository: increases of 10 and 50 times bw/10 Mb/s, once per window.
    "hpcc": {
        "rate_ai": "100Mbps",
        "rate_hai": "500Mbps",
        "rates_at": "100Gbps",
        "min_rate": "1Gbps",
        "segment": None,
        "hyper_below_t_low": True,
    },
}


def check_rtt_parameters(faults: Faults, control: Any) -> None:
    """The parameters that TIMELY and patched TIMELY share."""
    low = faults.time("t_low", control.t_low, low=1, high=_SECOND)
    high = faults.time("t_high", control.t_high, low=1, high=_SECOND)
    if low is not None and high is not None and low > high:
        faults.add("t_low", f"{control.t_low!r} is above t_high {control.t_high!r}")
    faults.time("min_rtt", control.min_rtt, low=1000, high=_SECOND)
    faults.fraction("beta", control.beta, 0, 1)
    faults.fraction("ewma", control.ewma, 0, 1, above=True)
    faults.rate("rate_ai", control.rate_ai, low=0)
    if control.segment is not None:
        faults.size("segment", control.segment, low=1)
    if control.rates_at is not None:
        faults.rate("rates_at", control.rates_at)
    faults.rate("min_rate", control.min_rate, low=10**6)
    if control.initial_rate is not None:
        faults.rate("initial_rate", control.initial_rate, low=10**6)


def rtt_parameters(control: Any, rate_bps: int) -> list[float]:
    """Their native values, in the order of ``csrc/fabric/cc/rtt_gradient.h``."""
    owner = type(control).__name__
    initial = control.initial_rate
    return [
        float(parse_time(control.t_low)),
        float(parse_time(control.t_high)),
        float(parse_time(control.min_rtt)),
        float(parse_fraction(control.beta)),
        float(parse_fraction(control.ewma)),
        scaled_rate(control.rate_ai, control.rates_at, rate_bps),
        0.0 if control.segment is None else float(parse_size(control.segment)),
        below_line_rate(f"{owner}.min_rate", control.min_rate, rate_bps),
        0.0 if initial is None else below_line_rate(f"{owner}.initial_rate", initial, rate_bps),
        float(rate_bps),
    ]


@spec
class TIMELY(CongestionControl):
    """TIMELY (Mittal et al., "TIMELY: RTT-based congestion control for the datacenter",
    SIGCOMM'15, algorithm 1).

    The defaults are the paper's; :meth:`preset` has the HPCC repository's. See
    ``docs/congestion-control/timely.md``.

    t_low, t_high: round trips below which the rate only rises (50 us), above which it only falls
        (500 us).
    min_rtt: round trip over which the gradient is normalised, and the shortest time between two
        samples of segments (20 us).
    beta: factor of decreases, 0 to 1 (0.8). ewma: weight of a new difference, above 0 to 1 (0.875).
    rate_ai, rate_hai: additive and hyper increase (10 and 50 Mb/s).
    hyper_after: additive increases in a row before hyper increase (5).
    hyper_below_t_low: round trips below t_low count among these, too (False).
    rates_at: line rate for which the two increases are meant, others in proportion; None: the same
        at all.
    segment: acknowledged bytes that make a sample (16 KB); None: one sample in a window of data.
    min_rate: smallest sending rate (100 Mb/s). initial_rate: first rate; None: the line rate.
    window: as in StaticWindow (None: no limit); variable_window: in proportion to the rate (False).
    """

    name: ClassVar[str] = "timely"
    native: ClassVar[int] = 4

    t_low: Quantity = "50us"
    t_high: Quantity = "500us"
    min_rtt: Quantity = "20us"
    beta: str | float | Fraction = 0.8
    ewma: str | float | Fraction = 0.875
    rate_ai: Quantity = "10Mbps"
    rate_hai: Quantity = "50Mbps"
    hyper_after: int = 5
    hyper_below_t_low: bool = False
    rates_at: Quantity | None = None
    segment: Quantity | None = "16KB"
    min_rate: Quantity = "100Mbps"
    initial_rate: Quantity | None = None
    window: Any = None
    variable_window: bool = False

    @classmethod
    def preset(cls, name: str, **changes: Any) -> TIMELY:
        """A published set, with some parameters changed: ``paper``, ``hpcc`` (HPCC repository)."""
        return from_preset(cls, _PRESETS, name, changes)

    def check(self, faults: Faults) -> None:
        check_rtt_parameters(faults, self)
        faults.rate("rate_hai", self.rate_hai, low=0)
        faults.integer("hyper_after", self.hyper_after, 0, 1000)
        faults.boolean("hyper_below_t_low", self.hyper_below_t_low)
        faults.boolean("variable_window", self.variable_window)
        object.__setattr__(self, "window", resolved_window(faults, self.window))
        if self.variable_window and self.window is None:
            faults.add("variable_window", "True has no effect without a window; set window='bdp'")

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The native parameters; ScenarioError when a rate is above the line rate."""
        return [
            *rtt_parameters(self, rate_bps),
            scaled_rate(self.rate_hai, self.rates_at, rate_bps),
            float(self.hyper_after),
            float(self.hyper_below_t_low),
            float(self.variable_window),
        ]
