"""HPCC against its steady state (SIGCOMM'19, sections 3.2 and 4.1).

With N senders the committed windows obey W = W eta / U + W_AI, so U* = eta + N W_AI / (B T): the
busiest link is used to that share, no queue stands, and differences between senders shrink by
eta / U* a round trip. The formulas are those of a fluid; packets of 256 B come near to it.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle_tools import Run, chain, rates_bps, run_scenario

import pyfabric as pf

RATE = 100e9
ETA = 0.95
SMALL = pf.Nic(mtu="256B")


def incast(senders: int, control: pf.CongestionControl, nic: pf.Nic = SMALL) -> pf.Scenario:
    """Endless flows of ``senders`` hosts over one switch, base round trip about 12 us."""
    return pf.Scenario(
        pf.star(hosts=senders + 1, rate="100Gbps", link_delay="3us"),
        pf.incast(receiver=0, size=None),
        congestion_control=control,
        nic=nic,
        until="4ms",
    )


def steady(senders: int, window_ai: float, run: Run) -> float:
    """U*."""
    trip_ps = int(run.plan.columns["qp_base_rtt_ps"][0])
    return ETA + senders * window_ai / (RATE * trip_ps / 8e12)


def shares(scenario: pf.Scenario, since: str) -> tuple[Run, float, NDArray[np.float64]]:
    """The run, the use of the link to host0 from ``since`` to the end, payload by flow."""
    late = run_scenario(scenario, queue_sample_ps=1_000_000)
    early = run_scenario(scenario.replace(until=since))
    port = next(
        number
        for number, name in enumerate(late.plan.labels["port_names"])
        if name.endswith("->host0")
    )
    frames, count = (
        late.column("ports", name)[port] - early.column("ports", name)[port]
        for name in ("tx_frames", "tx_bytes")
    )
    used = (count + 20 * frames) * 8e12 / (scenario.until_ps - pf.units.parse_time(since)) / RATE
    sent = np.array(late.column("flows", "delivered_bytes"), dtype=float)
    return late, used, sent - np.array(early.column("flows", "delivered_bytes"), dtype=float)


def jain(values: NDArray[np.float64]) -> float:
    return float(values.sum() ** 2 / (len(values) * (values**2).sum()))


@pytest.mark.parametrize("multi_rate", [False, True])
@pytest.mark.parametrize("senders", [1, 8, 64])
def test_steady_state(senders: int, multi_rate: bool) -> None:
    scenario = incast(senders, pf.HPCC(multi_rate=multi_rate))
    run, used, sent = shares(scenario, "3ms")
    assert used == pytest.approx(steady(senders, 80, run), rel=0.01)
    times, depths = (np.array(run.column("queues", name)) for name in ("time_ps", "size_bytes"))
    assert depths[times > 3_000_000_000].mean() < 2 * 1000
    assert jain(sent) > 0.98
    assert not run.column("drops", "time_ps")
    assert not run.column("pauses", "start_ps")


@pytest.mark.parametrize("m", [1, 4])
def test_steady_state_with_quantised_telemetry(m: int) -> None:
    run, used, _ = shares(incast(16, pf.HPCC(int_quantization=m)), "3ms")
    assert used == pytest.approx(steady(16, 80, run), rel=0.01)


def test_aim_is_eta() -> None:
    _, used, _ = shares(incast(1, pf.HPCC(eta=0.6)), "3ms")
    assert used == pytest.approx(0.6, rel=0.01)


@pytest.mark.parametrize("switches", [1, 3, 5, 8])
def test_a_flow_alone_on_a_long_path(switches: int) -> None:
    """Each hop more is one record more, and nothing else: the rate stays eta of the line."""
    scenario = pf.Scenario(
        chain(["100Gbps"] * (switches + 1)),
        pf.Flow(0, 1, None),
        congestion_control=pf.HPCC(),
        framing=pf.Framing(int_hops=8),
        until="3ms",
    )
    (rate,) = rates_bps(scenario, "1ms", "3ms")
    payload = 4096 / (4096 + 62 + 2 + 8 * 8 + 20)
    run = run_scenario(scenario.replace(until="10us"))
    assert rate == pytest.approx(steady(1, 80, run) * RATE * payload, rel=0.01)


def test_the_slowest_link_of_a_path_decides() -> None:
    scenario = pf.Scenario(
        chain(["100Gbps", "100Gbps", "25Gbps", "100Gbps"]),
        pf.Flow(0, 1, None),
        congestion_control=pf.HPCC(),
        until="3ms",
    )
    (rate,) = rates_bps(scenario, "1ms", "3ms")
    payload = 4096 / (4096 + 62 + 42 + 20)
    assert rate / payload == pytest.approx(ETA * 25e9, rel=0.02)


def test_differences_shrink_by_eta_over_u_each_round_trip() -> None:
    """Four senders that start 100 us apart, W_AI = 800 B: e-folding time T / ln(U* / eta)."""
    senders, window_ai = 4, 800
    starts = [pf.Flow(i + 1, 0, None, start=f"{100 * i}us") for i in range(senders)]
    scenario = incast(senders, pf.HPCC(window_ai=window_ai), pf.Nic(mtu="1024B")).replace(
        workload=pf.Workload(starts)
    )
    spread = [
        np.ptp(rates_bps(scenario, since, until))
        for since, until in (("0.6ms", "0.8ms"), ("1.6ms", "1.8ms"))
    ]
    run = run_scenario(scenario.replace(until="10us"))
    trip_ps = int(run.plan.columns["qp_base_rtt_ps"][0])
    fold_ps = trip_ps / math.log(steady(senders, window_ai, run) / ETA)
    assert math.log(spread[0] / spread[1]) == pytest.approx(1e9 / fold_ps, rel=0.25)
    assert jain(np.array(rates_bps(scenario, "3ms", "4ms"))) > 0.999


def test_incast_pauses_far_less_than_under_dcqcn() -> None:
    """63 senders at once: the first window cannot be helped, later ones hardly ever pause."""
    pauses = {}
    for control in (pf.HPCC(), pf.DCQCN()):
        scenario = pf.Scenario(
            pf.leaf_spine(
                leaves=4, spines=4, hosts_per_leaf=16, host_rate="100Gbps", uplink_rate="400Gbps"
            ),
            pf.incast(receiver=0, size="500kB"),
            congestion_control=control,
            switch=pf.Switch(buffer="12MB"),
        )
        run = run_scenario(scenario)
        assert not run.column("drops", "time_ps")
        pauses[control.name] = len(run.column("pauses", "start_ps"))
    assert pauses["hpcc"] * 5 < pauses["dcqcn"], pauses
