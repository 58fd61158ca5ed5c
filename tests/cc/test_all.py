"""What holds for every congestion control."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from cc_tools import incast, steady, step

import pyfabric as pf
from pyfabric.cc import ALGORITHMS
from pyfabric.compile import compile_scenario
from pyfabric.engine import run
from pyfabric.units import parse_rate

PAYLOAD = 4096 / (4096 + 82)
#: Switches mark as each algorithm's page advises; 100 Gb/s, base round trip 4.7 us.
MARKS = pf.ECN(kmin="40kB", kmax="160kB", pmax=0.5)
EARLY = pf.ECN(kmin="12kB", kmax="48kB", pmax=1)


@dataclass(frozen=True)
class Promise:
    """What a congestion control is held to, with 2 to 8 flows after ``since``."""

    control: pf.CongestionControl
    utilisation: float
    jain: float
    ecn: pf.ECN | None = None
    since: str = "3ms"
    rate: str = "100Gbps"


PROMISES = {
    # Nothing but PFC: shares of ports, which are equal here.
    "none": Promise(pf.NoCongestionControl(), 0.999, 0.999),
    "window": Promise(pf.StaticWindow(), 0.999, 0.999),
    "dcqcn": Promise(pf.DCQCN.preset("hpcc"), 0.9, 0.9, MARKS),
    "hpcc": Promise(pf.HPCC(), 0.9, 0.8),
    # No unique fixed point, so no fairness is promised. The papers' constants are for 10 Gb/s, and
    # flows that begin at line rate take long to recover from it.
    "timely": Promise(pf.TIMELY(initial_rate="1Gbps"), 0.85, 0, since="18ms", rate="10Gbps"),
    "patched_timely": Promise(
        pf.PatchedTimely(initial_rate="1Gbps"), 0.99, 0.95, since="60ms", rate="10Gbps"
    ),
    "swift": Promise(pf.Swift(), 0.999, 0.98),
    "dctcp": Promise(pf.DCTCP(), 0.995, 0.95, step("100kB")),
    "receiver_credits": Promise(pf.ReceiverCredits(), 0.999, 0.99),
    "nscc": Promise(pf.NSCC(), 0.995, 0.9, EARLY, "6ms"),
}


def test_every_algorithm_has_a_row() -> None:
    assert set(PROMISES) == {cls.name for cls in ALGORITHMS.values()}


@pytest.mark.parametrize("flows", [2, 5, 8])
@pytest.mark.parametrize("name", PROMISES)
def test_an_incast_is_lossless_full_and_fair(name: str, flows: int) -> None:
    promise = PROMISES[name]
    scenario = incast(
        flows, promise.control, rate=promise.rate, ecn=promise.ecn, start_jitter="20us"
    )
    until = f"{int(promise.since[:-2]) * 5 // 3}ms"
    found = steady(scenario, promise.since, until, sample="50us")
    assert found.run.column("drops", "time_ps") == []
    assert found.rates_bps.sum() >= promise.utilisation * PAYLOAD * parse_rate(promise.rate)
    assert found.jain >= promise.jain


@pytest.mark.parametrize("name", PROMISES)
def test_every_byte_arrives_once_on_any_number_of_threads(name: str) -> None:
    """Messages over links that lose frames; conservation is checked inside the engine, too."""
    promise = PROMISES[name]
    errors = {f"host{i}": 0.002 for i in (1, 2)}
    edges = [(f"host{i}", "s0", "100Gbps", "1us", errors.get(f"host{i}", 0)) for i in range(6)]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges([f"host{i}" for i in range(6)], ["s0"], edges),
        workload=pf.incast(0, size="300kB") + pf.permutation("100kB", start="10us"),
        congestion_control=promise.control,
        switch=pf.Switch(ecn=promise.ecn),
        nic=pf.Nic(rto="200us"),
    )
    plan = compile_scenario(scenario)
    runs = [run(plan, threads=threads) for threads in (1, 2, 3)]
    delivered = runs[0].tables["flows"]["delivered_bytes"]
    assert delivered.tolist() == plan.columns["flow_size_bytes"].tolist()
    assert len({r.fingerprint for r in runs}) == 1


def test_jain_of_equal_rates_is_one() -> None:
    """The yardstick itself."""
    found = steady(incast(3, pf.NoCongestionControl()), "50us", "100us")
    assert found.jain == pytest.approx(1, abs=1e-3)
    lone = dataclasses.replace(found, rates_bps=np.array([1.0, 0.0, 0.0]))
    assert lone.jain == pytest.approx(1 / 3)
