"""Pauses hold whatever the timing: refresh, mixed modes, slow links; acknowledgement on demand."""

from __future__ import annotations

import itertools

import pytest

import pyfabric as pf


def reverse_traffic(quanta: int, delay: str, senders: int, offset: int) -> pf.Scenario:
    """An incast whose switch has its ports towards the senders busy with a lossy class.

    PFC frames wait behind that traffic, so XON may be decided, and overtaken by the next XOFF,
    before it was sent.
    """
    hosts = [f"h{i}" for i in range(senders + 1)]
    edges = [(host, "s", "10Gbps", delay) for host in hosts]
    flows = [pf.Flow(i, senders, "3MB", start=i * 777_777) for i in range(senders)]
    flows += [
        pf.Flow((i + 1) % senders, i, "3MB", priority=1, start=123_457 * i) for i in range(senders)
    ]
    flows += [pf.Flow(senders, i, "1MB", priority=1) for i in range(senders)]
    return pf.Scenario(
        topology=pf.Topology.from_edges(hosts, ["s"], edges),
        workload=pf.flows(flows),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(
            buffer="4MB", pfc=pf.PFC(quanta=quanta, xon_offset=offset, xoff="20kB"), ecn=None
        ),
        until="15ms",
    )


@pytest.mark.parametrize("quanta", [140, 200, 400])
def test_refresh_survives_an_xon_that_was_never_sent(quanta: int) -> None:
    pauses = 0
    for delay, senders, offset in itertools.product(("1us", "5us", "50us"), (2, 3), (0, 2000)):
        result = pf.simulate(reverse_traffic(quanta, delay, senders, offset))
        pauses += len(result.pauses)
        assert result.lossless(), f"{delay}, {senders} senders, offset {offset}"
    assert pauses > 1000


def test_a_switch_in_on_off_mode_holds_nics_that_count_quanta() -> None:
    """The mode is the sender's: an XOFF without a time lasts until XON."""
    scenario = pf.Scenario(
        topology=pf.star(hosts=9, rate="10Gbps", link_delay="1us"),
        workload=pf.incast(receiver=8, size="3MB"),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(buffer="500kB", pfc=pf.PFC(quanta=400)),
        overrides={"switch0": pf.Switch(buffer="500kB", pfc=pf.PFC(mode="on_off"))},
    )
    result = pf.simulate(scenario)
    assert len(result.pauses) > 0
    assert result.lossless()


@pytest.mark.parametrize("rate", ["1Mbps", "3Mbps"])
def test_a_slow_link_is_no_deadlock(rate: str) -> None:
    scenario = pf.Scenario(
        topology=pf.star(hosts=3, rate=rate, link_delay="1us"),
        workload=pf.incast(receiver=0, size="20kB"),
        congestion_control=pf.NoCongestionControl(),
        nic=pf.Nic(rto="10s"),
    )
    assert pf.simulate(scenario).stop_reason == "all_done"


@pytest.mark.parametrize("ack_every", [1, 8, 64])
@pytest.mark.parametrize("window", ["16kB", "bdp"])
def test_a_full_window_asks_for_its_acknowledgement(ack_every: int, window: str) -> None:
    """Without AckReq on the packet that fills it, each window would cost a timeout of 1 ms."""
    scenario = pf.Scenario(
        topology=pf.star(hosts=2, rate="100Gbps", link_delay="1us"),
        workload=pf.flows([pf.Flow(0, 1, "400kB")]),
        congestion_control=pf.StaticWindow(window),
        nic=pf.Nic(ack_every=ack_every, start_jitter=0),
    )
    result = pf.simulate(scenario)
    assert result.queue_pairs["timeouts"].sum() == 0
    round_trips = -(-400_000 // 16_384) if window == "16kB" else 8
    assert result.flows["fct_ps"][0] < result.flows["ideal_fct_ps"][0] + round_trips * 5_000_000
