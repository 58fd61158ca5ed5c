"""Every parameter of every congestion control has an effect: changing it changes the run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from cc_tools import incast, step

import pyfabric as pf
from pyfabric.cc import ALGORITHMS
from pyfabric.compile import compile_scenario
from pyfabric.engine import run

MARKS = pf.ECN(kmin="40kB", kmax="160kB", pmax=0.5)
EARLY = pf.ECN(kmin="12kB", kmax="48kB", pmax=1)


def shared(control: pf.CongestionControl, ecn: pf.ECN | None) -> pf.Scenario:
    """Six flows of 100 Gb/s into one, one of them late; 1.5 ms."""
    late = pf.Flow("host6", "host0", None, "300us")
    scenario = incast(6, control, ecn=ecn)
    flows = pf.incast(0, senders=range(1, 6), size=None) + pf.flows([late])
    return scenario.replace(workload=flows, until="1500us")


def slow(control: pf.CongestionControl, ecn: pf.ECN | None) -> pf.Scenario:
    """Three flows of 10 Gb/s into one, 12 ms."""
    return incast(3, control, rate="10Gbps", ecn=ecn).replace(until="12ms")


def two_hops(control: pf.CongestionControl, ecn: pf.ECN | None) -> pf.Scenario:
    """Flows of which some meet at an uplink, and some of these at a host behind it."""
    return pf.Scenario(
        topology=pf.leaf_spine(2, 1, 4, host_rate="100Gbps", uplink_rate="150Gbps"),
        workload=pf.incast(0, senders=[2, 4, 5], size=None) + pf.flows(src=[6], dst=[1], size=None),
        congestion_control=control,
        switch=pf.Switch(ecn=ecn),
        until="1ms",
    )


def lossy(control: pf.CongestionControl, ecn: pf.ECN | None) -> pf.Scenario:
    """Links that lose one frame in 20, and lose all of one after a while."""
    edges = [(f"host{i}", "s0", "100Gbps", "1us", 0.05 if i else 0) for i in range(3)]
    return pf.Scenario(
        topology=pf.Topology.from_edges([f"host{i}" for i in range(3)], ["s0"], edges),
        workload=pf.incast(0, size=None),
        congestion_control=control,
        switch=pf.Switch(ecn=ecn),
        nic=pf.Nic(rto="20us", retries=255, start_jitter=0),
        until="2ms",
    )


@dataclass(frozen=True)
class Effect:
    """A parameter's other value, and what has to be so for it to matter."""

    value: Any
    given: dict[str, Any] = field(default_factory=dict)
    scenario: Callable[[pf.CongestionControl, pf.ECN | None], pf.Scenario] = shared


