"""A run that `until` stops while NAKs are under way keeps its books."""

from __future__ import annotations

import pytest

import pyfabric as pf


@pytest.mark.parametrize("until_us", range(100, 400, 30))
def test_selective_repeat_stopped_at_any_time(until_us: int) -> None:
    """NAKs of selective repeat carry the packet that caused them, which is no telemetry."""
    edges = [
        ("host0", "switch0", "10Gbps", "20us"),
        ("switch0", "host1", "10Gbps", "20us", (1 / 8, 0.0)),
    ]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, edges),
        workload=pf.Flow(0, 1, None),
        congestion_control=pf.NoCongestionControl(),
        nic=pf.Nic.irn(),
        until=until_us * 10**6,
    )
    result = pf.simulate(scenario)
    assert result.stop_reason == "until"
