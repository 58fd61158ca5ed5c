"""NSCC converges to its target delay, shares fairly, and adapts to a large incast at once."""

from __future__ import annotations

import numpy as np
import pytest
from cc_tools import incast, steady
from numpy.typing import NDArray
from oracle_tools import run_scenario

import pyfabric as pf

RATE = 100e9
FRAME = 4096 + 62
#: Marks from a fifth of the bandwidth-delay product (59 kB) on, all at four fifths.
ECN = pf.ECN(kmin="12kB", kmax="48kB", pmax=1)


@pytest.mark.parametrize("flows", [2, 8])
def test_the_delay_converges_to_the_target(flows: int) -> None:
    """The target is the base round trip; windows are whole packets, so a packet each is allowed."""
    scenario = incast(flows, pf.NSCC(), ecn=ECN, start_jitter="20us")
    found = steady(scenario, "10ms", "16ms")
    packets = flows * FRAME * 8e12 / RATE
    assert abs(found.delay_ps(RATE, FRAME) - found.base_rtt_ps) < max(
        0.1 * found.base_rtt_ps, packets / 4
    )
    assert found.rates_bps.sum() > 0.99 * RATE * 4096 / (FRAME + 20)
    assert found.jain > 0.95
    assert found.is_lossless()


def test_a_set_target_is_held_by_many_flows() -> None:
    """To a packet of each of 32 flows, which is 10.7 us: windows are whole packets."""
    ecn = pf.ECN(kmin="60kB", kmax="200kB", pmax=1)
    scenario = incast(32, pf.NSCC(target="20us"), delay="5us", ecn=ecn, start_jitter="20us")
    found = steady(scenario, "4ms", "7ms", sample="5us")
    assert found.delay_ps(RATE, FRAME) == pytest.approx(20e6, abs=32 * FRAME * 8e12 / RATE)
    assert found.jain > 0.95
    assert found.is_lossless()


def sent_by_round_trip(control: pf.NSCC) -> NDArray[np.int64]:
    """Packets that 64 senders together start in each base round trip of an incast."""
    scenario = incast(64, control, delay="5us", ecn=ECN, buffer="256MB", rto="50ms")
    done = run_scenario(scenario.replace(until="320us"), trace=True)
    rows = done.raw.tables["trace"]
    data = (rows["node"] <= 64) & (rows["event"] == 1) & (rows["kind"] == 0)
    base = int(done.plan.columns["qp_base_rtt_ps"][0])
    counts: NDArray[np.int64] = np.bincount(rows["time_ps"][data] // base, minlength=16)
    return counts


def test_quick_adapt_cuts_a_large_incast_within_two_round_trips_of_the_alarm() -> None:
    """64 senders put 1.5 pipes each into the network. The delay passes four targets after five
    round trips; a period (two) has then brought each of them 1/32 of a pipe, which becomes the
    window: from then on they wait for the queue."""
    quick, slow = (sent_by_round_trip(pf.NSCC(quick_adapt_share=s)) for s in ("1/8", 0))
    assert (quick[:4] == slow[:4]).all()
    link = int(slow[3])  # a packet per acknowledgement: the link's packets per round trip
    assert quick[0] > 50 * link > 64 * 40
    assert quick[7:13].sum() == 0
    assert slow[7:13].sum() > 5 * link
