"""Measuring one case: engine and yardstick in turns, so that both meet the same machine.

A case's plan is compiled once. The engine's CPU seconds are those of its runs with their closing
checks, without building the engine and without copying tables; the yardstick's leave out building
its fabric, too. Speeds are medians of rounds, ratios medians over the pairs of a round.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from pyfabric import _yardstick
from pyfabric.api import simulate
from pyfabric.bench.cases import Case
from pyfabric.compile import Plan, compile_scenario
from pyfabric.errors import EngineError
from pyfabric.results import Result

#: Packets that all hosts of the yardstick send together in a full run and in a quick one.
YARDSTICK_PACKETS: Final = 700_000
YARDSTICK_PACKETS_QUICK: Final = 200_000

Row = dict[str, Any]
Stats = Mapping[str, int | float]


@dataclass(frozen=True)
class Job:
    """What to measure: a case, rounds, numbers of threads (beside 1), full or quick volume."""

    case: Case
    rounds: int
    threads: tuple[int, ...] = ()
    quick: bool = False

    @property
    def volume(self) -> int:
        return self.case.quick_volume if self.quick else self.case.volume

    @property
    def yardstick_packets(self) -> int:
        """Packets that each host of the yardstick sends."""
        packets = YARDSTICK_PACKETS_QUICK if self.quick else YARDSTICK_PACKETS
        return max(packets // (self.case.yardstick_k**3 // 4), 1)


def measure(job: Job) -> Row:
    """The measured figures of one case by name; seconds are medians of ``job.rounds``.

    The peak of memory is this process's after its first run, before the yardstick. Raises
    KeyboardInterrupt when a run was interrupted and EngineError when two runs differ.
    """
    begun = time.thread_time()
    plan = compile_scenario(job.case.make(job.volume))
    compile_cpu_seconds = time.thread_time() - begun
    first = _run(plan, 1)
    row = _counts(job, plan, first)
    row["peak_memory_bytes"] = _peak_memory_bytes()
    row["compile_cpu_seconds"] = compile_cpu_seconds
    speeds: list[float] = []
    runs: dict[int, list[Stats]] = {count: [] for count in (1, *job.threads)}
    for _ in range(job.rounds):
        counts = _yardstick.run(job.case.yardstick_k, job.yardstick_packets)
        speeds.append(counts["packet_hops"] / counts["cpu_seconds"])
        for count, done in runs.items():
            result = _run(plan, count)
            if result.fingerprint != first.fingerprint:
                raise EngineError(
                    f"two runs of one plan differ: fingerprints {first.fingerprint} with 1 thread "
                    f"and {result.fingerprint} with {count}"
                )
            done.append(result.stats)
    row |= _speed(row, runs[1], speeds)
    row["yardstick"] = {
        "k": job.case.yardstick_k,
        "packets_per_host": job.yardstick_packets,
        "packet_hops_per_cpu_second": median(speeds),
    }
    row["threads"] = _scaling(runs)
    return row


def _run(plan: Plan, threads: int) -> Result:
    # One thread is the default of every version.
    result = simulate(plan) if threads == 1 else simulate(plan, threads=threads)
    if result.stop_reason == "interrupted":
        raise KeyboardInterrupt
    return result


def _counts(job: Job, plan: Plan, result: Result) -> Row:
    """What no repetition changes."""
    hops, events = int(result.stats["packet_hops"]), int(result.stats["events"])
    return {
        "name": job.case.name,
        "about": job.case.about,
        "hosts": job.case.hosts,
        "flows": len(result.flows["src"]),
        "rounds": job.rounds,
        "stop_reason": result.stop_reason,
        "simulated_ps": result.end_ps,
        "delivered_bytes": int(result.flows["delivered_bytes"].sum()),
        "packet_hops": hops,
        "data_packet_hops": int(result.stats["data_packet_hops"]),
        "events": events,
        "events_per_packet_hop": events / max(hops, 1),
        "engine_memory_bytes": int(result.stats["engine_memory_bytes"]),
        "lossless": bool(result.lossless()),
        "fingerprint": result.fingerprint,
        "plan_hash": plan.hash,
        "versions": dict(result.versions),
    }


def _speed(row: Row, runs: list[Stats], yardstick: list[float]) -> Row:
    """Medians of the rounds."""
    seconds = [float(stats["run_cpu_seconds"]) for stats in runs]
    run = median(seconds)
    speeds = [row["packet_hops"] / each for each in seconds]
    delivered_gigabytes = row["delivered_bytes"] / 1e9
    return {
        "build_cpu_seconds": median(float(stats["build_cpu_seconds"]) for stats in runs),
        "run_cpu_seconds": run,
        "run_cpu_seconds_of_rounds": seconds,
        "run_wall_seconds": median(float(stats["run_wall_seconds"]) for stats in runs),
        "packet_hops_per_cpu_second": median(speeds),
        "data_packet_hops_per_cpu_second": row["data_packet_hops"] / run,
        "cpu_seconds_per_gigabyte": run / delivered_gigabytes if delivered_gigabytes else None,
        "ratio_to_yardstick": median(a / b for a, b in zip(speeds, yardstick, strict=True)),
    }


def _scaling(runs: dict[int, list[Stats]]) -> list[Row]:
    """Wall seconds by number of threads and how much faster than one thread of the same round."""
    walls = {n: [float(stats["run_wall_seconds"]) for stats in done] for n, done in runs.items()}
    return [
        {
            "threads": count,
            "run_wall_seconds": median(several),
            "speedup": median(one / many for one, many in zip(walls[1], several, strict=True)),
        }
        for count, several in walls.items()
        if count > 1
    ]


def _peak_memory_bytes() -> int:
    """The most memory that this program has had; getrusage would count the one that started it."""
    found = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.M)
    return int(found[1]) * 1024 if found else 0
