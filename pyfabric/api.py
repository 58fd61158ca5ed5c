"""The convenience door: scenario in, result out. Chains compile, engine and results."""

from __future__ import annotations

import dataclasses
import logging
import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from numbers import Integral
from typing import TYPE_CHECKING, Final

from pyfabric.compile import Plan, compile_scenario
from pyfabric.compile.plan import MODEL_VERSION
from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.records import Record, recorded
from pyfabric.results import Result
from pyfabric.results.assemble import assemble
from pyfabric.results.flow_stream import FlowStream, StreamTarget
from pyfabric.spec import Faults
from pyfabric.units import Quantity, is_bool, parse_time

if TYPE_CHECKING:
    from pyfabric.engine import Progress, RawTables
    from pyfabric.scenario import Scenario

#: Threads of one run.
THREADS_MAX: Final = 256


def simulate(
    scenario: Scenario | Plan,
    *,
    threads: int = 1,
    until: Quantity | None = None,
    max_wall: float | str | None = None,
    progress: Callable[[Progress], None] | None = None,
    record: Record = (),
    stream_flows: str | os.PathLike[str] | StreamTarget | None = None,
    max_memory: Quantity | None = None,
) -> Result:
    """Run ``scenario``, or a plan that was compiled before, and return the :class:`Result`.

    threads: how many share the work (1; up to 256, as many as there are cores pay off). The result
        is the same to the bit.
    until: stop exactly then (simulated time); None: what the scenario says.
    max_wall: stop after this much wall time, in seconds or as ``"90s"``; the result is partial.
    progress: called about ten times a second with time_ps, open_flows, flows, wall_seconds, events.
    record: ``"queues"`` (depths, marks and drops every 1 us; ``{"queues": "10us"}`` for another
        time), ``"cc"`` (rate, window and the algorithm's own values of every queue pair, one row a
        change; ``{"cc": "10us"}``: at least so far apart), ``"trace"`` (every observable record;
        large), or several of them.
    stream_flows: a file, ``.csv`` or ``.jsonl``, that gets a row for each flow as it finishes or
        fails, several times a second; what stands in it stays when the process is killed. A file
        that is not empty is refused.
    max_memory: bound of the engine's state (``"6GiB"``): what follows from the plan, and the frames
        on links and in queues, the recorded rows; not the plan itself and the result's tables.
        None: 80 % of the memory of the machine or its control group.

    Raises ScenarioError for bad input and EngineError when the engine had to stop; Ctrl-C ends the
    run with a partial result.
    """
    _check(scenario, threads, progress)
    wall_seconds = _seconds(max_wall)
    wanted = recorded(record)
    memory_bytes = _memory(max_memory)
    target = None if stream_flows is None else StreamTarget.of(stream_flows)
    started = time.thread_time()
    if isinstance(scenario, Plan):
        plan, source = _until(scenario, until), None
    else:
        source = scenario if until is None else scenario.replace(until=until)
        plan = compile_scenario(source)
    compile_seconds = time.thread_time() - started
    from pyfabric.engine import run

    with nullcontext() if target is None else FlowStream(target, plan) as stream:
        raw = run(
            plan,
            threads=int(threads),
            max_wall_seconds=wall_seconds,
            progress=progress,
            queue_sample_ps=wanted.queue_sample_ps,
            cc_spacing_ps=wanted.cc_spacing_ps,
            trace=wanted.trace,
            memory_bytes=memory_bytes,
            closed=None if stream is None else stream.append,
        )
        if stream is not None:
            if stream.fault is None:
                stream.begin()  # a header, where no flow was closed
            else:
                logging.getLogger("pyfabric.run").error("%s; the result is whole", stream.fault)
    return _result(plan, raw, source, compile_seconds)


def _until(plan: Plan, until: Quantity | None) -> Plan:
    """The plan with another end."""
    if until is None:
        return plan
    faults = Faults("simulate")
    until_ps = faults.time("until", until, low=1)
    faults.raise_all()
    return dataclasses.replace(plan, scalars={**plan.scalars, "until_ps": until_ps or 0})


def _result(
    plan: Plan, raw: RawTables, scenario: Scenario | None, compile_seconds: float
) -> Result:
    partial = raw.stop_reason in ("max_wall", "interrupted")
    return Result(
        **assemble(
            plan,
            raw.tables,
            raw.end_ps,
            plan.labels.get("endpoint_names", ()),
            pauses_are_all=not raw.rows_not_kept.get("pauses", 0),
        ),
        stats={"compile_cpu_seconds": compile_seconds, **raw.stats},
        stop_reason=raw.stop_reason,
        end_ps=raw.end_ps,
        fingerprint=None if partial else raw.fingerprint,
        plan_hash=plan.hash,
        seed=int(plan.scalars["model_seed"]),
        versions=_versions(),
        scenario=scenario,
        rows_not_kept=dict(raw.rows_not_kept),
    )


def _versions() -> dict[str, str]:
    import numpy as np

    import pyfabric
    from pyfabric.engine.native import _core

    return {
        "pyfabric": str(pyfabric.__version__),
        "model": str(MODEL_VERSION),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "compiler": _core.compiler,
        "build_type": _core.build_type,
    }


def _check(scenario: object, threads: object, progress: object) -> None:
    from pyfabric.scenario import Scenario

    faults = []
    if not isinstance(scenario, Scenario | Plan):
        faults.append(Fault("scenario", f"must be a Scenario or Plan, got {shorten(scenario)}"))
    faults += thread_faults(threads)
    if progress is not None and not callable(progress):
        faults.append(Fault("progress", f"must be a function or None, got {shorten(progress)}"))
    if faults:
        raise ScenarioError(faults)


def _memory(max_memory: Quantity | None) -> int | None:
    """``max_memory`` in bytes, checked."""
    if max_memory is None:
        return None
    faults = Faults("simulate")
    memory_bytes = faults.size("max_memory", max_memory, low=1)
    faults.raise_all()
    return memory_bytes


def thread_faults(threads: object) -> list[Fault]:
    """What is wrong with a number of threads."""
    if is_bool(threads) or not isinstance(threads, Integral) or int(threads) < 1:
        return [Fault("threads", f"must be an integer from 1 on, got {shorten(threads)}")]
    if int(threads) > THREADS_MAX:
        return [Fault("threads", f"must be at most {THREADS_MAX}, got {threads}")]
    return []


def _seconds(max_wall: object) -> float | None:
    """``max_wall`` in seconds, checked."""
    if max_wall is None:
        return None
    if isinstance(max_wall, str):
        try:
            return parse_time(max_wall, what="") / 1e12
        except ValueError as error:
            if "no unit" in str(error):
                raise ScenarioError(Fault("max_wall", str(error))) from None
    if is_bool(max_wall) or not isinstance(max_wall, int | float) or not 0 <= max_wall < math.inf:
        message = (
            f"must be a number of seconds from 0 on, or such as '90s', got {shorten(max_wall)}"
        )
        raise ScenarioError(Fault("max_wall", message))
    return float(max_wall)
