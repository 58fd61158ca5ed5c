"""DCQCN: parameters and published sets. The algorithm is ``csrc/fabric/cc/dcqcn.cc``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, Final

from pyfabric.cc.base import CongestionControl, resolved_window
from pyfabric.errors import Fault, ScenarioError
from pyfabric.spec import Faults, spec
from pyfabric.units import Quantity, format_rate, parse_fraction, parse_rate, parse_size, parse_time

_SECOND: Final = 10**12

#: The style of NIC firmware as the HPCC repository has it (run.py, "dcqcn"): increases of 5 and 50
#: times bw/25 Mb/s, that is 20 and 200 Mb/s at 100 Gb/s.
_FIRMWARE: Final[dict[str, Any]] = {
    "firmware": True,
    "byte_counter": None,
    "alpha_timer": "1us",
    "decrease_interval": "4us",
    "increase_timer": "300us",
    "fast_recovery": 1,
    "rate_ai": "20Mbps",
    "rate_hai": "200Mbps",
    "rates_at": "100Gbps",
    "min_rate": "1Gbps",
    "clamp_target": False,
}
_PAPER_TIMERS: Final = {
    "alpha_timer": "50us",
    "decrease_interval": "50us",
    "increase_timer": "55us",
}
_VARIABLE: Final = {"window": "max_bdp", "variable_window": True}
#: config.txt of the HPCC repository and SimAI.conf.
_CONFIG: Final = {
    **_FIRMWARE,
    "increase_timer": "900us",
    "rate_ai": "50Mbps",
    "rate_hai": "100Mbps",
    "rates_at": None,
    "min_rate": "100Mbps",
}
_PRESETS: Final[dict[str, dict[str, Any]]] = {
    # Zhu et al., SIGCOMM'15; the paper gives no smallest rate, 100 Mb/s is config.txt's.
    "paper": {},
    # ns3-rdma, config.txt.
    "ns3_rdma": {"increase_timer": "60us", "byte_counter": "300MB"},
    "firmware": _FIRMWARE,
    "hpcc": _FIRMWARE,
    "hpcc_vwin": {**_FIRMWARE, **_VARIABLE},
    "hpcc_paper": {**_FIRMWARE, **_PAPER_TIMERS},
    "hpcc_paper_vwin": {**_FIRMWARE, **_PAPER_TIMERS, **_VARIABLE},
    "hpcc_config": _CONFIG,
    "simai": {**_CONFIG, "window": "bdp", "variable_window": True},
    # NVIDIA's defaults (mlxconfig, ConnectX-5 and later): dce_tcp_g 1019 of 1024 is what alpha
    # keeps. The byte counter (rpg_byte_reset 32767) has no place in this style.
    "nvidia": {
        **_FIRMWARE,
        "g": "5/1024",
        "initial_alpha": "1023/1024",
        "rate_ai": "5Mbps",
        "rate_hai": "50Mbps",
        "rates_at": None,
        "min_rate": "1Mbps",
    },
    # ConWeave: increases of 10 and 25 times bw/25 Mb/s.
    "conweave": {
        **_FIRMWARE,
        "rate_ai": "40Mbps",
        "rate_hai": "100Mbps",
        "min_rate": "100Mbps",
    },
}


@spec
class DCQCN(CongestionControl):
    """DCQCN (Zhu et al., "Congestion control for large-scale RDMA deployments", SIGCOMM'15).

    The defaults are the paper's; :meth:`preset` has other published sets.

    g: gain of alpha, above 0 to 1 (1/256). initial_alpha: 0 to 1 (1).
    alpha_timer: period of alpha's decay (55 us). increase_timer: period T of the increase (55 us).
    byte_counter: bytes B that also count as an increase (10 MB; None: no counter).
    fast_recovery: stages F before additive increase (5).
    rate_ai, rate_hai: additive and hyper increase (40 and 200 Mb/s).
    rates_at: line rate for which the two are meant, others in proportion; None: the same at all.
    min_rate: smallest sending rate (100 Mb/s).
    clamp_target: each cut sets the target to the current rate (True).
    firmware: NIC firmware's style (False): cuts and alpha are evaluated on timers, the first CNP
        starts them; needs decrease_interval, the period of cuts, and byte_counter=None. Otherwise
        every CNP cuts and decrease_interval is None.
    window: as in StaticWindow (None: no limit); variable_window: in proportion to the rate (False).
    """

    name: ClassVar[str] = "dcqcn"
    native: ClassVar[int] = 2

    g: str | float | Fraction = "1/256"
    alpha_timer: Quantity = "55us"
    increase_timer: Quantity = "55us"
    byte_counter: Quantity | None = "10MB"
    fast_recovery: int = 5
    rate_ai: Quantity = "40Mbps"
    rate_hai: Quantity = "200Mbps"
    rates_at: Quantity | None = None
    min_rate: Quantity = "100Mbps"
    decrease_interval: Quantity | None = None
    clamp_target: bool = True
    initial_alpha: str | float | Fraction = 1
    firmware: bool = False
    window: Any = None
    variable_window: bool = False

    @classmethod
    def preset(cls, name: str, **changes: Any) -> DCQCN:
        """A published set, with some parameters changed.

        Names: ``paper``; ``firmware`` = ``hpcc``, ``hpcc_vwin``, ``hpcc_paper``,
        ``hpcc_paper_vwin``, ``hpcc_config`` (HPCC repository); ``nvidia`` (defaults of
        ConnectX NICs), ``simai``, ``conweave``, ``ns3_rdma``.
        """
        faults = Faults("DCQCN.preset")
        faults.choice("name", name, _PRESETS)
        faults.raise_all()
        return cls(**{**_PRESETS[name], **changes})

    def check(self, faults: Faults) -> None:
        faults.fraction("g", self.g, 0, 1, above=True)
        faults.fraction("initial_alpha", self.initial_alpha, 0, 1)
        for field in ("alpha_timer", "increase_timer"):
            faults.time(field, getattr(self, field), low=1000, high=_SECOND)
        if self.byte_counter is not None:
            faults.size("byte_counter", self.byte_counter, low=1000)
        faults.integer("fast_recovery", self.fast_recovery, 0, 1000)
        for field in ("rate_ai", "rate_hai"):
            faults.rate(field, getattr(self, field), low=0)
        if self.rates_at is not None:
            faults.rate("rates_at", self.rates_at)
        faults.rate("min_rate", self.min_rate, low=10**6)
        for field in ("clamp_target", "firmware", "variable_window"):
            faults.boolean(field, getattr(self, field))
        object.__setattr__(self, "window", resolved_window(faults, self.window))
        if self.variable_window and self.window is None:
            faults.add("variable_window", "True has no effect without a window; set window='bdp'")
        self._check_style(faults)

    def _check_style(self, faults: Faults) -> None:
        if self.decrease_interval is not None:
            faults.time("decrease_interval", self.decrease_interval, low=1000, high=_SECOND)
        if self.firmware and self.decrease_interval is None:
            faults.add("decrease_interval", "None: firmware=True needs it, such as '4us'")
        if self.firmware and self.byte_counter is not None:
            faults.add(
                "byte_counter", f"{self.byte_counter!r}: firmware=True has none; set it to None"
            )
        if not self.firmware and self.decrease_interval is not None:
            faults.add(
                "decrease_interval",
                f"{self.decrease_interval!r} needs firmware=True; otherwise every CNP cuts (None)",
            )

    def parameters_for(self, rate_bps: int) -> list[float]:
        """The native parameters; ScenarioError when min_rate is above the line rate."""
        lowest = parse_rate(self.min_rate)
        if lowest > rate_bps:
            message = f"{self.min_rate!r} is above the line rate (allowed: 1Mbps to "
            raise ScenarioError(Fault("DCQCN.min_rate", f"{message}{format_rate(rate_bps)})"))
        scale = (
            Fraction(1) if self.rates_at is None else Fraction(rate_bps, parse_rate(self.rates_at))
        )
        interval, counter = self.decrease_interval, self.byte_counter
        return [
            float(parse_fraction(self.g)),
            float(parse_time(self.alpha_timer)),
            float(parse_time(self.increase_timer)),
            0.0 if counter is None else float(parse_size(counter)),
            float(self.fast_recovery),
            float(parse_rate(self.rate_ai) * scale),
            float(parse_rate(self.rate_hai) * scale),
            float(lowest),
            0.0 if interval is None else float(parse_time(interval)),
            float(self.clamp_target),
            float(parse_fraction(self.initial_alpha)),
            float(self.firmware),
            float(self.variable_window),
            float(rate_bps),
        ]
