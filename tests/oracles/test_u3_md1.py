"""U3: mean wait of Poisson arrivals of fixed-size packets at one link (M/D/1).

Pollaczek-Khinchine with deterministic service S: Wq = rho S / (2 (1 - rho)). The sample mean of
10^6 packets has a standard deviation of about 1.5 % at rho 0.9.
"""

from __future__ import annotations

import numpy as np
import pytest
from oracle_tools import STILL, run_scenario

import pyfabric as pf

SOURCES = 8
SLOW_PS = 4178 * 800  # one packet at 10 Gb/s


def mean_wait(rho: float, packets: int, seed: int) -> float:
    """Mean wait in units of S: what a packet's completion time exceeds that of the idle path."""
    random = np.random.default_rng(seed)
    starts = np.cumsum(random.exponential(SLOW_PS / rho, packets)).astype(np.int64)
    edges = [(f"host{i + 1}", "switch0", "1600Gbps", "100ns") for i in range(SOURCES)]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(
            SOURCES + 1, 1, [("host0", "switch0", "10Gbps", "100ns"), *edges]
        ),
        workload=pf.flows(
            src=random.integers(1, SOURCES + 1, packets),
            dst=np.zeros(packets, dtype=np.int64),
            size=np.full(packets, 4096),
            start=starts,
            op="send",
        ),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(ecn=None),
        nic=STILL.replace(rto=None),
    )
    done = run_scenario(scenario)
    fct = done.raw.tables["flows"]["fct_ps"]
    return float((fct - done.plan.labels["ideal_fct_ps"]).mean()) / SLOW_PS


def expected(rho: float) -> float:
    return rho / (2 * (1 - rho))


@pytest.mark.parametrize(("rho", "tolerance"), [(0.3, 0.015), (0.7, 0.015), (0.9, 0.05)])
def test_mean_wait(rho: float, tolerance: float) -> None:
    # 10^6 packets at high load; fewer are enough where the wait varies less.
    packets = 1_000_000 if rho >= 0.7 else 300_000
    assert mean_wait(rho, packets, seed=1) == pytest.approx(expected(rho), rel=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.5, 0.7, 0.8, 0.9])
def test_mean_wait_of_ten_million_packets(rho: float) -> None:
    waits = [mean_wait(rho, 1_000_000, seed) for seed in range(10)]
    assert sum(waits) / len(waits) == pytest.approx(expected(rho), rel=0.01)
