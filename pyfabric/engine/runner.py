"""Drives one native engine to its end, in slices of wall time.

Between two slices signals, limits and progress get their turn; the engine itself runs with the
GIL released.
"""

from __future__ import annotations

import functools
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from numpy.typing import NDArray

from pyfabric.compile.plan import Plan
from pyfabric.engine.algorithms import Algorithms
from pyfabric.engine.memory import memory_of_the_machine
from pyfabric.engine.native import _core
from pyfabric.errors import EngineError

#: Native stop codes by number (csrc/fabric/engine/engine.h, StopReason).
STOP_REASONS: Final = ("running", "all_done", "until", "deadlock")

#: Wall seconds between two looks at signals, limits and progress.
SLICE_SECONDS: Final = 0.1

#: Rows that each result table keeps; further rows are counted in ``rows_not_kept``.
TABLE_ROWS: Final = 4_000_000


#: Takes columns ``flow, closed_ps, fct_ps, sender_fct_ps, status`` of flows that were closed.
Closed = Callable[[Mapping[str, NDArray[Any]]], None]


@dataclass(frozen=True)
class Progress:
    """State of a run: simulated time, flows still open of all, wall seconds, events."""

    time_ps: int
    open_flows: int
    flows: int
    wall_seconds: float
    events: int


@dataclass(frozen=True)
class RawTables:
    """What the engine returns: columns by table, statistics, why it stopped.

    ``tables`` maps ``flows, queue_pairs, ports, classes, drops, pauses, xoffs, queues, cc,
    trace, watchdog, deadlocks, livelocks`` to dicts of equally long numpy arrays; ports are global
    indices, times picoseconds, -1 stands for "not". ``classes`` has 8 rows a port.
    """

    tables: Mapping[str, Mapping[str, NDArray[Any]]]
    stats: Mapping[str, int | float]
    stop_reason: str
    fingerprint: str
    end_ps: int
    rows_not_kept: Mapping[str, int] = field(default_factory=dict)


