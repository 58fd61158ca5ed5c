"""Which rows a trace of congestion control has: spacing, bounds, threads, memory, messages."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from cc_traces import DCQCN, rows_of, scenario

import pyfabric as pf
from pyfabric.engine import run
from pyfabric.units import parse_time


@pytest.mark.parametrize("spacing", ["1us", "13us", "1ms"])
@pytest.mark.parametrize("control", [DCQCN, pf.Swift()], ids=["dcqcn", "swift"])
def test_rows_with_a_spacing_are_what_was_in_force_then(control: Any, spacing: str) -> None:
    plan = pf.compile_plan(scenario(control))
    spacing_ps = parse_time(spacing)
    every, spaced = (run(plan, cc_spacing_ps=ps) for ps in (0, spacing_ps))
    for qp in range(3):
        rows, few = rows_of(every, qp), rows_of(spaced, qp)
        times = [row[0] for row in rows]
        for row in few:
            assert row[1:] == rows[np.searchsorted(times, row[0], side="right") - 1][1:]
        gaps = np.diff([row[0] for row in few])
        assert np.all(gaps[:-1] >= spacing_ps)  # the last one may be that of the end
        assert few[0] == rows[0]
        assert few[-1][1:] == rows[-1][1:]
        assert len(few) <= min(len(rows), 2 + (every.end_ps - few[0][0]) // spacing_ps)


def test_rows_beyond_the_bound_are_counted() -> None:
    plan = pf.compile_plan(scenario(DCQCN))
    whole = run(plan, cc_spacing_ps=0)
    cut = run(plan, cc_spacing_ps=0, table_rows=5 * 50)  # of five nodes
    total = len(whole.tables["cc"]["qp"])
    assert cut.rows_not_kept["cc"] == total - len(cut.tables["cc"]["qp"])
    for qp in range(3):
        kept = rows_of(cut, qp)
        assert kept == rows_of(whole, qp)[: len(kept)]
        assert len(kept) == 50
    assert cut.fingerprint == whole.fingerprint


def test_rows_do_not_depend_on_partitions() -> None:
    plan = pf.compile_plan(scenario(DCQCN, topology=pf.leaf_spine(2, 2, 4, host_rate="100Gbps")))
    alone = run(plan, cc_spacing_ps=5_000_000).tables["cc"]
    for settings in ({"partition_of": [0] * 12}, {"threads": 2}):
        again = run(plan, cc_spacing_ps=5_000_000, **settings).tables["cc"]
        for name, values in alone.items():
            assert np.array_equal(values, again[name], equal_nan=values.dtype.kind == "f"), name


def test_memory_of_the_trace_is_counted() -> None:
    plan = pf.compile_plan(scenario(DCQCN))
    plain, traced = (run(plan, cc_spacing_ps=ps).stats["engine_memory_bytes"] for ps in (None, 0))
    rows = len(run(plan, cc_spacing_ps=0).tables["cc"]["qp"])
    assert traced - plain >= rows * 64


def test_a_spacing_out_of_range_is_refused() -> None:
    plan = pf.compile_plan(scenario(DCQCN))
    with pytest.raises(pf.EngineError, match="cc_spacing_ps is out of range"):
        run(plan, cc_spacing_ps=-5)
    with pytest.raises(pf.ScenarioError, match=r"record\.cc: must be 1ns or more"):
        pf.simulate(scenario(DCQCN), record={"cc": "1ps"})
    with pytest.raises(pf.ScenarioError, match=r"record\.cc: must be at most"):
        pf.simulate(scenario(DCQCN), record={"cc": "2000000s"})


def test_messages_of_one_pair_are_told_apart() -> None:
    """Two messages of one queue pair one after the other."""
    flows = [
        pf.Flow(1, 0, "300kB", qp="per_pair"),
        pf.Flow(1, 0, "300kB", qp="per_pair"),
        pf.Flow(2, 0, "2MB"),
    ]
    made = dataclasses.replace(scenario(DCQCN), workload=pf.flows(flows))
    result = pf.simulate(made, record="cc")
    mine = result.cc["qp"] == result.flows["qp"][0]
    told = result.cc["flow"][mine].tolist()
    assert told == sorted(told)
    assert set(told) == {0, 1}
    switch = result.cc["time_ps"][mine][told.index(1)]
    assert switch <= result.flows["start_ps"][0] + result.flows["sender_fct_ps"][0]


def test_it_changes_nothing_of_a_run_by_the_rules_of_another_simulator() -> None:
    rules = {"nic.cnp_style": "ack", "nic.start_jitter": 0, "nic.strict_priorities": ()}
    rules |= {"nic.pfc_reaction": 0, "switch.pfc.reaction": 0, "switch.pfc.mode": "on_off"}
    rules |= {"switch.strict_priorities": (), "ns3": pf.Ns3()}
    made = scenario(pf.DCQCN.preset("hpcc"), size="500kB").replace(rules)
    traced = pf.simulate(made, record={"cc": True, "queues": "1us"})
    assert traced.fingerprint == pf.simulate(made).fingerprint
    assert traced.cc["alpha"][~traced.cc.null("alpha")].min() < 1
    assert traced.queues["ecn_marks"].sum() == traced.ports["ecn_marks"].sum() > 0
