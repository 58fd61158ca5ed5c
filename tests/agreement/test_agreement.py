"""The engine and the reference model agree on every observable record of every node.

``PYFABRIC_REFERENCE_SCENARIOS`` sets the number of random scenarios (1000).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from reference.scenarios import DEFAULT_SCENARIOS, random_scenario

import pyfabric as pf
from agreement.compare import compare, report
from agreement.compiled import compiled_plan
from pyfabric.compile import compile_scenario

LONG_RUN = 50_000
COMPILED_SCENARIOS = 200

#: How often the default scenarios make each thing happen, at least.
COVERAGE = {
    "XOFF": 1000,
    "XON": 1000,
    "refresh": 1000,
    "pause expiry": 20,
    "headroom drop": 1000,
    "ingress drop": 1000,
    "egress drop": 1000,
    "shared headroom drop": 300,
    "WRED drop": 200,
    "bounce": 1000,
    "watchdog drop": 300,
    "storm begins, action 1": 30,
    "storm ends, action 1": 30,
    "storm begins, action 2": 5,
    "storm ends, action 2": 5,
    "storm begins, action 3": 5,
    "NIC storm": 100,
    "muted": 20,
    "unmuted": 20,
    "receive service": 1000,
    "drop by a slow receiver": 300,
    "circular wait": 2,
    "deadlock": 3,
    "link error": 300,
    "link error of a PFC frame": 10,
    "TTL drop": 20,
    "no route": 20,
    "mark": 3000,
    "CNP": 1000,
    "HPCC": 3000,
    "TIMELY": 500,
    "TIMELY hyper increase": 100,
    "patched TIMELY between the thresholds": 20,
    "patched TIMELY by weight": 10,
    "Swift cut": 300,
    "Swift gap": 500,
    "Swift reset": 20,
    "DCTCP alpha": 1000,
    "DCTCP cut": 50,
    "NSCC cut": 10,
    "NSCC fast increase": 100,
    "NSCC loss": 100,
    "NSCC quick adapt": 100,
    "NAK": 500,
    "timeout": 500,
    "fail": 200,
    "READ retry": 200,
    "READ timeout": 50,
    "selective repeat": 1000,
    "kept": 1000,
    "credit": 3000,
    "credit request": 300,
    "silent sender": 300,
    "DWRR with two backlogged classes": 3000,
}


@dataclass
class Summary:
    """What a set of seeds came to; ``failures`` are the first reports."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    differing: list[int] = field(default_factory=list)


def examine(seeds: Iterable[int]) -> Summary:
    summary = Summary()
    for seed in seeds:
        scenario = random_scenario(seed)
        outcome = compare(scenario.plan())
        summary.counts += outcome.counts
        if outcome.difference is not None:
            summary.differing.append(seed)
            if len(summary.failures) < 3:
                summary.failures.append(report(scenario))
    return summary


def text(summary: Summary) -> str:
    seeds = " ".join(map(str, summary.differing))
    return "\n\n".join([f"{len(summary.differing)} scenarios differ: {seeds}", *summary.failures])


@pytest.fixture(scope="module")
def scenarios() -> int:
    return int(os.environ.get("PYFABRIC_REFERENCE_SCENARIOS", DEFAULT_SCENARIOS))


@pytest.fixture(scope="module")
def default_run(scenarios: int) -> Summary:
    return examine(range(scenarios))


def test_random_scenarios_agree(default_run: Summary) -> None:
    assert not default_run.failures, text(default_run)


def test_random_scenarios_make_everything_happen(default_run: Summary, scenarios: int) -> None:
    if scenarios < DEFAULT_SCENARIOS:
        pytest.skip(f"needs {DEFAULT_SCENARIOS} scenarios")
    rare = {
        name: (default_run.counts[name], least)
        for name, least in COVERAGE.items()
        if default_run.counts[name] < least
    }
    assert not rare, f"happened too rarely (times, at least): {rare}"


@pytest.mark.parametrize("seed", [2738, 24996, 50173])
def test_a_resume_under_way_at_a_look_for_stalls_agrees(seed: int) -> None:
    """Seeds of the long run in which a storm ends just before a multiple of the stall grid."""
    outcome = compare(random_scenario(seed).plan())
    assert outcome.difference is None, str(outcome.difference)


@pytest.mark.parametrize("seed", range(COMPILED_SCENARIOS))
def test_compiled_scenarios_agree(seed: int) -> None:
    difference = compare(compiled_plan(seed)).difference
    assert difference is None, str(difference)


def test_patched_timely_agrees_near_its_fixed_point() -> None:
    """Where gradients are small, which random scenarios seldom reach."""
    control = pf.PatchedTimely(
        t_low="15us", t_high="300us", initial_rate="5Gbps", segment="4KB", beta=0.1
    )
    scenario = pf.Scenario(
        pf.star(hosts=3, rate="10Gbps", link_delay="1us"),
        pf.incast(receiver=0, size="1MB"),
        congestion_control=control,
        nic=pf.Nic(mtu=1024),
    )
    outcome = compare(compile_scenario(scenario))
    assert outcome.difference is None, str(outcome.difference)
    assert outcome.counts["patched TIMELY by weight"] > 10


def test_a_deadlock_agrees() -> None:
    ring = Path(__file__).parents[2] / "examples" / "verify" / "ring.yaml"
    outcome = compare(compile_scenario(pf.Scenario.load(ring)))
    assert outcome.difference is None, str(outcome.difference)
    assert outcome.counts["deadlock"] == 1


@pytest.mark.slow
def test_many_random_scenarios_agree() -> None:
    summary = examine(range(DEFAULT_SCENARIOS, DEFAULT_SCENARIOS + LONG_RUN))
    assert not summary.failures, text(summary)
