"""Runs whose last frames cannot move any more still end."""

from __future__ import annotations

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.engine import run


def test_run_ends_when_a_resume_frame_for_acknowledgements_is_lost() -> None:
    """host1's acknowledgements stay paused for ever; host0 gives up, and no flow is open."""
    edges = [
        ("host0", "switch0", "100Gbps", "1us"),
        ("host1", "switch0", "100Gbps", "1us", (0.0, 0.05)),
    ]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, edges),
        workload=pf.permutation(200_000, op="send"),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(mode="on_off", xoff="0B"), reserve=0, ecn=None),
        nic=pf.Nic(rto="100us", retries=1, start_jitter=0),
        seed=16,
    )
    raw = run(compile_scenario(scenario), max_wall_seconds=1)
    assert raw.stop_reason == "deadlock"
