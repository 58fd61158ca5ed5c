"""The checks of traces are not empty: each kind of damage to a good trace is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from trace_checks import FINISHED, check_everything, check_lossless, check_rows
from trace_rows import DATA, DROP, PFC, TRANSMIT, XON, Row, Trace

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.engine import run


@pytest.fixture(scope="module")
def trace() -> Trace:
    """An incast with pauses over a leaf-spine fabric."""
    scenario = pf.Scenario(
        topology=pf.leaf_spine(2, 2, 3, host_rate="100Gbps"),
        workload=pf.incast("host0", size=100_000) + pf.permutation(50_000, priority=0),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="20kB")),
    )
    plan = compile_scenario(scenario)
    raw = run(plan, trace=True)
    check_everything(plan, raw)
    assert len(raw.tables["pauses"]["port"])
    return Trace.of(plan, raw)


def first(trace: Trace, wanted: Callable[[Row], bool], skip: int = 0) -> int:
    return [index for index, row in enumerate(trace.rows) if wanted(row)][skip]


def forwarded(trace: Trace, skip: int = 40) -> int:
    """A data frame that a switch sends."""
    hosts = trace.column("node_is_switch").count(0)
    return first(
        trace, lambda row: row.event == TRANSMIT and row.kind == DATA and row.node >= hosts, skip
    )


def lose(trace: Trace) -> list[Row]:
    """A frame disappears inside a switch."""
    index = forwarded(trace)
    return trace.rows[:index] + trace.rows[index + 1 :]


def duplicate(trace: Trace) -> list[Row]:
    """A switch sends a frame twice."""
    row = trace.rows[index := forwarded(trace)]
    end = row.time_ps + trace.wire_ps(row.size_bytes, row.port)
    return [*trace.rows[: index + 1], row._replace(time_ps=end), *trace.rows[index + 1 :]]


def alter(trace: Trace) -> list[Row]:
    """A frame changes its PSN on the way."""
    return changed(trace, forwarded(trace), psn=trace.rows[forwarded(trace)].psn + 1)


def hurry(trace: Trace) -> list[Row]:
    """A frame leaves before the one before it has."""
    index = forwarded(trace)
    return changed(trace, index, time_ps=trace.rows[index].time_ps - 60_000)


def skip_psn(trace: Trace) -> list[Row]:
    """A sender leaves out a PSN."""
    index = first(trace, lambda row: row.event == TRANSMIT and row.kind == DATA and row.psn == 2)
    return trace.rows[:index] + trace.rows[index + 1 :]


def pause_twice(trace: Trace) -> list[Row]:
    """An XON is missing."""
    index = first(trace, lambda row: row.event == XON)
    return trace.rows[:index] + trace.rows[index + 1 :]


def resume_first(trace: Trace) -> list[Row]:
    """A PFC frame resumes what was never paused."""
    index = first(trace, lambda row: row.event == TRANSMIT and row.kind == PFC)
    return changed(trace, index, psn=trace.rows[index].psn >> 8)


def changed(trace: Trace, index: int, **fields: int) -> list[Row]:
    row = trace.rows[index]._replace(**fields)
    return [*trace.rows[:index], row, *trace.rows[index + 1 :]]


@pytest.mark.parametrize(
    "damage", [lose, duplicate, alter, hurry, skip_psn, pause_twice, resume_first]
)
def test_damaged_trace_is_noticed(trace: Trace, damage: Callable[[Trace], list[Row]]) -> None:
    with pytest.raises(AssertionError):
        check_rows(replace(trace, rows=damage(trace)))


def test_sending_in_a_pause_is_noticed(trace: Trace) -> None:
    pauses = dict(trace.raw.tables["pauses"])
    pauses["end_ps"] = pauses["end_ps"] + 10**7
    tables = {**trace.raw.tables, "pauses": pauses}
    with pytest.raises(AssertionError, match="paused"):
        check_rows(replace(trace, raw=replace(trace.raw, tables=tables)))


@pytest.mark.parametrize(("name", "value"), [("delivered_bytes", 99_999), ("fct_ps", 10**6)])
def test_wrong_flow_table_is_noticed(trace: Trace, name: str, value: int) -> None:
    flows = {key: values.copy() for key, values in trace.raw.tables["flows"].items()}
    assert flows["status"][0] == FINISHED
    flows[name][0] = value
    tables = {**trace.raw.tables, "flows": flows}
    with pytest.raises(AssertionError, match="flow 0"):
        check_rows(replace(trace, raw=replace(trace.raw, tables=tables)))


def test_drop_in_a_lossless_class_is_noticed(trace: Trace) -> None:
    index = forwarded(trace)
    check_lossless(trace)
    columns = {key: values.copy() for key, values in trace.raw.tables["trace"].items()}
    columns["ecn"][index] = 1
    tables = {**trace.raw.tables, "trace": columns}
    raw = replace(trace.raw, tables=tables)
    with pytest.raises(AssertionError, match="lost"):
        check_lossless(replace(trace, raw=raw, rows=changed(trace, index, event=DROP)))
