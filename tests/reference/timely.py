"""TIMELY and patched TIMELY (docs/congestion-control/timely.md, patched-timely.md)."""

from __future__ import annotations

from collections.abc import Sequence

from reference.control import Algorithm, Fact, Path, in_proportion


class RttGradient(Algorithm):
    """Samples and gradient, which both algorithms share."""

    def __init__(self, parameters: Sequence[float], path: Path) -> None:
        super().__init__(path)
        self.t_low, self.t_high, self.min_rtt = parameters[:3]
        self.beta, self.ewma, self.ai = parameters[3:6]
        self.segment, self.min_rate = parameters[6:8]
        self.line = float(path.line_rate)
        self.exact = self._bounded(parameters[8] if parameters[8] > 0 else self.line)
        self.diff = 0.0
        self.before: int | None = None
        self.sampled_at: int | None = None
        self.acknowledged = 0
        self.update = 0
        self._wish()

    def on_ack(self, fact: Fact) -> None:
        self.acknowledged += fact.size
        if not self._counts(fact):
            return
        self.acknowledged, self.update, self.sampled_at = 0, fact.following, fact.now
        before, self.before = self.before, fact.rtt
        if before is None:
            return
        self.diff = (1 - self.ewma) * self.diff + self.ewma * (fact.rtt - before)
        self.exact = self._react(float(fact.rtt), self.diff / self.min_rtt)
        self.exact = self._bounded(self.exact)
        self._wish()

    def _bounded(self, rate: float) -> float:
        return min(max(rate, self.min_rate), self.line)

    def _counts(self, fact: Fact) -> bool:
        if self.segment == 0:
            return fact.una > self.update
        if self.sampled_at is not None and fact.now - self.sampled_at < self.min_rtt:
            return False
        return self.acknowledged >= self.segment

    def _wish(self) -> None:
        self.rate = round(self.exact)

    def _react(self, rtt: float, gradient: float) -> float:
        raise NotImplementedError


class Timely(RttGradient):
    """Steps by the sign of the gradient."""

    def __init__(self, parameters: Sequence[float], path: Path) -> None:
        self.hai, self.hyper_after = parameters[10:12]
        self.below_counts, self.variable = bool(parameters[12]), bool(parameters[13])
        self.steps = 0
        super().__init__(parameters, path)

    def _wish(self) -> None:
        super()._wish()
        if self.variable:
            self.window = in_proportion(self.path.window, self.exact, self.line)

    def _react(self, rtt: float, gradient: float) -> float:
        self.count("TIMELY")
        if rtt < self.t_low:
            if self.below_counts:
                return self._increase()
            self.steps = 0
            return self.exact + self.ai
        if rtt > self.t_high:
            self.steps = 0
            return self.exact * (1 - self.beta * (1 - self.t_high / rtt))
        if gradient <= 0:
            return self._increase()
        self.steps = 0
        return self.exact * max(0.0, 1 - self.beta * gradient)

    def _increase(self) -> float:
        self.steps += 1
        if self.steps <= self.hyper_after:
            return self.exact + self.ai
        self.count("TIMELY hyper increase")
        return self.exact + self.hai


class PatchedTimely(RttGradient):
    """Steps by a weight of the gradient."""

    def _react(self, rtt: float, gradient: float) -> float:
        self.count("patched TIMELY")
        if rtt < self.t_low:
            return self.exact + self.ai
        if rtt > self.t_high:
            return self.exact * (1 - self.beta * (1 - self.t_high / rtt))
        self.count("patched TIMELY between the thresholds")
        weight = min(max(2 * gradient + 0.5, 0.0), 1.0)
        if 0 < weight < 1 and (self.ai > 0 or self.beta > 0):
            self.count("patched TIMELY by weight")
        error = (rtt - self.t_low) / self.t_low
        kept = self.exact * max(0.0, 1 - self.beta * weight * error)
        return self.ai * (1 - weight) + kept
