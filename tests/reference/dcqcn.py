"""DCQCN (docs/model.md, section 10), brought up to date at every fact."""

from __future__ import annotations

from collections.abc import Sequence

from reference.control import Algorithm, Fact, Path, in_proportion

NEVER = 1 << 62


class Dcqcn(Algorithm):
    """Reaction point of DCQCN: the paper's style, and that of the firmware."""

    def __init__(self, parameters: Sequence[float], path: Path) -> None:
        super().__init__(path)
        self.g = parameters[0]
        self.alpha_timer, self.increase_timer = int(parameters[1]), int(parameters[2])
        self.byte_counter = int(parameters[3])
        self.fast_recovery = int(parameters[4])
        self.ai, self.hai, self.min_rate = parameters[5], parameters[6], parameters[7]
        self.decrease_interval = int(parameters[8])
        self.clamp_target = bool(parameters[9])
        self.alpha = parameters[10]
        self.firmware, self.variable_window = bool(parameters[11]), bool(parameters[12])
        self.line = float(path.line_rate)
        self.current = self.target = self.line
        self.active = False
        self.alpha_at = self.decrease_at = self.increase_at = NEVER
        self.timer_stage = self.byte_stage = self.bytes = 0
        self.alpha_cnp = self.decrease_cnp = False

    def advance(self, now: int) -> None:
        """Run all ticks up to and including ``now``."""
        while (tick := min(self.alpha_at, self.decrease_at, self.increase_at)) <= now:
            if tick == self.alpha_at:
                self._alpha_tick()
                self.alpha_at += self.alpha_timer
            elif tick == self.decrease_at:
                self._decrease_tick(tick)
                self.decrease_at += self.decrease_interval
            else:
                self.increase_at += self.increase_timer
                self.timer_stage += 1
                self._increase()

    def on_send(self, fact: Fact) -> None:
        self.advance(fact.now)
        if self.active and self.byte_counter > 0:
            self.bytes += fact.size
            while self.bytes >= self.byte_counter:
                self.bytes -= self.byte_counter
                self.byte_stage += 1
                self._increase()
        self._wish()

    def _wish(self) -> None:
        """The facts at which rate and a variable window are taken up."""
        self.rate = round(self.current)
        if self.variable_window:
            self.window = in_proportion(self.path.window, self.current, self.line)

    def on_cnp(self, fact: Fact) -> None:
        self.advance(fact.now)
        if self.firmware:
            self._firmware_cnp(fact.now)
        else:
            self._paper_cnp(fact.now)
        self._wish()

    def _cut(self) -> None:
        self.current = max(self.current * (1 - self.alpha / 2), self.min_rate)

    def _paper_cnp(self, now: int) -> None:
        self.active = True
        if self.clamp_target or self.timer_stage > 0 or self.byte_stage > 0:
            self.target = self.current
        self._cut()
        self.alpha = (1 - self.g) * self.alpha + self.g
        self.alpha_at = now + self.alpha_timer
        self.increase_at = now + self.increase_timer
        self.timer_stage = self.byte_stage = self.bytes = 0

    def _firmware_cnp(self, now: int) -> None:
        self.decrease_cnp = True
        if self.active:
            self.alpha_cnp = True
            return
        self.active = True
        self.alpha_at = now + self.alpha_timer
        self.decrease_at = now + 1000 + self.decrease_interval

    def _alpha_tick(self) -> None:
        self.alpha = (1 - self.g) * self.alpha
        if self.alpha_cnp:
            self.alpha += self.g
        self.alpha_cnp = False

    def _decrease_tick(self, tick: int) -> None:
        if not self.decrease_cnp:
            return
        if self.clamp_target or self.timer_stage > 0:
            self.target = self.current
        self._cut()
        self.timer_stage = 0
        self.decrease_cnp = False
        self.increase_at = tick + self.increase_timer

    def _increase(self) -> None:
        self.target += self._step()
        self.target = min(self.target, self.line)
        self.current = min((self.target + self.current) / 2, self.line)

    def _step(self) -> float:
        if self.firmware:
            if self.timer_stage <= self.fast_recovery:
                return 0.0
            return self.ai if self.timer_stage == self.fast_recovery + 1 else self.hai
        stages = self.timer_stage, self.byte_stage
        if max(stages) < self.fast_recovery:
            return 0.0
        return self.hai if min(stages) > self.fast_recovery else self.ai
