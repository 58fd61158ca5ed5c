"""HPCC (docs/model.md, section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reference.control import Algorithm, Fact, Path, in_proportion
from reference.telemetry import HopRecord


@dataclass(slots=True)
class Controller:
    """A rate that one load drives: committed rate R_c, U and stage."""

    rate: float
    load: float = 1.0
    stage: int = 0


class Hpcc(Algorithm):
    """The sender's side; ``multi_rate`` has a controller for each hop."""

    def __init__(self, parameters: Sequence[float], path: Path) -> None:
        super().__init__(path)
        self.eta, self.stages = parameters[0], parameters[1]
        self.line = float(path.line_rate)
        if parameters[5] > 0:
            self.line = min(self.line, parameters[5])
        self.trip = parameters[6] if parameters[6] > 0 else float(max(path.base_rtt, 1))
        self.step = parameters[3] + parameters[2] * 8e12 / self.trip
        self.min_rate = parameters[4]
        self.multi_rate, self.fast = bool(parameters[7]), bool(parameters[8])
        self.m = int(parameters[9])
        self.window_of_rate = bool(parameters[10])
        self.last: list[HopRecord] = []
        self.whole = Controller(self.line)
        self.hops: list[Controller] = []
        self.update = 0
        self._wish(self.line)

    def _wish(self, rate: float) -> None:
        self.rate = round(rate)
        self.window = in_proportion(self.path.window, rate, self.line)
        if self.window_of_rate:
            self.window = max(1, int(rate * self.trip / 8e12))

    def on_ack(self, fact: Fact) -> None:
        if fact.records and self._told(fact.records, fact.una, fact.following):
            self.count("HPCC")

    def on_nack(self, fact: Fact) -> None:
        self.on_ack(fact)

    def _told(self, records: list[HopRecord], una: int, following: int) -> bool:
        """Whether the rate was set anew."""
        if len(records) != len(self.last):
            fresh = [Controller(self.line) for _ in records[len(self.hops) :]]
            self.hops = self.hops[: len(records)] + fresh
            self.last, self.update = list(records), following
            return False
        commits = una > self.update
        if not commits and not self.fast:
            return False
        told = [self._measure(i, record) for i, record in enumerate(records)]
        changed = self._per_hop(told, commits) if self.multi_rate else self._busiest(told, commits)
        if commits:
            self.update = following
        return changed

    def _measure(self, hop: int, new: HopRecord) -> tuple[float, int] | None:
        """(u, t - t') of a hop, or None; its record is replaced."""
        old = self.last[hop]
        time, sent = new.time - old.time, new.sent - old.sent
        queue = min(new.queue, old.queue)
        if self.m > 0:
            time, sent, queue = self._coarse(old, new)
        if time <= 0:
            return None
        self.last[hop] = new
        return (queue * 8e12) / (new.rate * self.trip) + (sent * 8e12) / (new.rate * time), time

    def _coarse(self, old: HopRecord, new: HopRecord) -> tuple[int, int, int]:
        time = (new.time // 1000 - old.time // 1000) % 2**24 * 1000
        unit = 128 * self.m
        sent = (new.sent // unit - old.sent // unit) % 2**20 * unit
        queues = [each.queue // (80 * self.m) % 2**17 for each in (old, new)]
        return time, sent, min(queues) * 80 * self.m

    def _react(self, controller: Controller, u: float, time: int, commits: bool) -> float:
        tau = min(float(time), self.trip)
        controller.load = (controller.load * (self.trip - tau) + u * tau) / self.trip
        if controller.load >= self.eta or controller.stage >= self.stages:
            stage = 0
            idle = controller.load == 0
            rate = self.line if idle else controller.rate / (controller.load / self.eta) + self.step
        else:
            stage = controller.stage + 1
            rate = controller.rate + self.step
        rate = min(max(rate, self.min_rate), self.line)
        if commits:
            controller.rate, controller.stage = rate, stage
        return rate

    def _busiest(self, told: list[tuple[float, int] | None], commits: bool) -> bool:
        known = [each for each in told if each is not None]
        if not known:
            return False
        u, time = max(known, key=lambda each: each[0])
        self._wish(self._react(self.whole, u, time, commits))
        return True

    def _per_hop(self, told: list[tuple[float, int] | None], commits: bool) -> bool:
        rates = [self.line]
        for controller, each in zip(self.hops, told, strict=True):
            rates.append(
                controller.rate if each is None else self._react(controller, *each, commits)
            )
        self._wish(min(rates))
        return True
