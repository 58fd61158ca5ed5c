"""ECN marking of switch queues: thresholds, their scaling with the port rate, published sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, TypeAlias

from pyfabric.errors import Fault, ScenarioError
from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import (
    Quantity,
    format_rate,
    format_size,
    parse_fraction,
    parse_rate,
    parse_size,
)

#: A threshold: a size, ``"auto"``, or a size per port rate.
Threshold: TypeAlias = Quantity | Mapping[Any, Quantity]

_AUTO_RATE: Final = 100 * 10**9
_AUTO: Final = {"kmin": 400_000, "kmax": 1_600_000}

#: SimAI.conf of aliyun/SimAI; its first three rows are config.txt of the HPCC repository.
_SIMAI_RATES: Final = ("25Gbps", "50Gbps", "100Gbps", "200Gbps", "400Gbps", "1.6Tbps")
_PRESETS: Final[dict[str, dict[str, Any]]] = {
    # DCQCN, SIGCOMM'15, section 5.2.
    "dcqcn_paper": {"kmin": "5kB", "kmax": "200kB", "pmax": 0.01},
    # HPCC repository, run.py: 100 and 400 kB per 25 Gb/s.
    "hpcc": {"kmin": "auto", "kmax": "auto", "pmax": 0.2},
    "simai": {
        "kmin": dict(
            zip(_SIMAI_RATES, ("100kB", "200kB", "400kB", "300kB", "800kB", "600kB"), strict=True)
        ),
        "kmax": dict(
            zip(_SIMAI_RATES, ("400kB", "800kB", "1.6MB", "1.2MB", "3.2MB", "2.4MB"), strict=True)
        ),
        "pmax": dict(zip(_SIMAI_RATES, (0.2, 0.2, 0.2, 0.8, 0.2, 0.2), strict=True)),
    },
    # SONiC template qos_config.j2, profile AZURE_LOSSLESS.
    "sonic": {"kmin": "1MiB", "kmax": "2MiB", "pmax": 0.05},
    # NVIDIA Cumulus 5.11 `qos roce`, Onyx `roce lossless`; the values do not depend on the rate.
    "nvidia": {"kmin": "150kB", "kmax": "1500kB", "pmax": 1},
}


@spec
class ECN(Spec):
    """Marking by the bytes of the egress queue q (DCQCN, SIGCOMM'15, section 3.1).

    q > kmax: always; kmin < q <= kmax: with probability pmax * (q - kmin) / (kmax - kmin).

    kmin, kmax: sizes, ``"auto"`` (400 kB and 1,600 kB at 100 Gb/s, in proportion to the port's
        rate; HPCC repository), or a mapping from port rate to size that must name every rate in
        use.
    pmax: 0 to 1 (0.2), or a mapping from port rate.
    mark_at: "dequeue" (default: the queue left behind by the frame) or "enqueue".
    priorities: which queues are marked; None: the switch's lossless ones.
    """

    kmin: Threshold = "auto"
    kmax: Threshold = "auto"
    pmax: Quantity | Fraction | Mapping[Any, Quantity | Fraction] = 0.2
    mark_at: str = "dequeue"
    priorities: Sequence[int] | None = None

    @classmethod
    def preset(cls, name: str, **changes: Any) -> ECN:
        """A published set, with some parameters changed.

        Names: ``dcqcn_paper``, ``hpcc`` (the default), ``simai``, ``sonic``, ``nvidia``.
        """
        faults = Faults("ECN.preset")
        faults.choice("name", name, _PRESETS)
        faults.raise_all()
        return cls(**{**_PRESETS[name], **changes})

    def check(self, faults: Faults) -> None:
        for field in ("kmin", "kmax"):
            for place, value in _entries(faults, field, getattr(self, field)):
                if value != "auto":
                    faults.size(place, value)
        for place, value in _entries(faults, "pmax", self.pmax):
            faults.fraction(place, value, 0, 1)
        faults.choice("mark_at", self.mark_at, ("dequeue", "enqueue"))
        if self.priorities is not None:
            faults.priorities("priorities", self.priorities)
        if not faults.found:
            self._check_order(faults)

    def _check_order(self, faults: Faults) -> None:
        rates = {
            parse_rate(rate)
            for value in (self.kmin, self.kmax)
            if isinstance(value, Mapping)
            for rate in value
        }
        if not rates and "auto" in (self.kmin, self.kmax):
            return  # depends on the port; thresholds_for checks it
        for rate in sorted(rates or {_AUTO_RATE}):
            try:
                self.thresholds_for(rate)
            except ScenarioError as error:
                # A rate that only one of the maps names is a fault only if a port has it.
                faults.found.extend(f for f in error.faults if "has no entry" not in f.message)

    def thresholds_for(self, rate_bps: int) -> tuple[int, int, Fraction]:
        """(kmin in bytes, kmax in bytes, pmax) of a port of this rate.

        Raises ScenarioError when a mapping lacks the rate or kmin exceeds kmax.
        """
        kmin = _pick("kmin", self.kmin, rate_bps)
        kmax = _pick("kmax", self.kmax, rate_bps)
        pmax = _pick("pmax", self.pmax, rate_bps)
        low = _AUTO["kmin"] * rate_bps // _AUTO_RATE if kmin == "auto" else parse_size(kmin)
        high = _AUTO["kmax"] * rate_bps // _AUTO_RATE if kmax == "auto" else parse_size(kmax)
        if low > high:
            port = f" at a port of {format_rate(rate_bps)}" if "auto" in (kmin, kmax) else ""
            raise ScenarioError(
                Fault(
                    "ECN.kmin",
                    f"kmin {format_size(low)} is above kmax {format_size(high)}{port} "
                    "(allowed: kmin from 0B to kmax)",
                )
            )
        return low, high, parse_fraction(pmax)


def _entries(faults: Faults, field: str, value: object) -> list[tuple[str, object]]:
    """The values to check, one per rate when there is a mapping, with their paths."""
    if not isinstance(value, Mapping):
        return [(field, value)]
    if not value:
        faults.add(field, "an empty mapping; name at least one port rate, such as {'400Gbps': ...}")
    for rate in value:
        faults.rate(f"{field}[{rate!r}]", rate)
    return [(f"{field}[{rate!r}]", entry) for rate, entry in value.items()]


def _pick(field: str, value: Any, rate_bps: int) -> Any:
    if not isinstance(value, Mapping):
        return value
    for rate, entry in value.items():
        if parse_rate(rate) == rate_bps:
            return entry
    named = ", ".join(format_rate(parse_rate(rate)) for rate in value)
    raise ScenarioError(
        Fault(
            f"ECN.{field}", f"has no entry for ports of {format_rate(rate_bps)} (it has: {named})"
        )
    )
