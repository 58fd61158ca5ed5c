"""P7 (CoNEXT'16): TIMELY has no unique fixed point, patched TIMELY has one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from cc_tools import incast

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import run

MS = 10**9
INITIAL_RATE = 8  # place among the native parameters


def two_flows(control: pf.TIMELY | pf.PatchedTimely) -> Plan:
    """Two flows on 10 Gb/s; they start at 7 and 3 Gb/s."""
    plan = compile_scenario(
        incast(2, control.replace(initial_rate="7Gbps"), rate="10Gbps", mtu="1000B")
    )
    columns = dict(plan.columns)
    columns["cc_parameters"] = np.concatenate([columns["cc_parameters"].reshape(1, -1)] * 2)
    columns["cc_parameters"][1, INITIAL_RATE] = 3e9
    columns["cc_algorithm"] = np.concatenate([columns["cc_algorithm"]] * 2)
    columns["qp_cc"] = np.array([0, 1])
    return dataclasses.replace(plan, columns=columns)


def gap_and_queue(plan: Plan, since_ms: int, until_ms: int) -> tuple[float, float]:
    """Difference of the two rates in Gb/s and mean queue in bytes, between two instants."""
    delivered = []
    for end in (since_ms, until_ms):
        scalars = {**plan.scalars, "until_ps": end * MS}
        raw = run(dataclasses.replace(plan, scalars=scalars), queue_sample_ps=10**7)
        delivered.append(raw.tables["flows"]["delivered_bytes"])
    queues = raw.tables["queues"]
    port = list(plan.labels["port_names"]).index("switch0->host0")
    wanted = (queues["port"] == port) & (queues["priority"] == 3)
    depths = queues["size_bytes"][wanted & (queues["time_ps"] >= since_ms * MS)]
    rates = (delivered[1] - delivered[0]) * 8e-6 / (until_ms - since_ms)
    return abs(float(rates[0] - rates[1])), float(depths.mean())


def test_timely_keeps_an_unfair_split() -> None:
    plan = two_flows(pf.TIMELY())
    assert all(gap_and_queue(plan, since, since + 10)[0] > 1 for since in (10, 50, 90))


def test_patched_timely_reaches_its_fixed_point() -> None:
    """q* = (T_low (1 + N delta / (beta C)) - base round trip) C: 78.1 KB less what is no queue."""
    control = pf.PatchedTimely()
    plan = two_flows(control)
    gap, queue = gap_and_queue(plan, 80, 100)
    assert gap < 0.25
    rate, beta, ai, t_low = 10e9, 0.008, 10e6, 50e-6
    with_path = t_low * rate / 8 * (1 + 2 * ai / (beta * rate))
    assert with_path == pytest.approx(78_125)
    fixed_point = with_path - int(plan.columns["qp_base_rtt_ps"][0]) * 1e-12 * rate / 8
    assert queue == pytest.approx(fixed_point, rel=0.05)
    assert queue == pytest.approx(with_path, rel=0.2)


def test_hyper_increase_recovers_faster() -> None:
    """From 1 Gb/s alone on 10 Gb/s: additive steps only, or five of them and then 50 Mb/s."""
    sent = []
    for below in (False, True):
        control = pf.TIMELY(initial_rate="1Gbps", hyper_below_t_low=below)
        scenario = incast(1, control, rate="10Gbps").replace(until="3ms")
        raw = run(compile_scenario(scenario))
        sent.append(int(raw.tables["flows"]["delivered_bytes"][0]))
    assert sent[1] > 1.3 * sent[0]
