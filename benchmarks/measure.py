"""Engine and yardstick in turns, so that both meet the same state of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import fat_tree
import instructions
import yardstick

from pyfabric.bench.cases import MTU_BYTES
from pyfabric.engine import RawTables, run


@dataclass
class Measurement:
    """Speeds of alternating runs in packet-hops per CPU second, and what does not vary.

    The engine's CPU seconds are those of the run with its closing checks, without building the
    engine and without copying tables to Python; the yardstick's leave out its building, too.
    """

    k: int
    packets: int
    stats: Mapping[str, int | float] = field(default_factory=dict)
    engine: list[float] = field(default_factory=list)
    yardstick: list[float] = field(default_factory=list)

    def add(self, raw: RawTables, yardstick_speed: float) -> None:
        """Take up one pair of runs."""
        self.stats = raw.stats
        self.engine.append(raw.stats["packet_hops"] / raw.stats["run_cpu_seconds"])
        self.yardstick.append(yardstick_speed)

    @property
    def data_speed(self) -> float:
        """Data-packet-hops per CPU second, median."""
        return median(self.engine) * self.stats["data_packet_hops"] / self.stats["packet_hops"]

    @property
    def ratio(self) -> float:
        """Engine over yardstick, median of the pairs."""
        return median(a / b for a, b in zip(self.engine, self.yardstick, strict=True))

    @property
    def events_per_hop(self) -> float:
        return self.stats["events"] / self.stats["packet_hops"]

    def instructions_per_hop(self) -> float | None:
        """Runs it twice more in processes of its own; None where nothing counts instructions."""
        counted_by = instructions.counter()
        if counted_by is None:
            return None
        size_bytes = self.packets * MTU_BYTES
        case = f"permutation-{self.k**3 // 4}"
        more = instructions.between(case, size_bytes // 5, size_bytes, counted_by)
        return more.instructions_per_hop


def alternate(
    program: Path, k: int, packets: int = fat_tree.PACKETS, rounds: int = 5
) -> Measurement:
    """``rounds`` pairs of runs, after one of each to warm up."""
    plan = fat_tree.plan(k, packets)
    measured = Measurement(k, packets)
    for index in range(rounds + 1):
        speed = yardstick.packet_hops_per_cpu_second(program, k, packets)
        raw = run(plan)
        if index:
            measured.add(raw, speed)
    return measured
