"""What congestion control hears and wishes (pyfabric/include/pyfabric/cc.h)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reference.telemetry import HopRecord


@dataclass(frozen=True, slots=True)
class Path:
    """What does not change: bit/s, bytes, ps; ``hops``: switches on the way of the data."""

    line_rate: int
    window: int
    base_rtt: int
    mtu: int
    hops: int
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """``size``: of the packet sent, or payload newly acknowledged; ``una``, ``following``: oldest
    PSN that is not acknowledged and next one to send, both after the fact."""

    now: int
    size: int = 0
    rtt: int = 0
    inflight: int = 0
    una: int = 0
    following: int = 0
    echo: bool = False
    records: list[HopRecord] | None = None


class Algorithm:
    """Line rate and the window of the queue pair, for ever."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rate, self.window = path.line_rate, path.window
        self.timer: int | None = None

    def count(self, what: str) -> None:
        self.path.counts[what] += 1

    def on_send(self, fact: Fact) -> None:
        """A data packet starts."""

    def on_ack(self, fact: Fact) -> None:
        """An ACK, or a NAK that is no news of a loss."""

    def on_nack(self, fact: Fact) -> None:
        """A NAK."""

    def on_cnp(self, fact: Fact) -> None:
        """A CNP."""

    def on_timeout(self, fact: Fact) -> None:
        """The retransmission timer."""

    def on_timer(self, fact: Fact) -> None:
        """The timer that was wished."""


def in_proportion(window: int, rate: float, line_rate: float) -> int:
    """A window that follows the rate; 0 stays none."""
    return max(1, int(window * (rate / line_rate))) if window > 0 else 0


def whole_packets(size: float, mtu: int) -> int:
    """As many full packets as fit, at least one, in bytes."""
    return max(1, int(size / mtu)) * mtu
