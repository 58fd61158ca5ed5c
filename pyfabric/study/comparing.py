"""Settings side by side over the same traffic."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

from pyfabric.api import thread_faults
from pyfabric.cc import CustomCongestionControl
from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.records import Record, recorded
from pyfabric.scenario import Scenario
from pyfabric.study.comparison import Comparison, runs_table, sizes_table, summary_table
from pyfabric.study.errors import RunFailure, StudyError, StudyWarning
from pyfabric.study.executors import StudyProgress, check_executor, run_all
from pyfabric.study.explain import explain
from pyfabric.study.measuring import Measure, measure
from pyfabric.study.runs import Job, Outcome, seeded
from pyfabric.study.store import found, opened
from pyfabric.study.variants import check_seeds, resolve
from pyfabric.units import Quantity

#: How users allow what a directory holds to be replaced.
PERMIT: Final = "allow it with overwrite=True (--overwrite)"


def compare(
    scenario: Scenario,
    variants: Mapping[str, Any],
    *,
    seeds: Iterable[int] = range(1),
    executor: Executor | None = None,
    workers: int | None = None,
    threads: int = 1,
    progress: Callable[[StudyProgress], None] | None = None,
    record: Record = (),
    keep_results: bool = True,
    directory: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    warm_up: Quantity | None = None,
    measure_until: Quantity | None = None,
    size_bins: str | Iterable[Quantity] = "decades",
) -> Comparison:
    """Run every variant with every seed and return means with 95 % confidence intervals.

    variants: name -> a CongestionControl, a Scenario, changes by dotted path
        (``{"switch.ecn.kmin": "100kB"}``), or None or ``{}`` for ``scenario`` as it is. The first
        one is the base that warnings refer to.
    seeds: each decides traffic and model draws of one run of every variant, in place of the
        scenario's seeds: the same seed is the same traffic in all variants.
    executor: where runs are made; None: on ``workers`` threads of this process (default: one per
        core, or per ``threads`` cores). In other processes an exception, a scenario and a row of
        numbers travel, no result.
    threads: how many share the work of each run (1). More of them shorten a study of few long runs;
        many runs are done sooner by ``workers``. No result changes.
    progress: called after each run, in the calling thread.
    record: as for :func:`pyfabric.simulate`; with queues there is
        ``queue_p99_bytes``, and a figure of them.
    keep_results: keep whole results of recorded runs in ``results`` (True).
    directory: each run is saved here as soon as it ends, with its scenario and result. A comparison
        that was killed and is started again makes only the runs that are missing, and so does one
        with more variants or seeds. A run of another scenario, version or recording is refused.
        Other processes of ``executor`` write here, too.
    overwrite: make such runs again, and accept a directory with other files in it (False).
    warm_up, measure_until: flows that start before the one, and at or after the other, are left out
        of completion times, slowdown, goodput and fairness (None: all flows count); counters of
        ports and queue pairs are of the whole run. A directory need not be run again for others.
    size_bins: upper edges of size bins, as sizes; or ``"decades"`` (10 kB to 10 MB), the points of
        a published distribution (``"websearch"``, ``"fb_hadoop"``, ``"ali_storage"``), or
        ``"quantiles"``: ten bins of about equally many flows of the first variant and seed.

    Raises ScenarioError for bad input before any run, and StudyError after the last run when some
    failed; it holds the others. Warns (StudyWarning) when a variant made no difference to the base,
    and says why. After Ctrl-C the comparison holds the finished runs and is ``interrupted``.
    """
    if isinstance(record, Iterator):
        record = tuple(record)
    scenarios, chosen = _checked(scenario, variants, seeds, progress, record, threads)
    check_executor(executor, workers)
    first = seeded(next(iter(scenarios.values())), chosen[0])
    counted = measure(warm_up, measure_until, size_bins, first)
    with _store(directory, overwrite) as path:
        jobs = [
            Job(name, seed, seeded(variant, seed), record, threads, counted, path, keep_results)
            for name, variant in scenarios.items()
            for seed in chosen
        ]
        done = {} if path is None else found(jobs, path, overwrite=overwrite, permit=PERMIT)
        missing = [job for job in jobs if (job.variant, job.seed) not in done]
        made, interrupted = run_all(missing, executor, workers, progress, threads, len(done))
    finished = done | {(outcome.variant, outcome.seed): outcome for outcome in made}
    outcomes = [finished[job.variant, job.seed] for job in jobs]
    comparison = _collected(scenarios, chosen, outcomes, interrupted, counted, done)
    if comparison.warnings:
        warnings.warn("\n".join(comparison.warnings), StudyWarning, stacklevel=2)
    if comparison.failures:
        raise StudyError(comparison.failures, comparison) from comparison.failures[0].error
    if interrupted and not len(comparison.runs):
        raise KeyboardInterrupt
    return comparison


def _store(directory: object, overwrite: object) -> AbstractContextManager[Path | None]:
    """The directory of the study while it is in use; None without one."""
    if not isinstance(overwrite, bool):
        raise ScenarioError(Fault("overwrite", f"must be True or False, got {shorten(overwrite)}"))
    if directory is None:
        if overwrite:
            raise ScenarioError(Fault("overwrite", "has no effect without a directory"))
        return nullcontext()
    return opened(directory, overwrite=overwrite, permit=PERMIT)


def _checked(
    scenario: object,
    variants: object,
    seeds: object,
    progress: object,
    record: object,
    threads: object,
) -> tuple[dict[str, Scenario], tuple[int, ...]]:
    """Variants as scenarios, and the seeds; all faults at once."""
    faults: list[Fault] = []
    scenarios: dict[str, Scenario] = {}
    chosen: tuple[int, ...] = ()
    if isinstance(scenario, Scenario):
        try:
            scenarios = resolve(scenario, variants)
        except ScenarioError as error:
            faults += error.faults
    else:
        faults.append(Fault("scenario", f"must be a Scenario, got {shorten(scenario)}"))
    try:
        chosen = check_seeds(seeds, max(len(scenarios), 1))
    except ScenarioError as error:
        faults += error.faults
    if progress is not None and not callable(progress):
        faults.append(Fault("progress", f"must be a function or None, got {shorten(progress)}"))
    faults += thread_faults(threads)
    try:
        recorded(record)
    except ScenarioError as error:
        faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return scenarios, chosen


def _collected(
    scenarios: dict[str, Scenario],
    seeds: tuple[int, ...],
    outcomes: list[Outcome],
    interrupted: bool,
    counted: Measure,
    done: Mapping[tuple[str, int], Outcome],
) -> Comparison:
    runs, unknown = runs_table(outcomes), _unknown(scenarios, done)
    return Comparison(
        runs=runs,
        summary=summary_table(runs, list(scenarios)),
        sizes=sizes_table(outcomes, counted),
        variants=scenarios,
        seeds=seeds,
        warnings=(
            *explain(scenarios, outcomes),
            *_unmeasured(outcomes, counted),
            *_cut(outcomes),
            *unknown,
        ),
        failures=tuple(
            RunFailure(o.variant, o.seed, o.error) for o in outcomes if o.error is not None
        ),
        interrupted=interrupted,
        results={(o.variant, o.seed): o.result for o in outcomes if o.result is not None},
        curves={(o.variant, o.seed): o.curves for o in outcomes if o.curves is not None},
        measure=counted,
        reused=len(done),
    )


def _unmeasured(outcomes: list[Outcome], counted: Measure) -> list[str]:
    """A sentence on variants in which no flow starts in the measured time."""
    if counted.everything:
        return []
    empty = [o.variant for o in outcomes if o.metrics is not None and not o.metrics["flows"]]
    return [
        f"{name!r} has no {counted} at some seed: nothing is measured there"
        for name in dict.fromkeys(empty)
    ]


def _cut(outcomes: list[Outcome]) -> list[str]:
    """A sentence when samples of queues went beyond the bound of the table."""
    cut = [o.variant for o in outcomes if o.curves is not None and o.curves.queues_cut]
    if not cut:
        return []
    names = ", ".join(map(repr, dict.fromkeys(cut)))
    return [
        f"not all samples of queues were kept in runs of {names}, which have no queue percentile "
        "and no curve: sample less often, such as record={'queues': '20us'} (--record queues=20us)"
    ]


def _unknown(scenarios: dict[str, Scenario], done: Mapping[tuple[str, int], Outcome]) -> list[str]:
    """A sentence on finished runs of algorithms from outside, whose code no hash knows."""
    found = {name for name, _ in done}
    return [
        f"{name!r} has finished runs of an algorithm from outside; whether its code is the same "
        "since is not known"
        for name, scenario in scenarios.items()
        if name in found and isinstance(scenario.congestion_control, CustomCongestionControl)
    ]
