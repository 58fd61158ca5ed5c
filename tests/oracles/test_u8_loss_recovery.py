"""U8: goodput of go-back-N under independent loss of data packets.

A loss costs the W packets that are under way when its NAK arrives; a lost retransmission costs a
timeout, because a NAK is sent once per expected PSN. Share of the loss-free rate, S = packet time:

    S / (S (1 + p W) + p^2 RTO)
"""

from __future__ import annotations

import pytest
from oracle_tools import STILL, rates_bps

import pyfabric as pf

PAYLOAD, WIRE = 1024, 1024 + 82
S_PS = WIRE * 80  # 100 Gb/s
P = 1 / 256


def share(window: int, rto: str, seconds: str = "60ms") -> float:
    """One endless flow; the loop of packet and NAK takes ``window`` packet times."""
    loop_ps = window * S_PS
    delay = (loop_ps - 2 * S_PS - 2 * 86 * 80) // 4
    edges = [
        ("host0", "switch0", "100Gbps", delay),
        ("switch0", "host1", "100Gbps", delay, (P, 0.0)),
    ]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, edges),
        workload=pf.flows([pf.Flow(0, 1, None, op="send")]),
        congestion_control=pf.NoCongestionControl(),
        nic=STILL.replace(mtu=PAYLOAD, rto=rto),
        until="1ms",
    )
    (rate,) = rates_bps(scenario, "1ms", seconds)
    return rate / (100e9 * PAYLOAD / WIRE)


def expected(window: int, rto_ps: float) -> float:
    return S_PS / (S_PS * (1 + P * window) + P * P * rto_ps)


@pytest.mark.parametrize(
    ("window", "rto", "rto_ps", "published"),
    [
        (8, "100us", 1e8, None),
        (32, "100us", 1e8, None),
        (64, "100us", 1e8, 0.79),
        (64, "4ms", 4e9, 0.52),
        (128, "100us", 1e8, None),
        (256, "100us", 1e8, None),
    ],
)
def test_goodput(window: int, rto: str, rto_ps: float, published: float | None) -> None:
    formula = expected(window, rto_ps)
    if published is not None:
        assert formula == pytest.approx(published, abs=0.005)
    # 60 ms are 680,000 packet times, some 2,500 losses: about 2 % of one standard deviation.
    assert share(window, rto, "400ms" if rto == "4ms" else "60ms") == pytest.approx(
        formula, rel=0.05
    )
