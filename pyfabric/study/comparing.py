"""Settings side by side over the same traffic."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from typing import Any

from pyfabric.api import RECORDS, Record, thread_faults
from pyfabric.errors import Fault, ScenarioError, shorten, unknown
from pyfabric.scenario import Scenario
from pyfabric.study.comparison import Comparison, runs_table, summary_table
from pyfabric.study.errors import RunFailure, StudyError, StudyWarning
from pyfabric.study.executors import StudyProgress, check_executor, run_all
from pyfabric.study.explain import explain
from pyfabric.study.runs import Job, Outcome, seeded
from pyfabric.study.variants import check_seeds, resolve


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
    record: as for :func:`pyfabric.simulate`; whole results are then kept in ``results``.

    Raises ScenarioError for bad input before any run, and StudyError after the last run when some
    failed; it holds the others. Warns (StudyWarning) when a variant made no difference to the base,
    and says why. After Ctrl-C the comparison holds the finished runs and is ``interrupted``.
    """
    scenarios, chosen = _checked(scenario, variants, seeds, progress, record, threads)
    check_executor(executor, workers)
    jobs = [
        Job(name, seed, seeded(variant, seed), record, threads)
        for name, variant in scenarios.items()
        for seed in chosen
    ]
    outcomes, interrupted = run_all(jobs, executor, workers, progress, threads)
    comparison = _collected(scenarios, chosen, outcomes, interrupted)
    if comparison.warnings:
        warnings.warn("\n".join(comparison.warnings), StudyWarning, stacklevel=2)
    if comparison.failures:
        raise StudyError(comparison.failures, comparison) from comparison.failures[0].error
    if interrupted and not len(comparison.runs):
        raise KeyboardInterrupt
    return comparison


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
    names = [record] if isinstance(record, str) or not isinstance(record, Iterable) else record
    faults += thread_faults(threads)
    faults += [Fault("record", unknown("record", n, RECORDS)) for n in names if n not in RECORDS]
    if faults:
        raise ScenarioError(faults)
    return scenarios, chosen


def _collected(
    scenarios: dict[str, Scenario],
    seeds: tuple[int, ...],
    outcomes: list[Outcome],
    interrupted: bool,
) -> Comparison:
    runs = runs_table(outcomes)
    return Comparison(
        runs=runs,
        summary=summary_table(runs, list(scenarios)),
        variants=scenarios,
        seeds=seeds,
        warnings=explain(scenarios, outcomes),
        failures=tuple(
            RunFailure(o.variant, o.seed, o.error) for o in outcomes if o.error is not None
        ),
        interrupted=interrupted,
        results={(o.variant, o.seed): o.result for o in outcomes if o.result is not None},
    )
