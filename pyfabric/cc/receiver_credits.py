"""Receiver-driven credits: parameters. The mechanism is
``csrc/fabric/transport/receiver_credits.cc``."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

from pyfabric.cc.base import WINDOWS, CongestionControl
from pyfabric.spec import Faults, spec
from pyfabric.units import Quantity, parse_fraction, parse_size, parse_time

_SECOND: Final = 10**12
_MOST_QUANTUM: Final = 1024


@dataclass(frozen=True)
class Credits:
    """What the compiler needs. ``unsolicited``, ``per_sender``: "bdp", "max_bdp" or bytes."""

    unsolicited: int | str
    per_sender: int | str
    outstanding: Fraction
    quantum: int
    rate_share: Fraction
    reclaim_ps: int


@spec
class ReceiverCredits(CongestionControl):
    """Receivers grant what may be sent: one pacer per NIC port, at the rate of the port.

    Of the family of RCCC (Ultra Ethernet), EQDS (Olteanu et al., "An edge-queued datagram service
    for all datacenter traffic", NSDI'22), NDP (Handley et al., SIGCOMM'17), and SIRD (Prasopoulos
    et al., "SIRD: a sender-informed, receiver-driven datacenter transport protocol", NSDI'25),
    whose bound on outstanding credit it has. See ``docs/congestion-control/receiver-credits.md``.

    unsolicited: sent unasked when a message is posted on a quiet queue pair: "bdp" (default: the
        bandwidth-delay product of the pair), "max_bdp" (of the farthest pair), or a size; 0: the
        sender asks first.
    per_sender: most that a receiver has outstanding (granted and not arrived) at one queue pair:
        "bdp" (default), "max_bdp" or a size.
    outstanding: most that a NIC port has outstanding in all, in bandwidth-delay products of the
        farthest of its senders, above 0 to 1000 (1.5, SIRD).
    quantum: packets of one grant, 1 to 1024 (1).
    rate_share: rate of the grants as a part of the port's rate, or of the NIC's receive_rate where
        that is lower, 1/1000 to 1 (1).
    reclaim: a sender that was silent for so long no longer counts towards outstanding (100 us).
    """

    name: ClassVar[str] = "receiver_credits"
    native: ClassVar[int] = 0  # at the sender nothing but line rate

    unsolicited: Any = "bdp"
    per_sender: Any = "bdp"
    outstanding: str | float | Fraction = 1.5
    quantum: int = 1
    rate_share: str | float | Fraction = 1
    reclaim: Quantity = "100us"

    def check(self, faults: Faults) -> None:
        self._check_amount(faults, "unsolicited", low=0)
        self._check_amount(faults, "per_sender", low=1)
        faults.fraction("outstanding", self.outstanding, 0, 1000, above=True)
        faults.integer("quantum", self.quantum, 1, _MOST_QUANTUM)
        faults.fraction("rate_share", self.rate_share, Fraction(1, 1000), 1)
        faults.time("reclaim", self.reclaim, low=10**6, high=100 * _SECOND)

    def _check_amount(self, faults: Faults, field: str, low: int) -> None:
        value = getattr(self, field)
        if isinstance(value, str) and value.isidentifier():
            faults.choice(field, value, WINDOWS)
        else:
            faults.size(field, value, low=low)

    @property
    def credits(self) -> Credits:
        """The parameters in numbers."""
        return Credits(
            _amount(self.unsolicited),
            _amount(self.per_sender),
            parse_fraction(self.outstanding),
            self.quantum,
            parse_fraction(self.rate_share),
            parse_time(self.reclaim),
        )

    def parameters_for(self, rate_bps: int) -> list[float]:
        """None: the plan has columns of its own for them."""
        return []


def _amount(value: Any) -> int | str:
    return value if value in WINDOWS else parse_size(value)
