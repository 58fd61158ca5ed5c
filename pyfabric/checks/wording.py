"""Numbers in sentences."""

from __future__ import annotations

from typing import Final

_SCALES: Final = (("s", 10**12), ("ms", 10**9), ("us", 10**6), ("ns", 10**3))


def time_text(time_ps: int) -> str:
    """A time with four digits, such as ``"12.35 us"``; for reading, not for parsing."""
    for unit, scale in _SCALES:
        if abs(time_ps) >= scale:
            return f"{time_ps / scale:.4g} {unit}"
    return f"{time_ps} ps"


def ingress_text(node: str, peer_node: str) -> str:
    """How messages call an ingress port."""
    return f"{node}, port from {peer_node}"


def size_text(size_bytes: int) -> str:
    """Exact bytes with digits grouped, such as ``"72,320 B"``."""
    return f"{size_bytes:,} B"


def rate_text(rate_bps: int) -> str:
    """A rate with four digits in Gb/s."""
    return f"{rate_bps / 1e9:.4g} Gb/s"
