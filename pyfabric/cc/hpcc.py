"""HPCC: parameters and published sets. The algorithm is ``csrc/fabric/cc/hpcc.cc``."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar, Final

from pyfabric.cc.base import CongestionControl, resolved_window
from pyfabric.errors import Fault, ScenarioError
from pyfabric.spec import Faults, spec
from pyfabric.units import (
    Quantity,
    format_rate,
    parse_fraction,
    parse_rate,
    parse_size,
    parse_time,
)

_SECOND: Final = 10**12

#: The HPCC repository (run.py, "hp"): an increase of 10 times bw/25 Mb/s, that is 40 Mb/s at
#: 100 Gb/s, and one round trip and window for the whole network.
_REPOSITORY: Final[dict[str, Any]] = {
    "max_stage": 0,
    "window_ai": None,
    "rate_ai": "40Mbps",
    "rates_at": "100Gbps",
    "min_rate": "1Gbps",
    "base_rtt": "max",
    "window": "max_bdp",
}
_PRESETS: Final[dict[str, dict[str, Any]]] = {
    "paper": {},
    "hpcc": _REPOSITORY,
}


@spec
class HPCC(CongestionControl):
    """HPCC (Li et al., "HPCC: high precision congestion control", SIGCOMM'19, algorithm 1).

    Every data packet collects telemetry (INT) of the switches on its way, the ACK carries it back:
    all switches need ``Switch.int_telemetry``, and frames grow by ``Framing.int_bytes``. The
    defaults are the paper's; :meth:`preset` has the repository's.

    eta: wished utilisation of the busiest link, above 0 to 1 (0.95).
    max_stage: round trips of additive increase before a multiplicative step is due anyway (5).
    window_ai: additive increase per round trip as bytes of window (80 B); or rate_ai: as a rate
        (None). One of them is None.
    rates_at: line rate for which rate_ai is meant, others in proportion; None: the same at all.
    min_rate: smallest sending rate (100 Mb/s).
    base_rtt: T: "auto" (each path's own), "max" (the longest between any two hosts) or a time.
    multi_rate: a rate for each hop, the smallest is sent at (False: one for the busiest hop).
    fast_react: every ACK sets the rate from the one committed per round trip (True); False: only
        the first ACK of a round trip.
    window: "auto" (default): W = R T. Or that of a sender at line rate, in proportion to the rate:
        "bdp", "max_bdp", a size. None: no window.
    int_quantization: None (telemetry is exact) or m, 1 to 1024: fields as in the simulator
        published with HPCC (24 bits of 1 ns, 20 bits of 128 m bytes, 17 bits of 80 m bytes).
    """

    name: ClassVar[str] = "hpcc"
    native: ClassVar[int] = 3

    eta: str | float | Fraction = 0.95
    max_stage: int = 5
    window_ai: Quantity | None = "80B"
    rate_ai: Quantity | None = None
    rates_at: Quantity | None = None
    min_rate: Quantity = "100Mbps"
    base_rtt: Quantity = "auto"
    multi_rate: bool = False
    fast_react: bool = True
    window: Any = "auto"
    int_quantization: int | None = None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> HPCC:
        """A published set, with some parameters changed: ``paper``, ``hpcc`` (HPCC repository)."""
        faults = Faults("HPCC.preset")
        faults.choice("name", name, _PRESETS)
        faults.raise_all()
        return cls(**{**_PRESETS[name], **changes})

    def check(self, faults: Faults) -> None:
        faults.fraction("eta", self.eta, 0, 1, above=True)
        faults.integer("max_stage", self.max_stage, 0, 1000)
        if self.window_ai is not None:
            faults.size("window_ai", self.window_ai)
        if self.rate_ai is not None:
            faults.rate("rate_ai", self.rate_ai, low=0)
        if (self.window_ai is None) == (self.rate_ai is None):
            faults.add("rate_ai", "set exactly one of rate_ai and window_ai, the other to None")
        if self.rates_at is not None:
            faults.rate("rates_at", self.rates_at)
            if self.rate_ai is None:
                faults.add("rates_at", f"{self.rates_at!r} has no effect without rate_ai")
        faults.rate("min_rate", self.min_rate, low=10**6)
        if self.base_rtt not in ("auto", "max"):
            if isinstance(self.base_rtt, str) and self.base_rtt.isidentifier():
                faults.choice("base_rtt", self.base_rtt, ("auto", "max"))
            else:
                faults.time("base_rtt", self.base_rtt, low=1000, high=_SECOND)
        for field in ("multi_rate", "fast_react"):
            faults.boolean(field, getattr(self, field))
        if self.window != "auto":
            object.__setattr__(self, "window", resolved_window(faults, self.window))
        if self.int_quantization is not None:
            faults.integer("int_quantization", self.int_quantization, 1, 1024)

    @property
    def telemetry_hops(self) -> int:
        """Most switches on a path: 8, with multi_rate 5."""
        return 5 if self.multi_rate else 8

    def for_network(self, longest_rtt_ps: Callable[[], int]) -> HPCC:
        """``base_rtt="max"`` as a time."""
        return self.replace(base_rtt=longest_rtt_ps()) if self.base_rtt == "max" else self

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The native parameters; ScenarioError when min_rate is above the line rate."""
        lowest = parse_rate(self.min_rate)
        if lowest > rate_bps:
            message = f"{self.min_rate!r} is above the line rate (allowed: 1Mbps to "
            raise ScenarioError(Fault("HPCC.min_rate", f"{message}{format_rate(rate_bps)})"))
        scale = (
            Fraction(1) if self.rates_at is None else Fraction(rate_bps, parse_rate(self.rates_at))
        )
        return [
            float(parse_fraction(self.eta)),
            float(self.max_stage),
            0.0 if self.window_ai is None else float(parse_size(self.window_ai)),
            0.0 if self.rate_ai is None else float(parse_rate(self.rate_ai) * scale),
            float(lowest),
            float(rate_bps),
            0.0 if self.base_rtt == "auto" else float(parse_time(self.base_rtt)),
            float(self.multi_rate),
            float(self.fast_react),
            0.0 if self.int_quantization is None else float(self.int_quantization),
            float(self.window == "auto"),
        ]
