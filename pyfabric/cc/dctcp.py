"""DCTCP: parameters and published sets. The algorithm is ``csrc/fabric/cc/dctcp.cc``."""

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
from pyfabric.units import Quantity, parse_fraction

_PRESETS: Final[dict[str, dict[str, Any]]] = {
    "paper": {},
    # run.py of the HPCC repository: 615 Mb/s, one packet of 1 KB in 13 us, at every line rate.
    "hpcc": {
        "rate_based": True,
        "window_ai": None,
        "rate_ai": "615Mbps",
        "min_rate": "1Gbps",
        "window": "max_bdp",
    },
}


@spec
class DCTCP(CongestionControl):
    """DCTCP (Alizadeh et al., "Data center TCP (DCTCP)", SIGCOMM'10, section 3).

    Switches mark at one threshold: ``ECN(kmin=K, kmax=K, pmax=1)``, K above a seventh of the
    bandwidth-delay product. The defaults are the paper's; :meth:`preset` has the HPCC repository's
    rate-based variant. See ``docs/congestion-control/dctcp.md``.

    g: weight of a new fraction of marked bytes, above 0 to 1 (1/16).
    initial_alpha: 0 to 1 (1).
    first_ack_updates: the first ACK updates alpha, as in RFC 8257 (True); False: it only begins the
        first window of data, as in the simulator published with HPCC.
    window_ai: packets that the window grows per round trip (1); None: rate-based.
    rate_based: a rate instead of a window (False); needs rate_ai and min_rate.
    rate_ai: additive increase per round trip (None). min_rate: smallest sending rate (None).
    rates_at: line rate for which rate_ai is meant, others in proportion; None: the same at all.
    window: the first window: "bdp" (default), "max_bdp" or a size. Rate-based: the window at line
        rate, kept in proportion to the rate; None: none.
    """

    name: ClassVar[str] = "dctcp"
    native: ClassVar[int] = 7

    g: str | float | Fraction = "1/16"
    initial_alpha: str | float | Fraction = 1
    first_ack_updates: bool = True
    window_ai: str | float | Fraction | None = 1
    rate_based: bool = False
    rate_ai: Quantity | None = None
    min_rate: Quantity | None = None
    rates_at: Quantity | None = None
    window: Any = "bdp"

    @classmethod
    def preset(cls, name: str, **changes: Any) -> DCTCP:
        """A published set, with some parameters changed: ``paper``, ``hpcc`` (HPCC repository)."""
        return from_preset(cls, _PRESETS, name, changes)

    def check(self, faults: Faults) -> None:
        faults.fraction("g", self.g, 0, 1, above=True)
        faults.fraction("initial_alpha", self.initial_alpha, 0, 1)
        if self.window_ai is not None:
            faults.fraction("window_ai", self.window_ai, 0, 1000)
        faults.boolean("first_ack_updates", self.first_ack_updates)
        faults.boolean("rate_based", self.rate_based)
        if self.rate_ai is not None:
            faults.rate("rate_ai", self.rate_ai, low=0)
        if self.min_rate is not None:
            faults.rate("min_rate", self.min_rate, low=10**6)
        if self.rates_at is not None:
            faults.rate("rates_at", self.rates_at)
        object.__setattr__(self, "window", resolved_window(faults, self.window))
        self._check_form(faults)

    def _check_form(self, faults: Faults) -> None:
        needed = ("rate_ai", "min_rate") if self.rate_based else ("window_ai", "window")
        useless = ("window_ai",) if self.rate_based else ("rate_ai", "min_rate", "rates_at")
        for field in needed:
            if getattr(self, field) is None:
                faults.add(field, f"None: rate_based={self.rate_based} needs it")
        for field in useless:
            if getattr(self, field) is not None:
                value = getattr(self, field)
                faults.add(
                    field,
                    f"{value!r} has no effect with rate_based={self.rate_based}; set it to None",
                )

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The native parameters; ScenarioError when min_rate is above the line rate."""
        rate_ai = lowest = 0.0
        if self.rate_based:
            rate_ai = scaled_rate(self.rate_ai, self.rates_at, rate_bps)
            lowest = below_line_rate("DCTCP.min_rate", self.min_rate, rate_bps)
        return [
            float(parse_fraction(self.g)),
            float(parse_fraction(self.initial_alpha)),
            0.0 if self.window_ai is None else float(parse_fraction(self.window_ai)),
            float(self.rate_based),
            rate_ai,
            max(lowest, 1.0),
            float(rate_bps),
            float(not self.first_ack_updates),
        ]
