"""One run of a study, made wherever an executor wants it; only small values come back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfabric.api import simulate
from pyfabric.errors import PyfabricError
from pyfabric.records import Record
from pyfabric.study.curves import Curves, curves_of
from pyfabric.study.facts import Facts, facts_of
from pyfabric.study.measuring import Measure
from pyfabric.study.metrics import Metrics, bins, metrics
from pyfabric.study.run_files import save_run

if TYPE_CHECKING:
    from pyfabric.results import Result
    from pyfabric.scenario import Scenario


@dataclass(frozen=True)
class Job:
    """A run to make: a scenario with its seeds set. ``directory``: where it is saved, if at all.

    ``keep``: the whole result of a recorded run comes back.
    """

    variant: str
    seed: int
    scenario: Scenario
    record: Record = ()
    threads: int = 1
    measure: Measure = field(default_factory=Measure)
    directory: Path | None = None
    keep: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a job. ``error`` or, unless it was ``interrupted``, all the others are set."""

    variant: str
    seed: int
    metrics: Metrics | None = None
    bins: tuple[Metrics, ...] = ()
    stop_reason: str = ""
    fingerprint: str = ""
    facts: Facts | None = None
    curves: Curves | None = None
    result: Result | None = None
    error: BaseException | None = None
    interrupted: bool = False


class _Stopped(Exception):
    """Leaves a run whose study is being given up."""


def seeded(scenario: Scenario, seed: int) -> Scenario:
    """``scenario`` with one seed for its traffic and for the draws of the model."""
    return scenario.replace(seed=seed, workload_seed=seed)


def run_job(
    job: Job, stopped: Callable[[], bool] | None = None, max_memory: int | None = None
) -> Outcome:
    """Run ``job``; errors of pyfabric come back in the outcome. ``stopped`` ends the run early."""

    def look(_: Any) -> None:
        if stopped is not None and stopped():
            raise _Stopped

    started = time.thread_time()
    try:
        result = simulate(
            job.scenario,
            progress=look,
            record=job.record,
            threads=job.threads,
            max_memory=max_memory,
        )
        if result.stop_reason == "interrupted":
            return Outcome(job.variant, job.seed, interrupted=True)
        cpu_seconds = time.thread_time() - started + result.stats["helper_cpu_seconds"]
        if job.directory is not None:
            save_run(job, result, cpu_seconds)
    except (PyfabricError, MemoryError) as error:
        return Outcome(job.variant, job.seed, error=error)
    except _Stopped:
        return Outcome(job.variant, job.seed, interrupted=True)
    return outcome_of(job, result, cpu_seconds)


def outcome_of(job: Job, result: Result, cpu_seconds: float) -> Outcome:
    """What is kept of the finished run ``result`` of ``job``."""
    return Outcome(
        job.variant,
        job.seed,
        metrics=metrics(result, cpu_seconds, job.measure),
        bins=tuple(bins(result, job.measure)),
        stop_reason=result.stop_reason,
        fingerprint=result.fingerprint or "",
        facts=facts_of(result, job.scenario),
        curves=curves_of(result, job.measure),
        result=result if job.record and job.keep else None,
    )
