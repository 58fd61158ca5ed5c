"""Many runs at once: on threads of this process, or on any executor of ``concurrent.futures``."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TypeAlias

from pyfabric.engine.memory import memory_of_the_machine
from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.study.runs import Job, Outcome, run_job


@dataclass(frozen=True)
class StudyProgress:
    """Told after each run: how many of all runs are done, which one was, wall seconds so far.

    ``done`` includes runs that were found finished in a directory.
    """

    done: int
    runs: int
    variant: str
    seed: int
    wall_seconds: float


Report: TypeAlias = Callable[[StudyProgress], None]


def check_executor(executor: object, workers: object) -> None:
    """Raise ScenarioError for what cannot execute runs."""
    faults = []
    if executor is not None and not isinstance(executor, Executor):
        wanted = "must be an executor of concurrent.futures, such as ThreadPoolExecutor(2), or None"
        faults.append(Fault("executor", f"{wanted}, got {shorten(executor)}"))
    if workers is not None:
        if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
            message = f"must be an integer from 1 to 1024 or None, got {shorten(workers)}"
            faults.append(Fault("workers", message))
        elif executor is not None:
            faults.append(Fault("workers", "has no effect with an executor, which has its own"))
    if faults:
        raise ScenarioError(faults)


def run_all(
    jobs: Sequence[Job],
    executor: Executor | None,
    workers: int | None,
    progress: Report | None,
    threads: int = 1,
    before: int = 0,
) -> tuple[list[Outcome], bool]:
    """(outcomes in the order of the jobs, whether Ctrl-C ended it early).

    ``before``: runs that were done already, which progress counts as well.

    Without an executor ``workers`` threads make the runs (None: one per core that this process may
    use, or per ``threads`` cores, which each run takes): the engine releases the GIL, and no
    process is started; they share the memory that one run may use. After Ctrl-C what is running
    is ended, what is finished is kept.
    """
    if not jobs:
        return [], False
    if executor is not None:
        return _drive(jobs, executor, run_job, progress, before)
    stop = threading.Event()
    count = min(workers or max(1, len(os.sched_getaffinity(0)) // threads), len(jobs))
    with ThreadPoolExecutor(count, thread_name_prefix="pyfabric-study") as pool:
        try:
            share = memory_of_the_machine(count)
            work = functools.partial(run_job, stopped=stop.is_set, max_memory=share)
            outcomes, interrupted = _drive(jobs, pool, work, progress, before)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        if interrupted:
            stop.set()
    return outcomes, interrupted


def _drive(
    jobs: Sequence[Job],
    executor: Executor,
    work: Callable[[Job], Outcome],
    progress: Report | None,
    before: int,
) -> tuple[list[Outcome], bool]:
    started = time.perf_counter()
    futures: dict[Future[Outcome], Job] = {}
    interrupted = False
    try:
        for job in jobs:
            futures[_submit(executor, work, job)] = job
        for done, future in enumerate(as_completed(futures), before + 1):
            if progress is not None:
                job, seconds = futures[future], time.perf_counter() - started
                total = before + len(jobs)
                progress(StudyProgress(done, total, job.variant, job.seed, seconds))
    except KeyboardInterrupt:
        interrupted = True
        _cancel(futures)
    except BaseException:
        _cancel(futures)
        raise
    outcomes = [_outcome(future, job) for future, job in futures.items()]
    return outcomes, interrupted or any(outcome.interrupted for outcome in outcomes)


def _submit(executor: Executor, work: Callable[[Job], Outcome], job: Job) -> Future[Outcome]:
    try:
        return executor.submit(work, job)
    except RuntimeError as error:  # shut down, or broken
        raise ScenarioError(Fault("executor", f"takes no work: {error}")) from error


def _cancel(futures: Iterable[Future[Outcome]]) -> None:
    for future in futures:
        future.cancel()


def _outcome(future: Future[Outcome], job: Job) -> Outcome:
    """The outcome of a job; one that was never finished counts as interrupted."""
    if not future.done():
        return Outcome(job.variant, job.seed, interrupted=True)
    try:
        return future.result()
    except CancelledError:
        return Outcome(job.variant, job.seed, interrupted=True)
    except Exception as error:  # the executor's own: a dead worker, what cannot be pickled
        return Outcome(job.variant, job.seed, error=error)
