"""Sending rates against conservation of bytes and a rate that is known."""

import dataclasses

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


@pytest.fixture(scope="module")
def recorded() -> pf.Result:
    flows = pf.incast(0, [1, 2, 3], size="2MB") + pf.flows([pf.Flow(0, 1, "200kB", op="read")])
    control = pf.DCQCN(alpha_timer="5us", increase_timer="9us")
    made = pf.Scenario(pf.star(4, rate="100Gbps"), flows, congestion_control=control)
    return pf.simulate(made, record=["cc", "trace"])


@pytest.mark.parametrize("interval", ["1us", "7us", "1ms"])
def test_allowed_rates_are_means_of_the_rows(recorded: pf.Result, interval: str) -> None:
    """Summed row by row, in place of the cumulated sums."""
    table, cc, flows = recorded.rates(interval, of="allowed"), recorded.cc, recorded.flows
    span = pf.units.parse_time(interval)
    for qp in range(len(recorded.queue_pairs)):
        rows = np.flatnonzero(cc["qp"] == qp)
        end = int((flows["start_ps"] + flows["sender_fct_ps"])[flows["qp"] == qp].max())
        starts = cc["time_ps"][rows].tolist()
        stops = [*starts[1:], max(end, starts[-1] + 1)]
        rates = cc["rate_bps"][rows].tolist()
        for time_ps, mean in zip(
            table["time_ps"][table["qp"] == qp].tolist(),
            table["rate_bps"][table["qp"] == qp].tolist(),
            strict=True,
        ):
            parts = [
                (max(0, min(stop, time_ps + span) - max(start, time_ps)), rate)
                for start, stop, rate in zip(starts, stops, rates, strict=True)
            ]
            held = sum(part for part, _ in parts)
            assert mean == pytest.approx(sum(p * r for p, r in parts) / held, rel=1e-9)


def test_what_was_sent_is_at_most_what_was_allowed(recorded: pf.Result) -> None:
    """Over 100 us, up to one frame."""
    sent, allowed = (recorded.rates("100us", of=of) for of in ("sent", "allowed"))
    most = {
        (t, qp): rate
        for t, qp, rate in zip(
            allowed["time_ps"].tolist(), allowed["qp"].tolist(), allowed["rate_bps"], strict=True
        )
    }
    for time_ps, qp, bps in zip(sent["time_ps"], sent["qp"], sent["rate_bps"], strict=True):
        assert bps <= most[time_ps, qp] + 4200 * 8 * 10**4


def test_which_rates_are_told(recorded: pf.Result) -> None:
    assert recorded.rates() == recorded.rates(of="sent")
    scenario = recorded.scenario
    traced = pf.simulate(scenario, record="cc")
    assert traced.rates() == recorded.rates(of="allowed")
    with pytest.raises(pf.ScenarioError, match="did you mean 'allowed'"):
        traced.rates(of="alowed")
    with pytest.raises(pf.ScenarioError, match="needs a trace"):
        traced.rates(of="sent")
    with pytest.raises(pf.ScenarioError, match="needs record='cc'"):
        pf.simulate(scenario).rates(of="allowed")
    with pytest.raises(pf.ScenarioError, match="is not whole"):
        dataclasses.replace(traced, rows_not_kept={"cc": 1}).rates()
