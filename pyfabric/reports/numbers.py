"""Numbers for reading: four digits and a unit."""

from __future__ import annotations

from typing import Final

_TIMES: Final = ((10**12, "s"), (10**9, "ms"), (10**6, "us"), (10**3, "ns"), (1, "ps"))
_DECIMAL: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""))


def time(time_ps: float) -> str:
    """``"12.35 us"``."""
    for scale, unit in _TIMES:
        if abs(time_ps) >= scale:
            return f"{time_ps / scale:.4g} {unit}"
    return "0"


def rate(rate_bps: float) -> str:
    """``"399.2 Gb/s"``."""
    return scaled(rate_bps, "b/s")


def size(size_bytes: float) -> str:
    """``"1.25 MB"``."""
    return scaled(size_bytes, "B")


def scaled(amount: float, unit: str) -> str:
    """``amount`` with a decimal prefix before ``unit``."""
    for scale, prefix in _DECIMAL:
        if abs(amount) >= scale:
            return f"{amount / scale:.4g} {prefix}{unit}"
    return f"{amount:.3g} {unit}"


def count(number: int, what: str) -> str:
    """``"1 flow"``, ``"2,000 flows"``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
