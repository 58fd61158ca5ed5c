"""NSCC of Ultra Ethernet: parameters. The algorithm is ``csrc/fabric/cc/nscc.cc``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, Final

from pyfabric.cc.base import CongestionControl, from_preset
from pyfabric.spec import Faults, spec
from pyfabric.units import Quantity, parse_fraction, parse_rate, parse_time

_SECOND: Final = 10**12
#: Parameter -> largest value; all are at least 0.
_FACTORS: Final = {
    "proportional": 1000,
    "fair": 1000,
    "eta": 1000,
    "fast_increase": 1000,
    "gamma": 1,
    "max_decrease": 1,
    "adjust_packets": 10**6,
    "quick_adapt_share": 1,
    "quick_adapt_threshold": 1000,
}

_PRESETS: Final[dict[str, dict[str, Any]]] = {
    # UET-htsim of the Ultra Ethernet Consortium.
    "htsim": {},
    "htsim_trimming": {"target_factor": 0.75},
}


@spec
class NSCC(CongestionControl):
    """NSCC, network-signal-based congestion control (Ultra Ethernet; UET-htsim of the Ultra
    Ethernet Consortium).

    A window in bytes, driven by marks and queueing delay (round trip less that of the idle path):
    switches need :class:`ECN`, marking below the target delay. Increases scale with a, the path's
    bandwidth-delay product over that of the reference network. See
    ``docs/congestion-control/nscc.md``.

    target: queueing delay aimed at; None: target_factor times the base round trip (1; where
        switches trim packets 0.75).
    reference_rate, reference_rtt: reference network (100 Gb/s, 12 us).
    proportional: packets per round trip at no delay, times a and target / reference_rtt (4).
    fair: packets per round trip above the target without marks, times a (5).
    eta: packets added each round trip, times a (0.15).
    fast_increase, fast_delay: packets per packet acknowledged, times a, when the delay was below
        fast_delay for a whole window (0.25; 0: never; 1 us).
    gamma: factor of decreases, 0 to 1 (0.8). max_decrease: largest decrease at once (0.5).
    delay_gain: weight of a new delay in the average, above 0 to 1 (0.0125).
    adjust_packets: increases are made each round trip or after that many packets (8).
    quick_adapt_share: a period of base round trip and target with an alarm, in which less than this
        share of the largest window arrived, makes that the window (1/8; 0: no quick adapt).
    quick_adapt_threshold: delay that is an alarm, times the target (4).
    max_window: largest and first window, times the bandwidth-delay product (1.5).
    """

    name: ClassVar[str] = "nscc"
    native: ClassVar[int] = 8

    target: Quantity | None = None
    target_factor: str | float | Fraction = 1
    reference_rate: Quantity = "100Gbps"
    reference_rtt: Quantity = "12us"
    proportional: str | float | Fraction = 4
    fair: str | float | Fraction = 5
    eta: str | float | Fraction = 0.15
    fast_increase: str | float | Fraction = 0.25
    fast_delay: Quantity = "1us"
    gamma: str | float | Fraction = 0.8
    max_decrease: str | float | Fraction = 0.5
    delay_gain: str | float | Fraction = 0.0125
    adjust_packets: str | float | Fraction = 8
    quick_adapt_share: str | float | Fraction = "1/8"
    quick_adapt_threshold: str | float | Fraction = 4
    max_window: str | float | Fraction = 1.5

    @classmethod
    def preset(cls, name: str, **changes: Any) -> NSCC:
        """A published set, with some parameters changed: ``htsim``, ``htsim_trimming``."""
        return from_preset(cls, _PRESETS, name, changes)

    def check(self, faults: Faults) -> None:
        if self.target is not None:
            faults.time("target", self.target, low=1000, high=_SECOND)
            if self.target_factor != 1:
                faults.add("target_factor", "has no effect beside target; leave one of them out")
        faults.fraction("target_factor", self.target_factor, Fraction(1, 1000), 1000)
        faults.rate("reference_rate", self.reference_rate)
        faults.time("reference_rtt", self.reference_rtt, low=1000, high=10**15)
        for field, most in _FACTORS.items():
            faults.fraction(field, getattr(self, field), 0, most)
        faults.time("fast_delay", self.fast_delay, high=_SECOND)
        if self.fast_increase == 0 and self.fast_delay != "1us":
            faults.add("fast_delay", "has no effect with fast_increase=0; leave it out")
        if self.quick_adapt_share == 0 and self.quick_adapt_threshold != 4:
            faults.add("quick_adapt_threshold", "has no effect with quick_adapt_share=0")
        faults.fraction("delay_gain", self.delay_gain, 0, 1, above=True)
        faults.fraction("max_window", self.max_window, Fraction(1, 1000), 1000)

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The native parameters."""
        return [
            0.0 if self.target is None else float(parse_time(self.target)),
            float(parse_fraction(self.target_factor)),
            float(parse_rate(self.reference_rate)),
            float(parse_time(self.reference_rtt)),
            float(parse_fraction(self.proportional)),
            float(parse_fraction(self.fair)),
            float(parse_fraction(self.eta)),
            float(parse_fraction(self.fast_increase)),
            float(parse_time(self.fast_delay)),
            float(parse_fraction(self.gamma)),
            float(parse_fraction(self.max_decrease)),
            float(parse_fraction(self.delay_gain)),
            float(parse_fraction(self.adjust_packets)),
            float(parse_fraction(self.quick_adapt_share)),
            float(parse_fraction(self.quick_adapt_threshold)),
            float(parse_fraction(self.max_window)),
            float(rate_bps),
        ]
