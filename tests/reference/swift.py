"""Swift (docs/congestion-control/swift.md)."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from reference.control import Algorithm, Fact, Path


class Swift(Algorithm):
    """A window in packets; below one, a gap between packets."""

    def __init__(self, parameters: Sequence[float], path: Path) -> None:
        super().__init__(path)
        self.base = parameters[0] + path.hops * parameters[1]
        self.ai, self.beta, self.max_mdf, self.fs_range, self.fs_min, self.fs_max = parameters[2:8]
        self.min_cwnd, self.max_cwnd, self.reset_after = parameters[8:11]
        self.cwnd = self._bounded(path.window / path.mtu if path.window > 0 else self.max_cwnd)
        self.smoothed = 0
        self.cut_at: int | None = None
        self.sent_at: int | None = None
        self.timeouts = 0
        self._wish(0)

    def _bounded(self, cwnd: float) -> float:
        return min(max(cwnd, self.min_cwnd), self.max_cwnd)

    def _target(self) -> float:
        if self.fs_range == 0:
            return self.base
        a = self.fs_range / (1 / sqrt(self.fs_min) - 1 / sqrt(self.fs_max))
        scaling = a / sqrt(self.cwnd) - a / sqrt(self.fs_max)
        return self.base + min(max(scaling, 0.0), self.fs_range)

    def on_send(self, fact: Fact) -> None:
        self.sent_at = fact.now
        self._wish(fact.now)

    def on_ack(self, fact: Fact) -> None:
        self._smooth(fact.rtt)
        self.timeouts = 0
        target, packets = self._target(), fact.size / self.path.mtu
        if fact.rtt < target:
            step = self.ai * packets
            self._set(fact.now, self.cwnd + (step / self.cwnd if self.cwnd >= 1 else step))
        else:
            least = 1 - self.max_mdf
            self._cut(fact.now, max(1 - self.beta * (fact.rtt - target) / fact.rtt, least))
        self._set(fact.now, self.cwnd)

    def on_nack(self, fact: Fact) -> None:
        self.timeouts = 0
        self._cut(fact.now, 1 - self.max_mdf)

    def on_timeout(self, fact: Fact) -> None:
        self.timeouts += 1
        if self.timeouts >= self.reset_after:
            self.count("Swift reset")
            self._set(fact.now, self.min_cwnd)
        else:
            self._cut(fact.now, 1 - self.max_mdf)

    def on_timer(self, fact: Fact) -> None:
        self._wish(fact.now)

    def _smooth(self, rtt: int) -> None:
        """Whole picoseconds, steps towards 0."""
        if self.smoothed == 0:
            self.smoothed = rtt
        step = abs(rtt - self.smoothed) // 8
        self.smoothed += step if rtt > self.smoothed else -step

    def _cut(self, now: int, factor: float) -> None:
        if self.cut_at is None or now - self.cut_at >= self.smoothed:
            self.count("Swift cut")
            self._set(now, self.cwnd * factor)

    def _set(self, now: int, cwnd: float) -> None:
        before, self.cwnd = self.cwnd, self._bounded(cwnd)
        if self.cwnd < before:
            self.cut_at = now
        self._wish(now)

    def _wish(self, now: int) -> None:
        self.window = max(1, int(self.cwnd)) * self.path.mtu
        self.rate, self.timer = self.path.line_rate, None
        if self.cwnd < 1 and self.sent_at is not None and self.smoothed > 0:
            due = self.sent_at + round(self.smoothed / self.cwnd)
            if due > now:
                self.count("Swift gap")
                self.rate, self.timer = 0, due
