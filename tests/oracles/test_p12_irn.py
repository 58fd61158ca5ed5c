"""P12: the order of loss recoveries, as published with IRN (Mittal et al., "Revisiting network
support for RDMA", SIGCOMM'18, section 4).

54 hosts on a fat tree of 40 Gb/s and 2 us links, packets of 1,000 B, 240 kB of buffer a port,
Poisson arrivals of heavy-tailed sizes (32 B to 3 MB) at 70 % load, no congestion control beside
BDP flow control. Only the order is asserted, and where this fabric disagrees it is said: the paper
has 6 to 83 % in favour of IRN without PFC, and finds that PFC does not help IRN; with a shared
buffer and headroom per port it helps here, by 4 to 29 % of the mean slowdown, and go-back-N hurts
more than no cap in the tail, not always in the mean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import pyfabric as pf

SIZES = pf.FlowSizes(
    (
        (32, 0),
        (100, 10),
        (500, 30),
        (1_000, 50),
        (10_000, 70),
        (50_000, 85),
        (200_000, 93),
        (1_000_000, 98),
        (3_000_000, 100),
    )
)
PFC = pf.Switch(buffer="1440kB", alpha="1", ecn=None)
LOSSY = pf.Switch(buffer="1440kB", lossless_priorities=(), ecn=None)
IRN = pf.Nic.irn(mtu=1000, retries=255)
GO_BACK_N = pf.Nic(mtu=1000, rto="320us", retries=255)
CASES = {
    "IRN": (LOSSY, IRN.replace(pfc=False), pf.NoCongestionControl()),
    "IRN + PFC": (PFC, IRN, pf.NoCongestionControl()),
    "RoCE + PFC": (PFC, GO_BACK_N, pf.NoCongestionControl()),
    "RoCE": (LOSSY, GO_BACK_N.replace(pfc=False), pf.NoCongestionControl()),
    "IRN, go-back-N": (LOSSY, GO_BACK_N.replace(pfc=False), pf.StaticWindow(window="max_bdp")),
    "IRN, no cap": (LOSSY, IRN.replace(pfc=False, bdp_flow_control=None), pf.NoCongestionControl()),
}


class Metrics(NamedTuple):
    slowdown: float
    fct_us: float
    p99_us: float


def measure(case: str, seed: int, duration: str) -> Metrics:
    switch, nic, control = CASES[case]
    result = pf.simulate(
        pf.Scenario(
            topology=pf.fat_tree(k=6, rate="40Gbps", link_delay="2us"),
            workload=pf.poisson(load=0.7, sizes=SIZES, duration=duration),
            congestion_control=control,
            switch=switch,
            nic=nic,
            seed=seed,
        )
    )
    assert result.stop_reason == "all_done"
    assert result.flows["finished"].all()
    fct = result.flows["fct_ps"] / 1e6
    slowdown = float(np.mean(result.flows["fct_ps"] / result.flows["ideal_fct_ps"]))
    return Metrics(slowdown, float(np.mean(fct)), float(np.percentile(fct, 99)))


def check(seed: int, duration: str) -> None:
    of = {case: measure(case, seed, duration) for case in CASES}
    irn, pfc, told = of["IRN"], of["IRN + PFC"], str(of)
    for mine, roce in zip(irn, of["RoCE + PFC"], strict=True):  # (a)
        assert mine <= 1.06 * roce, told
    assert irn.slowdown < 0.6 * of["RoCE + PFC"].slowdown, told
    for case, metrics in of.items():  # (b)
        assert case == "RoCE" or metrics.slowdown < of["RoCE"].slowdown / 1.5, told
    for with_pfc, without in zip(pfc, irn, strict=True):  # (c)
        assert with_pfc > 0.65 * without, told
    for worse in ("IRN, go-back-N", "IRN, no cap"):
        assert of[worse].fct_us > 1.2 * irn.fct_us, told
    assert of["IRN, go-back-N"].p99_us > of["IRN, no cap"].p99_us > irn.p99_us, told  # (d)


def test_order_of_recoveries() -> None:
    check(seed=1, duration="1ms")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_order_of_recoveries_over_longer_traffic(seed: int) -> None:
    check(seed, duration="3ms")
