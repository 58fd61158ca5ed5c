"""DCTCP, by window and by rate (docs/congestion-control/dctcp.md)."""

from __future__ import annotations

from collections.abc import Sequence

from reference.control import Algorithm, Fact, Path, in_proportion, whole_packets


class Dctcp(Algorithm):
    """Windows of data end where the next packet was when they began."""

    def __init__(self, parameters: Sequence[float], path: Path) -> None:
        super().__init__(path)
        self.g, self.alpha, self.window_ai = parameters[:3]
        self.rate_based = bool(parameters[3])
        self.rate_ai, self.min_rate = parameters[4:6]
        self.begun = not parameters[7]
        self.line = self.exact = float(path.line_rate)
        self.size = float(max(path.window or 10**12, path.mtu))
        self.update = 0
        self.cut_until = 0
        self.acknowledged = self.marked = 0
        self._wish()

    def on_ack(self, fact: Fact) -> None:
        self.acknowledged += fact.size
        self.marked += fact.size if fact.echo else 0
        begins = fact.una > self.update
        if begins:
            self._next_window(fact)
        fresh = fact.una <= self.cut_until
        if fact.echo and not fresh:
            self.count("DCTCP cut")
            self._cut(fact, 1 - self.alpha / 2)
        elif not fresh:
            self._increase(fact, begins)
        self._wish()

    def on_nack(self, fact: Fact) -> None:
        if not self.rate_based and fact.una >= self.cut_until:
            self._cut(fact, 0.5)
            self._wish()

    def on_timeout(self, fact: Fact) -> None:
        if not self.rate_based:
            self._cut(fact, 0)
            self._wish()

    def _next_window(self, fact: Fact) -> None:
        self.update = fact.following
        if not self.begun:
            self.begun = True
            return
        self.count("DCTCP alpha")
        share = self.marked / self.acknowledged if self.acknowledged > 0 else 0.0
        self.alpha = (1 - self.g) * self.alpha + self.g * share
        self.acknowledged = self.marked = 0

    def _cut(self, fact: Fact, factor: float) -> None:
        self.cut_until = fact.following
        if self.rate_based:
            self.exact = max(self.exact * factor, self.min_rate)
        else:
            self.size = max(self.size * factor, float(self.path.mtu))

    def _increase(self, fact: Fact, begins: bool) -> None:
        if self.rate_based:
            if begins:
                self.exact = min(self.exact + self.rate_ai, self.line)
        elif fact.inflight + fact.size + self.path.mtu >= self.size:
            self.size += self.window_ai * self.path.mtu * fact.size / self.size

    def _wish(self) -> None:
        if self.rate_based:
            self.rate = round(self.exact)
            self.window = in_proportion(self.path.window, self.exact, self.line)
        else:
            self.window = whole_packets(self.size, self.path.mtu)