FIRMWARE = {"firmware": True, "byte_counter": None, "decrease_interval": "4us"}
RATE_BASED = {"rate_based": True, "window_ai": None, "rate_ai": "615Mbps", "min_rate": "1Gbps"}
QUICK = {"alpha_timer": "5us", "increase_timer": "7us", "byte_counter": "100kB"}
BELOW = {"initial_rate": "3Gbps"}
BAND = {"initial_rate": "1Gbps", "t_low": "1us"}
TIMELY_EFFECTS = {
    "t_low": Effect("20us", BELOW, slow),
    "t_high": Effect("60us", scenario=slow),
    "min_rtt": Effect("10us", BELOW, slow),
    "beta": Effect(0.5, BELOW, slow),
    "ewma": Effect(0.5, BELOW, slow),
    "rate_ai": Effect("60Mbps", BELOW, slow),
    "rates_at": Effect("1Gbps", BELOW, slow),
    "segment": Effect(None, BELOW, slow),
    "min_rate": Effect("3Gbps", scenario=slow),
    "initial_rate": Effect("2Gbps", scenario=slow),
}
EFFECTS: dict[str, dict[str, Effect]] = {
    "window": {"window": Effect("30kB")},
    "dcqcn": {
        "g": Effect("1/16", QUICK),
        "alpha_timer": Effect("9us", QUICK),
        "increase_timer": Effect("9us", QUICK),
        "byte_counter": Effect("50kB", QUICK),
        "fast_recovery": Effect(1, QUICK),
        "rate_ai": Effect("300Mbps", QUICK),
        "rate_hai": Effect("900Mbps", {**FIRMWARE, "fast_recovery": 1, "increase_timer": "7us"}),
        "rates_at": Effect("10Gbps", QUICK),
        "min_rate": Effect("60Gbps", QUICK),
        "decrease_interval": Effect("9us", FIRMWARE),
        "clamp_target": Effect(False, FIRMWARE),
        "initial_alpha": Effect(0.5, QUICK),
        "firmware": Effect(True, {"byte_counter": None}),
        "window": Effect("20kB", QUICK),
        "variable_window": Effect(True, {**QUICK, "window": "bdp"}),
    },
    "hpcc": {
        "eta": Effect(0.8),
        "max_stage": Effect(0),
        "window_ai": Effect("900B"),
        "rate_ai": Effect("900Mbps", {"window_ai": None, "rate_ai": "100Mbps"}),
        "rates_at": Effect("10Gbps", {"window_ai": None, "rate_ai": "100Mbps"}),
        "min_rate": Effect("18Gbps"),
        "base_rtt": Effect("9us"),
        "multi_rate": Effect(True, scenario=two_hops),
        "fast_react": Effect(False),
        "window": Effect("20kB"),
        "int_quantization": Effect(4),
    },
    "timely": {
        **TIMELY_EFFECTS,
        "rate_hai": Effect("2Gbps", BAND, slow),
        "hyper_after": Effect(1, BAND, slow),
        "hyper_below_t_low": Effect(True, BELOW, slow),
        "window": Effect("20kB", scenario=slow),
        "variable_window": Effect(True, {"window": "20kB"}, slow),
    },
    "patched_timely": TIMELY_EFFECTS,
    "swift": {
        "base_target": Effect("25us"),
        "hop_delay": Effect("5us"),
        "ai": Effect(0.3),
        "beta": Effect(0.4),
        "max_mdf": Effect(0.2, {"window": "1MB"}),
        "fs_range": Effect("50us"),
        "fs_min_cwnd": Effect(0.2),
        "fs_max_cwnd": Effect(50),
        "min_cwnd": Effect(20),
        "max_cwnd": Effect(5),
        "reset_after": Effect(1, scenario=lossy),
        "window": Effect("20kB"),
    },
    "dctcp": {
        "g": Effect("1/4"),
        "initial_alpha": Effect(0.1),
        "first_ack_updates": Effect(False),
        "window_ai": Effect(3),
        "rate_based": Effect(True, RATE_BASED),
        "rate_ai": Effect("2Gbps", RATE_BASED),
        "min_rate": Effect("18Gbps", RATE_BASED),
        "rates_at": Effect("10Gbps", RATE_BASED),
        "window": Effect("20kB"),
    },
    "receiver_credits": {
        "unsolicited": Effect(0),
        "per_sender": Effect("4096B"),
        "outstanding": Effect(3),
        "quantum": Effect(4),
        "rate_share": Effect("1/2"),
        "reclaim": Effect("5us", scenario=lossy),
    },
    "nscc": {
        "target": Effect("20us"),
        "target_factor": Effect(0.75),
        "reference_rate": Effect("200Gbps"),
        "reference_rtt": Effect("6us"),
        "proportional": Effect(8),
        "fair": Effect(20),
        "eta": Effect(0.5),
        "fast_increase": Effect(0, {"max_window": 4}, lossy),
        "fast_delay": Effect("9us", {"max_window": 4}, lossy),
        "gamma": Effect(0.4),
        "max_decrease": Effect(0.1),
        "delay_gain": Effect(0.1),
        "adjust_packets": Effect(1),
        "quick_adapt_share": Effect(0, {"max_window": 20}),
        "quick_adapt_threshold": Effect(1),
        "max_window": Effect(3),
    },
}
CASES = [(name, parameter) for name, effects in EFFECTS.items() for parameter in effects]


def fingerprint(cls: type[pf.CongestionControl], effect: Effect, **more: Any) -> str:
    ecn = {"dctcp": step("60kB"), "nscc": EARLY}.get(cls.name, MARKS)
    parameters = {**effect.given, **more}
    if parameters.get("rate_based") is False:
        parameters = {}
    if parameters.get("firmware") is True and parameters.get("decrease_interval") is None:
        parameters["decrease_interval"] = "4us"
    return run(compile_scenario(effect.scenario(cls(**parameters), ecn))).fingerprint


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_a_parameter_has_an_effect(name: str, parameter: str) -> None:
    cls = ALGORITHMS[name]
    effect = EFFECTS[name][parameter]
    before = {"rate_based": False} if parameter == "rate_based" else {}
    other = fingerprint(cls, effect, **{parameter: effect.value})
    assert fingerprint(cls, effect, **before) != other


@pytest.mark.parametrize("name", EFFECTS)
def test_no_parameter_is_forgotten(name: str) -> None:
    fields = {f.name for f in dataclasses.fields(ALGORITHMS[name])}
    assert fields == set(EFFECTS[name])


def test_no_algorithm_is_forgotten() -> None:
    assert {cls.name for cls in ALGORITHMS.values()} == set(EFFECTS) | {"none"}
