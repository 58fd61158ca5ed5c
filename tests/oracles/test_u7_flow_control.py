"""U7: throughput of PFC over a long link, from its XON and XOFF levels.

One sender at C, drain rate r, XOFF at q_off, XON at q_on, round trip RTT of the flow-control loop.
No under-run if and only if the bytes stored when XON is sent last r * RTT; otherwise the link idles
for RTT - q_on / r in each cycle of

    idle + q_on / r + q_off / (C - r) + RTT + (q_off + (C - r) RTT - q_on) / r.
"""

from __future__ import annotations

import pytest
from oracle_tools import STILL, goodput_share, rates_bps, run_scenario

import pyfabric as pf

C, R = 100e9 / 8, 50e9 / 8  # bytes per second
DELAY_S = 20e-6
RTT_S = 2 * DELAY_S
FRAME = 4158


def scenario(q_on: float, q_off: float, until: str = "1ms") -> pf.Scenario:
    edges = [("host0", "switch0", "100Gbps", "20us"), ("switch0", "host1", "50Gbps", "1us")]
    return pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, edges),
        workload=pf.flows([pf.Flow(0, 1, None, op="send")]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(
            reserve=0,
            ecn=None,
            pfc=pf.PFC(xoff=int(q_off), xon_offset=int(q_off - q_on), reaction=0),
        ),
        nic=pf.Nic(start_jitter=0, rto="100ms"),
        until=until,
    )


def expected_share(q_on: float, q_off: float) -> float:
    idle = max(0.0, RTT_S - q_on / R)
    cycle = idle + q_on / R + q_off / (C - R) + RTT_S + (q_off + (C - R) * RTT_S - q_on) / R
    return 1 - idle / cycle


@pytest.mark.parametrize("part", [0.0, 0.25, 0.5, 0.75, 1.0, 1.5])
def test_throughput_follows_the_bytes_stored_at_xon(part: float) -> None:
    """``part`` of r * RTT is stored when XON is sent."""
    q_on = part * R * RTT_S
    q_off = q_on + 10 * FRAME
    (rate,) = rates_bps(scenario(q_on, q_off), "1ms", "21ms")
    share = rate / (50e9 * goodput_share())
    # Levels move in whole frames, and a pause binds at frame boundaries: two frames of the cycle.
    cycle_bytes = R * RTT_S + q_off
    assert share == pytest.approx(expected_share(q_on, q_off), abs=2 * FRAME / cycle_bytes)
    if part >= 1.5:
        assert share > 0.9999


def test_no_loss_at_the_headroom_and_loss_below_it() -> None:
    """All the headroom of the link loses nothing, a third of it does (half drains meanwhile)."""
    full = run_scenario(scenario(0, 10 * FRAME, until="5ms"))
    assert len(full.column("drops", "time_ps")) == 0
    port = full.port("switch0->host0")
    headroom = int(full.plan.columns["port_headroom_bytes"][port])
    third = scenario(0, 10 * FRAME, until="5ms").replace(
        {"switch.headroom": headroom // 3, "nic": STILL}
    )
    assert len(run_scenario(third).column("drops", "time_ps")) > 0
