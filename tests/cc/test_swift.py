"""P11 (SIGCOMM'20): Swift holds its target, which grows with hops and with the flows that share."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from cc_tools import Steady, incast, steady
from oracle_tools import chain, run_scenario

import pyfabric as pf

RATE = 100e9
FRAME = 4096 + 62
BASE_US, HOP_US, RANGE_US = 20.0, 3.053, 100.0


def target_us(flows: int) -> float:
    """The target at the fixed point: N windows fill the pipe of a round trip equal to it."""
    a = RANGE_US / (1 / math.sqrt(0.1) - 1 / math.sqrt(100))
    rtt = BASE_US
    for _ in range(500):
        window = RATE * rtt * 1e-6 / (8 * flows * (FRAME + 20))
        scaling = min(max(a / math.sqrt(window) - a / math.sqrt(100), 0.0), RANGE_US)
        rtt = (rtt + BASE_US + HOP_US + scaling) / 2
    return rtt


def run_incast(flows: int, since: str, until: str, **changes: Any) -> Steady:
    """Begun within half a millisecond with a packet each; increases of a tenth of a packet."""
    given = {"window": 4096, **changes}
    jitter = "0ns" if flows < 32 else "500us"
    scenario = incast(flows, pf.Swift(**given), buffer="256MB", start_jitter=jitter)
    return steady(scenario, since, until, sample="20us" if flows > 100 else "2us")


def rtt_us(found: Steady) -> float:
    return (found.base_rtt_ps + found.delay_ps(RATE, FRAME)) * 1e-6


CASES = [
    (2, "4ms", "8ms"),
    (16, "4ms", "8ms"),
    (64, "4ms", "8ms"),
    (256, "10ms", "20ms"),
    pytest.param(512, "10ms", "20ms", marks=pytest.mark.slow),
    pytest.param(1000, "40ms", "60ms", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("flows", "since", "until"), CASES)
def test_incast_is_held_at_the_target(flows: int, since: str, until: str) -> None:
    found = run_incast(flows, since, until)
    assert rtt_us(found) == pytest.approx(target_us(flows), rel=0.1)
    assert found.rates_bps.sum() >= 0.95 * RATE * 4096 / (FRAME + 20)
    assert found.is_lossless()
    assert found.jain > 0.95


def test_without_flow_scaling_many_flows_cannot_be_held() -> None:
    """The steps of N windows shake the queue: by more the more they are, in the end to nothing."""
    few, some = (run_incast(n, "4ms", "8ms", fs_range="0us", ai=1) for n in (16, 64))
    aim = (BASE_US + HOP_US) * 1e-6 * RATE / 8
    assert some.queue_bytes.max() - aim > 2 * (few.queue_bytes.max() - aim)
    without, scaled = (run_incast(512, "4ms", "8ms", fs_range=r) for r in ("0us", "100us"))
    assert without.queue_bytes.min() == 0 < scaled.queue_bytes.min()
    assert without.rates_bps.sum() < 0.97 * scaled.rates_bps.sum()


def test_below_one_packet_the_gaps_are_a_round_trip_over_the_window() -> None:
    """With the window nailed to 1/4 there is a packet in four round trips."""
    control = pf.Swift(ai=0, beta=0, min_cwnd=0.25, max_cwnd=0.25)
    scenario = incast(1, control).replace(until="2ms")
    done = run_scenario(scenario, trace=True)
    rows = done.raw.tables["trace"]
    sent = rows["time_ps"][(rows["node"] == 1) & (rows["event"] == 1) & (rows["kind"] == 0)]
    base = int(done.plan.columns["qp_base_rtt_ps"][0])
    gaps = [int(b - a) for a, b in itertools.pairwise(sent)]
    assert len(gaps) > 90
    # The first packet, 16 B larger than the others, fades from the smoothed round trip.
    assert all(abs(gap - 4 * base) <= 4 * 8 for gap in gaps[-10:])


@pytest.mark.parametrize("switches", [1, 3])
def test_the_target_counts_the_switches_of_the_path(switches: int) -> None:
    """A fast host behind a slow last link fills the queue up to base + hops * h, less the path."""
    rates = ["100Gbps"] * switches + ["40Gbps"]
    scenario = pf.Scenario(
        topology=chain(rates),
        workload=pf.Flow("host0", "host1", None),
        congestion_control=pf.Swift(fs_range="0us", ai=1),
        switch=pf.Switch(ecn=None),
        nic=pf.Nic(start_jitter=0),
        until="4ms",
    )
    done = run_scenario(scenario, queue_sample_ps=2 * 10**6)
    queues = done.raw.tables["queues"]
    last = done.port(f"switch{switches - 1}->host1")
    wanted = (queues["port"] == last) & (queues["priority"] == 3) & (queues["time_ps"] > 2 * 10**9)
    queue_us = queues["size_bytes"][wanted].mean() * (FRAME + 20) / FRAME * 8 / 40e3
    rtt = done.plan.columns["qp_base_rtt_ps"][0] * 1e-6 + queue_us
    assert done.plan.columns["qp_hops"].tolist() == [switches]
    assert rtt == pytest.approx(BASE_US + switches * HOP_US, rel=0.05)
