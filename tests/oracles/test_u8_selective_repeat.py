"""U8 and P25: selective repeat sends again what was lost and nothing else.

Goodput under independent loss p is 1 - p of the loss-free rate (Mittal et al., "Revisiting network
support for RDMA", SIGCOMM'18, section 2.1, against go-back-N's (1 - p) / (1 - p + p W)).
"""

from __future__ import annotations

import numpy as np
import pytest
from oracle_tools import STILL, rates_bps

import pyfabric as pf

PAYLOAD, WIRE = 1024, 1024 + 82
S_PS = WIRE * 80  # 100 Gb/s
IRN = STILL.replace(mtu=PAYLOAD, rto="320us", recovery="selective_repeat", bdp_flow_control=None)


def lossy_link(loss: float, back: float, delay: object = "1us") -> pf.Topology:
    edges = [
        ("host0", "switch0", "100Gbps", delay),
        ("switch0", "host1", "100Gbps", delay, (loss, back)),
    ]
    return pf.Topology.from_edges(2, 1, edges)


@pytest.mark.parametrize(("loss", "window"), [(1 / 256, 64), (1 / 256, 256), (1 / 32, 64)])
def test_goodput_is_one_minus_the_loss(loss: float, window: int) -> None:
    delay = (window * S_PS - 2 * S_PS - 2 * 86 * 80) // 4
    scenario = pf.Scenario(
        topology=lossy_link(loss, 0.0, delay),
        workload=pf.flows([pf.Flow(0, 1, None, op="send")]),
        congestion_control=pf.NoCongestionControl(),
        nic=IRN,
        until="1ms",
    )
    (rate,) = rates_bps(scenario, "1ms", "20ms")
    share = rate / (100e9 * PAYLOAD / WIRE)
    # Some 200,000 packets: a standard deviation of the loss is 0.014 % at 1/256, 0.04 % at 1/32.
    assert share == pytest.approx(1 - loss, abs=0.003)
    assert share > (1 - loss) / (1 - loss + loss * window) + 0.15  # go-back-N


@pytest.mark.parametrize("op", ["write", "send", "read"])
@pytest.mark.parametrize("back", [0.0, 0.05])
def test_each_lost_packet_is_sent_again_once(op: str, back: float) -> None:
    """Every transmission but the first was caused by a loss, or by a timer."""
    loss = 1 / 64
    there, here = (back, loss) if op == "read" else (loss, back)
    scenario = pf.Scenario(
        topology=lossy_link(there, here),
        workload=pf.Workload([pf.Flow(0, 1, "8MB", op=op), pf.Flow(0, 1, "1MB", op=op)]),
        congestion_control=pf.NoCongestionControl(),
        nic=IRN,
        seed=7,
    )
    result = pf.simulate(scenario)
    drops, pairs = result.drops, result.queue_pairs
    kinds = drops["kind"].tolist()
    lost = kinds.count("data")
    again = int(pairs["retransmitted_packets"].sum())
    assert result.stop_reason == "all_done"
    assert result.flows["finished"].all()
    assert lost > 50
    assert again - lost == int(pairs["duplicates"].sum())
    # Only what a lost NAK had told of, or an early timer, is sent in vain.
    assert 0 <= again - lost <= kinds.count("nak") + int(pairs["timeouts"].sum())
    assert back > 0 or again == lost


def test_a_packet_lost_twice_costs_a_round_trip_and_no_timeout() -> None:
    """1 % of lost packets are lost again at p = 1 %: with a timer for each (RTO 5 ms, 20,000
    packets) the flow would take twice as long."""
    scenario = pf.Scenario(
        topology=lossy_link(0.01, 0.0),
        workload=pf.Workload([pf.Flow(0, 1, "40MB", op="send")]),
        congestion_control=pf.NoCongestionControl(),
        nic=IRN.replace(rto="5ms"),
    )
    result = pf.simulate(scenario)
    slowdown = result.flows["fct_ps"][0] / result.flows["ideal_fct_ps"][0]
    assert len(result.drops) > 300
    assert slowdown == pytest.approx(1 / 0.99, abs=0.01)


def test_bdp_flow_control_keeps_to_its_cap() -> None:
    """Five senders into one port that drains at a fifth: the queue holds at most their caps."""
    cap = 20_000
    scenario = pf.Scenario(
        topology=pf.star(hosts=6, rate="100Gbps", link_delay="1us"),
        workload=pf.incast(receiver=0, senders=range(1, 6), size="1MB"),
        congestion_control=pf.NoCongestionControl(),
        nic=IRN.replace(bdp_flow_control=cap),
    )
    result = pf.simulate(scenario)
    packets = 5 * -(-cap // PAYLOAD)
    assert result.lossless()
    assert 0.5 * 5 * cap < int(result.classes["peak_queue_bytes"].max()) <= packets * (PAYLOAD + 62)


def test_the_same_on_any_number_of_threads() -> None:
    scenario = pf.Scenario(
        topology=pf.fat_tree(k=4, rate="100Gbps", link_delay="1us"),
        workload=pf.all_to_all(size="40kB"),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(buffer="500kB", lossless_priorities=(), ecn=None),
        nic=pf.Nic.irn(mtu=1024, pfc=False),
    )
    one, two, three = (pf.simulate(scenario, threads=threads) for threads in (1, 2, 3))
    assert len(one.drops) > 100
    assert one.flows["finished"].all()
    assert one.fingerprint == two.fingerprint == three.fingerprint


@pytest.mark.parametrize("loss", [1e-6, 1e-5, 1e-4])
def test_p25_long_distance(loss: float) -> None:
    """128 MiB over a round trip of 2 ms: (1 - P) round trips more than without loss, with P the
    probability that nothing is lost. A loss near the end costs its whole trip, one near the
    beginning is made good while the rest is sent: the mean lies below."""
    messages, packets = 40, 32768
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(
            2,
            1,
            [
                ("host0", "switch0", "400Gbps", "1us"),
                ("switch0", "host1", "400Gbps", "1ms", (loss, 0.0)),
            ],
        ),
        workload=pf.Workload(
            [pf.Flow(0, 1, "128MiB", start=f"{10 * i}ms", op="send") for i in range(messages)]
        ),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(lossless_priorities=(), ecn=None),
        nic=STILL.replace(
            recovery="selective_repeat",
            bdp_flow_control=None,
            reorder=1 << 17,
            rto="50ms",
            pfc=False,
        ),
    )
    flows = pf.simulate(scenario).flows
    excess = (flows["fct_ps"] - flows["ideal_fct_ps"]) / 2.002e9
    none_lost = (1 - loss) ** packets
    assert float(np.mean(excess)) <= (1 - none_lost) + 2 * np.sqrt(none_lost / messages) + 0.05
    assert float(np.mean(excess < 0.01)) >= none_lost - 3 * np.sqrt(0.25 / messages)
