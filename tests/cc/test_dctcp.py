"""DCTCP against the analysis of its paper (SIGCOMM'10, section 3.3), and the rate-based variant."""

from __future__ import annotations

import math

import pytest
from cc_tools import incast, steady, step

import pyfabric as pf

FRAME = 1000 + 62
WIRE = FRAME + 20


@pytest.mark.parametrize(("delay", "k_bytes"), [("2us", 100_000), ("5us", 200_000)])
@pytest.mark.parametrize("flows", [2, 4, 8])
def test_the_queue_swings_below_the_threshold_as_the_analysis_says(
    flows: int, delay: str, k_bytes: int
) -> None:
    """Q_max = K + N; amplitude A = sqrt(2 N (C RTT + K)) / 2, in packets.

    The analysis assumes synchronised windows, so the amplitude it gives is an upper bound; it was
    found to hold well for small N.
    """
    scenario = incast(flows, pf.DCTCP(), delay=delay, ecn=step(f"{k_bytes}B"), mtu="1000B")
    found = steady(scenario, "20ms", "26ms")
    k = k_bytes / FRAME
    pipe = 100e9 * found.base_rtt_ps * 1e-12 / 8 / WIRE
    amplitude = math.sqrt(2 * flows * (pipe + k)) / 2
    queue = found.queue_bytes / FRAME
    assert queue.max() == pytest.approx(k + flows, abs=2.5)
    assert 0.6 * amplitude < queue.max() - queue.min() < 1.1 * amplitude
    assert found.rates_bps.sum() > 0.995 * 100e9 * 1000 / WIRE
    assert found.jain > 0.95
    assert found.is_lossless()


@pytest.mark.parametrize(("k_packets", "runs_empty"), [(5, True), (40, False)])
def test_the_threshold_that_keeps_the_link_busy(k_packets: int, runs_empty: bool) -> None:
    """Q_min = K + N - A: -8 packets at K = 5, 25 at K = 40 (section 3.3, N = 2, pipe 233)."""
    ecn = step(f"{k_packets * FRAME}B")
    found = steady(incast(2, pf.DCTCP(), delay="5us", ecn=ecn, mtu="1000B"), "10ms", "16ms")
    assert (found.queue_bytes.min() == 0) == runs_empty


def test_the_rate_based_variant_shares_a_link() -> None:
    control = pf.DCTCP.preset("hpcc")
    found = steady(incast(4, control, ecn=step("300kB"), mtu="1000B"), "5ms", "10ms")
    assert found.rates_bps.sum() > 0.95 * 100e9 * 1000 / WIRE
    assert found.jain > 0.95
    assert found.is_lossless()
    assert found.queue_bytes.max() < 600_000
