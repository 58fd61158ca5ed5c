"""Livelock: frames arrive and next to nothing of them is new."""

from __future__ import annotations

import pytest

import pyfabric as pf


def lossy(recovery: str, until: str, **nic: object) -> pf.Scenario:
    """4 MB messages over a link that loses one packet of 256 (P13), at 10 Gb/s."""
    edges = [
        ("host0", "switch0", "10Gbps", "1us"),
        ("switch0", "host1", "10Gbps", "1us", (1 / 256, 0.0)),
    ]
    return pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, edges),
        workload=pf.flows([pf.Flow(0, 1, 2**22, op="send")] * 8),
        congestion_control=pf.NoCongestionControl(),
        nic=pf.Nic(**{"mtu": 512, "recovery": recovery, "rto": "1ms", "retries": 255, **nic}),
        until=until,
    )


def test_go_back_0_is_told_in_the_report_with_its_flows() -> None:
    result = pf.simulate(lossy("go_back_0", "65ms"))
    (row,) = (result.livelocks.row(i) for i in range(len(result.livelocks)))
    assert row["end_ps"] == -1
    assert row["start_ps"] % 10**10 == 0
    assert 32 * row["new_packets"] < row["arrived_packets"]
    report = result.lossless()
    assert "livelock" in str(report)
    assert report.waits.get("resending without progress", 0) >= 1


@pytest.mark.parametrize("recovery", ["go_back_n"])
def test_recovery_that_gets_on_is_no_livelock(recovery: str) -> None:
    result = pf.simulate(lossy(recovery, "65ms"))
    assert len(result.livelocks) == 0
    assert "resending without progress" not in result.lossless().waits


def test_waiting_for_long_timers_is_no_livelock() -> None:
    """Every packet is lost: nothing arrives, and the timer of 15 ms is waited for."""
    edges = [("host0", "switch0", "10Gbps", "1us"), ("switch0", "host1", "10Gbps", "1us", 1.0)]
    scenario = lossy("go_back_n", "65ms", rto="15ms").replace(
        topology=pf.Topology.from_edges(2, 1, edges), workload=pf.Flow(0, 1, "10kB")
    )
    result = pf.simulate(scenario)
    assert result.queue_pairs["timeouts"].sum() >= 3
    assert len(result.livelocks) == 0


def test_an_idle_tail_and_a_paused_fabric_are_no_livelock() -> None:
    scenario = pf.Scenario(
        topology=pf.star(3, rate="10Gbps"),
        workload=pf.flows([pf.Flow(1, 0, "1MB"), pf.Flow(2, 0, "1MB", start="55ms")]),
        faults=[pf.PauseStorm(host=0, start="10us", duration="45ms")],
        nic=pf.Nic(rto=None),
    )
    result = pf.simulate(scenario)
    assert result.stop_reason == "all_done"
    assert len(result.livelocks) == 0
