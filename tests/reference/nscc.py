"""NSCC (docs/congestion-control/nscc.md)."""

from __future__ import annotations

from collections.abc import Sequence

from reference.control import Algorithm, Fact, Path, whole_packets


class Nscc(Algorithm):
    """A window in bytes, driven by marks and queueing delay."""

    def __init__(self, parameters: Sequence[float], path: Path) -> None:
        super().__init__(path)
        self.base = float(path.base_rtt)
        self.target = parameters[0] if parameters[0] > 0 else parameters[1] * self.base
        product = path.line_rate * self.base / 8e12
        self.a = product / (parameters[2] * parameters[3] / 8e12)
        self.b = self.target / parameters[3]
        self.proportional, self.fair, self.eta, self.fast_gain, self.fast_delay = parameters[4:9]
        self.gamma, self.max_decrease, self.gain = parameters[9:12]
        self.adjust_bytes = parameters[12] * path.mtu
        self.share, self.threshold = parameters[13:15]
        self.largest = max(parameters[15] * product, float(path.mtu))
        self.size = self.largest
        self.average = self.pending = 0.0
        self.fast_bytes = self.adjusted_bytes = self.arrived = self.ignored = 0
        self.adjusted_at = self.eta_at = 0
        self.cut_at: int | None = None
        self.period_end: int | None = None
        self.alarm = self.fast = False
        self._wish()

    def on_ack(self, fact: Fact) -> None:
        delay = max(0.0, fact.rtt - self.base)
        sample = self.base / 4 if delay > self.target and not fact.echo else delay
        self.average = self.gain * sample + (1 - self.gain) * self.average
        self.alarm = self.alarm or delay > self.threshold * self.target
        self.arrived += fact.size
        if not self._quick_adapt(fact) and not self._passed_over(fact):
            self._table(fact, delay)
        self._wish()

    def on_nack(self, fact: Fact) -> None:
        self.count("NSCC loss")
        self.average = self.gain * self.base + (1 - self.gain) * self.average
        self.alarm = True
        self.arrived += fact.size
        if not self._quick_adapt(fact):
            self.size -= self.path.mtu
        self._wish()

    def on_timeout(self, fact: Fact) -> None:
        self.on_nack(fact)

    def _quick_adapt(self, fact: Fact) -> bool:
        if self.period_end is not None and fact.now < self.period_end:
            return False
        if self.share == 0:
            return False
        acts = self.period_end is not None and self.alarm
        acts = acts and self.arrived < self.share * self.largest
        if acts:
            self.count("NSCC quick adapt")
            self.size, self.ignored = float(self.arrived), fact.inflight
            self.pending = 0.0
        self.period_end = fact.now + int(self.base + self.target)
        self.arrived, self.alarm = 0, False
        return acts

    def _passed_over(self, fact: Fact) -> bool:
        if self.ignored <= 0:
            return False
        self.ignored -= fact.size
        return True

    def _table(self, fact: Fact, delay: float) -> None:
        if self._fast_increase(fact, delay):
            return
        self._react(fact, delay)
        self.adjusted_bytes += fact.size
        late = fact.now - self.adjusted_at >= self.base
        if late or self.adjusted_bytes >= self.adjust_bytes:
            self.size += self.pending / self.size
            self.pending, self.adjusted_bytes, self.adjusted_at = 0.0, 0, fact.now
            if fact.now - self.eta_at >= self.base:
                self.size += self.eta * self.path.mtu * self.a
                self.eta_at = fact.now

    def _fast_increase(self, fact: Fact, delay: float) -> bool:
        if self.fast_gain == 0 or delay >= self.fast_delay or fact.echo:
            self.fast_bytes, self.fast = 0, False
            return False
        self.fast_bytes += fact.size
        self.fast = self.fast or self.fast_bytes > self.size
        if not self.fast:
            return False
        self.count("NSCC fast increase")
        self.size += self.fast_gain * self.a * fact.size
        return True

    def _react(self, fact: Fact, delay: float) -> None:
        if delay < self.target:
            if not fact.echo:
                error = (self.target - delay) / self.target
                step = self.proportional * self.path.mtu * self.a * self.b * fact.size
                self.pending += step * error
        elif not fact.echo:
            self.pending += self.fair * self.path.mtu * self.a * fact.size
        elif self.average > self.target and self._may_cut(fact.now):
            self.count("NSCC cut")
            factor = 1 - self.gamma * (self.average - self.target) / self.average
            self.size *= max(factor, 1 - self.max_decrease)
            self.cut_at = fact.now

    def _may_cut(self, now: int) -> bool:
        return self.cut_at is None or now - self.cut_at >= self.base

    def _wish(self) -> None:
        self.size = min(max(self.size, float(self.path.mtu)), self.largest)
        self.window = whole_packets(self.size, self.path.mtu)
