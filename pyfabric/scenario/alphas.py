"""Dynamic thresholds as a share of what a pool has free: powers of two."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from pyfabric.errors import shorten
from pyfabric.spec import Faults

ALPHAS: Final = {Fraction(2) ** -shift: shift for shift in range(7, -4, -1)}


def shift_of(alpha: Fraction) -> int:
    """s with alpha = 2**-s; ``alpha`` is one of :data:`ALPHAS`."""
    return ALPHAS[alpha]


def check_alpha(faults: Faults, field: str, value: object) -> None:
    """Report an alpha that is not a power of two from 1/128 to 8."""
    number = faults.fraction(field, value, Fraction(1, 128), 8)
    if number is not None and number not in ALPHAS:
        allowed = ", ".join(str(alpha) for alpha in ALPHAS)
        faults.add(field, f"{shorten(value)} is not a power of two (allowed: {allowed})")
