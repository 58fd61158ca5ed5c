"""Properties of every run, over random small fabrics with all mechanisms.

``pytest -m slow`` looks at other, and more, fabrics each time; a failure prints its example and a
line that repeats it.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_fabrics import scenarios
from run_equality import assert_equal_runs
from trace_checks import check_everything, check_lossless
from trace_rows import Trace

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import RawTables
from pyfabric.engine import run as run_engine

settings.register_profile(
    "fabrics", suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
FABRICS = settings.get_profile("fabrics")


def run(plan: Plan, **options: Any) -> RawTables:
    """Such runs take milliseconds; one that never ends must fail, not hang."""
    raw = run_engine(plan, max_wall_seconds=5, **options)
    assert raw.stop_reason != "max_wall", f"still running at {raw.end_ps} ps"
    return raw


@settings(FABRICS, max_examples=250)
@given(scenarios())
def test_every_trace_obeys_the_laws(scenario: pf.Scenario) -> None:
    plan = compile_scenario(scenario)
    check_everything(plan, run(plan, trace=True))


@settings(FABRICS, max_examples=250)
@given(scenarios(errors=False))
def test_automatic_headroom_loses_nothing(scenario: pf.Scenario) -> None:
    plan = compile_scenario(scenario)
    check_lossless(Trace.of(plan, run(plan, trace=True)))


@pytest.mark.slow
@settings(FABRICS, max_examples=10_000, derandomize=False)
@given(scenarios(errors=False))
def test_many_traces_obey_the_laws_and_lose_nothing(scenario: pf.Scenario) -> None:
    plan = compile_scenario(scenario)
    raw = run(plan, trace=True)
    check_everything(plan, raw)
    check_lossless(Trace.of(plan, raw))


@pytest.mark.slow
@settings(FABRICS, max_examples=10_000, derandomize=False)
@given(scenarios())
def test_many_traces_obey_the_laws(scenario: pf.Scenario) -> None:
    plan = compile_scenario(scenario)
    check_everything(plan, run(plan, trace=True))


@settings(FABRICS, max_examples=100)
@given(scenarios())
def test_a_plan_runs_the_same_again_and_after_pickling(scenario: pf.Scenario) -> None:
    plan = compile_scenario(scenario)
    first = run(plan, trace=True)
    copies = (
        pickle.loads(pickle.dumps(plan)),
        compile_scenario(pickle.loads(pickle.dumps(scenario))),
    )
    assert [copy.hash for copy in copies] == [plan.hash] * 2
    for copy in (plan, *copies):
        assert_equal_runs(first, run(copy, trace=True))


@settings(FABRICS, max_examples=150)
@given(scenarios(), st.randoms(use_true_random=False))
def test_partitions_change_nothing(scenario: pf.Scenario, random: object) -> None:
    plan = compile_scenario(scenario)
    nodes = len(plan.labels["node_names"])
    split = [random.randrange(3) for _ in range(nodes)]  # type: ignore[attr-defined]
    partitionings: Sequence[Sequence[int]] = ([0] * nodes, split)
    first = run(plan, trace=True, queue_sample_ps=2_000_000)
    for partition_of in partitionings:
        again = run(plan, trace=True, queue_sample_ps=2_000_000, partition_of=partition_of)
        assert_equal_runs(first, again)


@settings(FABRICS, max_examples=50)
@given(scenarios())
def test_recording_changes_nothing(scenario: pf.Scenario) -> None:
    plan = compile_scenario(scenario)
    bare = run(plan, table_rows=0)
    recorded = run(plan, trace=True, queue_sample_ps=700_000)
    assert bare.fingerprint == recorded.fingerprint
    assert bare.stats["events"] == recorded.stats["events"]