def run(
    plan: Plan,
    *,
    threads: int = 1,
    partition_of: Sequence[int] = (),
    max_wall_seconds: float | None = None,
    progress: Callable[[Progress], None] | None = None,
    queue_sample_ps: int = 0,
    cc_spacing_ps: int | None = None,
    trace: bool = False,
    table_rows: int = TABLE_ROWS,
    memory_bytes: int | None = None,
    closed: Closed | None = None,
) -> RawTables:
    """Run ``plan`` to its end, to ``max_wall_seconds`` or to Ctrl-C: those give partial tables.

    ``threads`` share the work of a run; ``partition_of`` (one number a node) joins nodes into
    partitions. Neither changes a result. ``memory_bytes`` bounds the engine's state; None:
    :func:`memory_of_the_machine`. ``queue_sample_ps``: between samples of queues, 0: none;
    ``cc_spacing_ps``: least time between rows of a queue pair in the trace of congestion control,
    0: every change, None: no such trace. ``closed`` is handed the flows that finished or failed,
    slice by slice, in one order whatever the slices: by time, then flow. After Ctrl-C it may get
    rows a second time.

    Raises :class:`EngineError` when the bound is exceeded, an invariant broke or the plan is no
    valid plan; ScenarioError for plug-ins that are missing; what a plug-in in Python raises.
    """
    begun = time.thread_time()
    algorithms = Algorithms(plan)
    if any(not 0 <= partition < 2**32 for partition in partition_of):
        raise ValueError(f"partition_of must hold numbers of 0 to 2**32 - 1, got {partition_of!r}")
    with _told(plan, algorithms):
        try:
            engine = _core.Engine(
                columns=dict(plan.columns),
                scalars={name: int(value) for name, value in plan.scalars.items()},
                partition_of=list(partition_of),
                threads=threads,
                table_rows=table_rows,
                memory_bytes=memory_of_the_machine() if memory_bytes is None else memory_bytes,
                queue_sample_ps=queue_sample_ps,
                cc_spacing_ps=-1 if cc_spacing_ps is None else cc_spacing_ps,
                trace=trace,
                list_closed=closed is not None,
                algorithms=algorithms.natives,
            )
        except ValueError as error:
            raise EngineError(f"the engine refused the plan: {error}") from None
    wall, cpu, flows = time.perf_counter(), time.thread_time(), len(plan.columns["flow_qp"])
    told = functools.partial(_told, plan, algorithms)
    stop_reason = _advance(engine, told, flows, wall, max_wall_seconds, progress, closed)
    with told():
        engine.finish()
    wall, ran = time.perf_counter() - wall, time.thread_time() - cpu
    stats = {
        "packet_hops": engine.packet_hops,
        "data_packet_hops": engine.data_packet_hops,
        "events": engine.events,
        "windows": engine.windows,
        "build_cpu_seconds": cpu - begun,
        "run_cpu_seconds": ran + engine.helper_cpu_seconds,
        "helper_cpu_seconds": engine.helper_cpu_seconds,
        "threads": threads,
        "run_wall_seconds": wall,
        "engine_memory_bytes": engine.memory_bytes,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    return RawTables(
        tables=_tables(engine),
        stats=stats,
        stop_reason=stop_reason,
        fingerprint=f"{engine.fingerprint:016x}",
        end_ps=engine.now_ps,
        rows_not_kept={name: rows for name, rows in engine.rows_not_kept().items() if rows},
    )


@contextmanager
def _told(plan: Plan, algorithms: Algorithms) -> Iterator[None]:
    """What the native core raises, in the words of users: nodes by name."""
    try:
        with algorithms.told():
            yield
    except EngineError as error:
        names = plan.labels.get("node_names")
        if not names or not isinstance(error.node, int):
            raise
        raise EngineError(error.message, error.time_ps, names[error.node]) from None
    except MemoryError:
        flows = len(plan.columns["flow_qp"])
        raise EngineError(
            f"out of memory with {flows} flows; fewer flows or a shorter run need less, max_memory "
            "tells earlier"
        ) from None


def _advance(
    engine: _core.Engine,
    told: Callable[[], AbstractContextManager[None]],
    flows: int,
    started: float,
    max_wall_seconds: float | None,
    progress: Callable[[Progress], None] | None,
    closed: Closed | None,
) -> str:
    """The reason to stop: a native one, ``max_wall`` or ``interrupted``."""
    advance = engine.advance if closed is None else _handing_over(engine, closed)
    try:
        while True:
            budget = SLICE_SECONDS
            if max_wall_seconds is not None:
                budget = min(budget, max_wall_seconds - (time.perf_counter() - started))
                if budget <= 0:
                    return "max_wall"
            with told():
                reason = STOP_REASONS[advance(budget)]
            if progress is not None:
                seconds = time.perf_counter() - started
                progress(Progress(engine.now_ps, engine.open_flows, flows, seconds, engine.events))
            if reason != "running":
                return reason
    except KeyboardInterrupt:
        if closed is not None:  # it may have come in the middle of handing over
            closed(engine.closed_flows())
        return "interrupted"


def _handing_over(engine: _core.Engine, closed: Closed) -> Callable[[float], int]:
    """``engine.advance`` that hands over what was closed, also before it raises."""

    def advance(budget: float) -> int:
        try:
            reason = engine.advance(budget)
        except EngineError as error:  # what is before the fault is certain
            rows = engine.closed_flows()
            sure = rows["closed_ps"] < (error.time_ps or 0)
            closed({name: values[sure] for name, values in rows.items()})
            raise
        closed(engine.closed_flows())
        engine.forget_closed()
        return reason

    return advance


def _tables(engine: _core.Engine) -> dict[str, dict[str, NDArray[Any]]]:
    return {
        "flows": engine.flows(),
        "queue_pairs": engine.queue_pairs(),
        "ports": engine.ports(),
        "classes": engine.classes(),
        "drops": engine.drops(),
        "pauses": engine.pauses(),
        "xoffs": engine.xoffs(),
        "queues": engine.queues(),
        "cc": engine.cc(),
        "trace": engine.trace(),
        "watchdog": engine.watchdog(),
        "deadlocks": engine.deadlocks(),
        "livelocks": engine.livelocks(),
    }
