"""Which cases to measure, and each in a process of its own: a peak of memory is a process's."""

from __future__ import annotations

import inspect
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyfabric
from pyfabric.api import THREADS_MAX
from pyfabric.bench.cases import CASES, MAX_K, Case, custom_case
from pyfabric.bench.measure import Job, Row, measure
from pyfabric.errors import PyfabricError, shorten, unknown
from pyfabric.spec import Faults

ROUNDS: Final = 5
MAX_ROUNDS: Final = 1000
MAX_THREADS: Final = THREADS_MAX

#: Most hosts of the cases of a quick suite.
QUICK_HOSTS: Final = 320

#: Exit code of a child that was interrupted.
INTERRUPTED: Final = 130

#: The child imports this very package, whatever else its path would find.
CHILD: Final = (
    "import sys; sys.path.insert(0, {root!r}); import pyfabric; del sys.path[0]; "
    "from pyfabric.bench.suite import main; main()"
)


def jobs(
    only: Sequence[str] = (),
    *,
    rounds: int | None = None,
    threads: str | None = None,
    quick: bool = False,
    scale: bool = False,
    k: int | None = None,
    until: str | None = None,
) -> list[Job]:
    """The jobs that the options of ``pyfabric bench`` mean; ScenarioError names each bad one.

    only: names of cases, in the order of the suite (default: all but those of scale; ``quick``:
    those of up to 320 hosts; ``scale``: those of scale). rounds: 1 to 1,000 (default 5; ``quick``
    and ``scale``: 1). threads: numbers of threads separated by
    commas (default: one, and as many as there are processors where the engine has threads).
    k, until: instead of the suite, a permutation on a fat tree of this K until this simulated time
    (default 2ms).
    """
    faults = Faults("bench")
    for name in only:
        if name not in CASES:
            faults.add("only", unknown("case", name, CASES))
    if rounds is None:
        rounds = 1 if quick or scale else ROUNDS
    faults.integer("rounds", rounds, 1, MAX_ROUNDS)
    if scale and (only or quick or k is not None):
        faults.add("scale", "goes without only, quick and k: it names its cases itself")
    counts = _threads(faults, threads)
    cases = _custom(faults, only, k, until)
    faults.raise_all()
    if not cases:
        cases = [case for case in CASES.values() if _wanted(case, only, quick=quick, scale=scale)]
    return [Job(case, rounds, counts, quick) for case in cases]


def _wanted(case: Case, only: Sequence[str], *, quick: bool, scale: bool) -> bool:
    if only:
        return case.name in only
    return case.scale == scale and (not quick or case.hosts <= QUICK_HOSTS)


def _custom(faults: Faults, only: Sequence[str], k: int | None, until: str | None) -> list[Case]:
    """The one case that ``k`` asks for."""
    if k is None:
        if until is not None:
            faults.add("until", f"{shorten(until)} needs k; the cases of the suite have their ends")
        return []
    if only:
        faults.add("k", f"{k} goes without only: it is a case of its own, got {shorten(only)}")
    if faults.integer("k", k, 2, MAX_K) is not None and k % 2:
        faults.add("k", f"must be even, got {k} (allowed: even numbers from 2 to {MAX_K})")
    until_ps = faults.time("until", "2ms" if until is None else until, low=1)
    return [] if faults.found else [custom_case(k, until_ps or 0)]


def _threads(faults: Faults, text: str | None) -> tuple[int, ...]:
    """The numbers of threads above one, in ascending order."""
    if text is None:
        usable = len(os.sched_getaffinity(0))
        return (min(usable, MAX_THREADS),) if usable > 1 and engine_has_threads() else ()
    wanted = f"must be integers from 1 to {MAX_THREADS} separated by commas, got {shorten(text)}"
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and len(word) < 6 for word in words):
        faults.add("threads", wanted)
        return ()
    counts = sorted({int(word) for word in words})
    if counts[0] < 1 or counts[-1] > MAX_THREADS:
        faults.add("threads", wanted)
    elif counts[-1] > 1 and not engine_has_threads():
        faults.add("threads", f"this version runs on one thread, got {shorten(text)} (allowed: 1)")
    return tuple(count for count in counts if count > 1)


def engine_has_threads() -> bool:
    """Whether a run can use several threads."""
    from pyfabric.engine import run

    return "threads" in inspect.signature(run).parameters


def measure_apart(job: Job) -> Row:
    """:func:`measure` in a process of its own.

    Raises what it raised: KeyboardInterrupt, or PyfabricError with the message.
    """
    root = str(Path(pyfabric.__file__).resolve().parents[1])
    done = subprocess.run(
        [sys.executable, "-P", "-c", CHILD.format(root=root)],
        input=pickle.dumps(job),
        capture_output=True,
        check=False,
    )
    if done.returncode == INTERRUPTED:
        raise KeyboardInterrupt
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        why = lines[-1] if lines else f"its process ended with status {done.returncode}"
        raise PyfabricError(f"case {job.case.name}: {why}")
    row: Row = json.loads(done.stdout)
    return row


def main() -> None:
    """The child: a pickled job from standard input, a row as JSON to standard output."""
    try:
        row = measure(pickle.load(sys.stdin.buffer))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (PyfabricError, MemoryError) as error:
        sys.exit(str(error) or "out of memory")
    json.dump(row, sys.stdout)


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """The rows with ``ratio_to_permutation``: to the permutation beside the same yardstick, None
    where that was not measured."""
    speeds = {
        row["yardstick"]["k"]: row["packet_hops_per_cpu_second"]
        for row in rows
        if row["name"] in ("permutation-128", "permutation-1024", "permutation-8192")
    }
    found = []
    for row in rows:
        base = speeds.get(row["yardstick"]["k"])
        ratio = None if base is None else row["packet_hops_per_cpu_second"] / base
        found.append({**row, "ratio_to_permutation": ratio})
    return found
