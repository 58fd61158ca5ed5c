"""What receiver credits do not go with, and broken plans of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import run

LINE = 100 * 10**9


def plan_of(flow: pf.Workload, control: pf.CongestionControl, **more: Any) -> Plan:
    topology = pf.star(hosts=2, rate="100Gbps")
    return compile_scenario(
        pf.Scenario(topology=topology, workload=flow, congestion_control=control, **more)
    )


def test_reads_are_refused() -> None:
    for recovery in ("go_back_n", "selective_repeat"):
        nic = pf.Nic(recovery=recovery)
        with pytest.raises(pf.ScenarioError, match="READ responses have no credits"):
            plan_of(pf.Flow(0, 1, 1, op="read"), pf.ReceiverCredits(), nic=nic)


def test_the_rules_of_ns3_are_refused() -> None:
    with pytest.raises(pf.ScenarioError, match="under ns3 there is no ReceiverCredits"):
        plan_of(pf.Flow(0, 1, 1), pf.ReceiverCredits(), ns3=pf.Ns3())


def test_more_packets_than_the_engine_counts_are_refused() -> None:
    with pytest.raises(pf.ScenarioError, match=r"congestion_control\.unsolicited.*packets"):
        plan_of(pf.Flow(0, 1, 1), pf.ReceiverCredits(unsolicited="1TB"))


BAD_PLANS: dict[str, tuple[str, Any, str]] = {
    "length": ("qp_credit_port", [], "qp_credit_port has 0 values"),
    "port": ("qp_credit_port", [7], "port that the receiving host lacks"),
    "rate": ("port_credit_rate_bps", [0] * 4, "grants none"),
    "fast": ("port_credit_rate_bps", [2 * LINE] * 4, "outside 0..port_rate_bps"),
    "most": ("port_credit_packets", [0] * 4, "grants none"),
    "pair": ("qp_credit_packets", [1 << 25], "qp_credit_packets"),
    "quantum": ("credit_quantum_packets", 0, "credit_quantum_packets is outside"),
    "reclaim": ("credit_reclaim_ps", 0, "credit_reclaim_ps is outside"),
    "telemetry": ("int_hops", 3, "do not fit into one frame"),
}


@pytest.mark.parametrize("name", BAD_PLANS)
def test_the_engine_refuses_a_broken_plan(name: str) -> None:
    column, value, message = BAD_PLANS[name]
    plan = plan_of(pf.Flow(0, 1, "9kB"), pf.ReceiverCredits())
    changed = (
        replace(plan, scalars={**plan.scalars, column: value})
        if column in plan.scalars
        else replace(plan, columns={**plan.columns, column: np.array(value)})
    )
    with pytest.raises(pf.EngineError, match=message):
        run(changed)
