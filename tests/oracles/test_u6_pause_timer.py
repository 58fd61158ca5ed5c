"""U6: a pause of n quanta lasts n * 512 bit times (IEEE 802.3 annex 31B.2)."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from oracle_tools import STILL

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.engine import run

RATES = [10, 25, 40, 100, 200, 400, 800]


def congested(rate: str, pfc: pf.PFC, until: str) -> pf.Scenario:
    return pf.Scenario(
        topology=pf.star(hosts=3, rate=rate, link_delay="100ns"),
        workload=pf.incast(receiver=0, senders=[1, 2], size=None),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pfc, ecn=None),
        nic=STILL,
        until=until,
    )


@pytest.mark.parametrize("gbps", RATES)
def test_pause_ends_after_its_quanta(gbps: int) -> None:
    """One quantum runs out before the next PFC frame (84 B on the wire) can come.

    A scenario refuses so short a pause, because it cannot hold; a plan may have it.
    """
    plan = compile_scenario(congested(f"{gbps}Gbps", pf.PFC(xoff="20kB", reaction=0), "300us"))
    columns = dict(plan.columns)
    columns["node_pfc_quanta"] = np.ones_like(columns["node_pfc_quanta"])
    pauses = run(dataclasses.replace(plan, columns=columns)).tables["pauses"]
    ended = pauses["end_ps"] >= 0
    spans = (pauses["end_ps"] - pauses["start_ps"])[ended].tolist()
    assert len(spans) >= 10
    assert set(spans) == {512 * 1000 // gbps}


@pytest.mark.parametrize(
    ("gbps", "microseconds"),
    [(10, 3355), (25, 1342), (40, 838.8), (100, 335.5), (200, 167.8), (400, 83.9), (800, 41.9)],
)
def test_full_quanta_match_the_standard(gbps: int, microseconds: float) -> None:
    # XOFF is repeated after half of 65,535 quanta while the buffer stays above XON: read it off
    # the spacing of PFC frames of a port whose queue never drains (its receiver is paused, too).
    topology = pf.Topology.from_edges(
        2, 1, [("host0", "switch0", f"{gbps}Gbps", "1us"), ("switch0", "host1", "1Mbps", "1us")]
    )
    scenario = pf.Scenario(
        topology=topology,
        workload=pf.flows([pf.Flow(0, 1, None)]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="60kB"), ecn=None),
        nic=pf.Nic(start_jitter=0, rto=None),
        until="5ms",
    )
    trace = run(compile_scenario(scenario), trace=True).tables["trace"]
    is_pfc = (trace["event"] == 1) & (trace["kind"] == 5)
    times = trace["time_ps"][is_pfc].tolist()
    half_ps = 65535 * 512 * 1000 // gbps // 2
    assert len(times) >= 3
    assert {b - a for a, b in itertools.pairwise(times)} == {half_ps}
    assert 2 * half_ps / 1e6 == pytest.approx(microseconds, rel=0.002)
