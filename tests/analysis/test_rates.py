"""Sending rates against conservation of bytes and a rate that is known."""

import numpy as np
import pytest

import pyfabric as pf


@pytest.fixture(scope="module")
def result() -> pf.Result:
    flows = pf.incast(0, [1, 2, 3], size="300kB") + pf.flows([pf.Flow(0, 1, "200kB", op="read")])
    return pf.simulate(pf.Scenario(pf.star(4), flows), record="trace")


@pytest.mark.parametrize("interval", ["1us", "7us", "1ms"])
def test_bytes_are_those_of_the_trace(result: pf.Result, interval: str) -> None:
    table, trace, pairs = result.rates(interval), result.trace, result.queue_pairs
    for qp in range(len(pairs)):
        mine = (trace["qp"] == qp) & (trace["node"] == pairs["tx_node"][qp])
        mine &= (trace["event"] == "transmit") & (trace["kind"] == "data")
        rows = table["qp"] == qp
        assert table["sent_bytes"][rows].sum() == trace["size_bytes"][mine].sum() > 0
    keys = list(zip(table["time_ps"].tolist(), table["qp"].tolist(), strict=True))
    assert keys == sorted(set(keys))


def test_a_paced_sender_sends_at_its_rate() -> None:
    # One frame of s bytes per s * 8 / rate: full intervals hold the pacing rate of L2 bytes within
    # one frame.
    flows = pf.flows([pf.Flow(0, 1, "2MB")])
    result = pf.simulate(
        pf.Scenario(pf.star(2, rate="100Gbps"), flows, congestion_control=pf.NoCongestionControl()),
        record="trace",
    )
    rates = result.rates("10us")["rate_bps"][1:-1]
    frame = result.trace["size_bytes"].max()
    wire = 20  # preamble and gap stand beside L2 bytes
    line = 100e9 * frame / (frame + wire)
    assert len(rates) > 10
    assert np.abs(rates - line).max() <= frame * 8e12 / 10e6 * 1.01


def test_bad_input(result: pf.Result) -> None:
    with pytest.raises(pf.ScenarioError, match="needs a trace"):
        pf.simulate(pf.Scenario(pf.star(2), pf.flows([pf.Flow(0, 1, "1kB")]))).rates()
    with pytest.raises(pf.ScenarioError, match="interval"):
        result.rates("0ps")
    with pytest.raises(pf.ScenarioError, match="interval"):
        result.rates("10 parsec")
