"""Headroom, pools, PFC at both ends, ECN before PFC: by hand, and against the engine."""

from __future__ import annotations

import dataclasses
import json
import random
from fractions import Fraction

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.verification.finding import Finding
from pyfabric.verification.marking import mark_bound, pause_bound
from pyfabric.verification.pools import Pool

FABRIC = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, host_rate="100Gbps")


def base(**changes: object) -> pf.Scenario:
    traffic = pf.incast(0, senders=range(1, 8), size="400kB")
    return pf.Scenario(FABRIC, traffic, pf.NoCongestionControl()).replace(changes)


def of(report: pf.Verification, check: str, *severities: str) -> list[Finding]:
    wanted = severities or ("error", "warning")
    assert json.loads(report.to_json())["lossless"] == bool(report)
    return [f for f in report.findings if f.check == check and f.severity in wanted]


def test_defaults_are_clean() -> None:
    report = pf.verify(base())
    assert report
    assert not report.errors
    assert not report.warnings
    assert report.fixes == {}


def test_headroom_is_that_of_the_formula_and_its_fix_is_enough() -> None:
    need = pf.headroom("100G", delay="1us", mtu=4174, reaction="200ns", interface=0).bytes
    report = pf.verify(base(**{"switch.headroom": need - 1}))
    (found,) = of(report, "headroom")
    assert found.severity == "error"
    assert found.numbers["short_bytes"] == 1
    assert found.numbers["needed_bytes"] == need
    assert len(found.places) == 16
    assert "leaf0, port from spine1" in found.places
    assert report.fixes == {"switch.headroom": "auto"}
    assert pf.verify(base(**report.fixes))
    assert pf.verify(base(**{"switch.headroom": need}))


def test_headroom_of_some_switches_alone() -> None:
    report = pf.verify(base(**{"overrides.spine*.headroom": "10kB"}))
    (found,) = of(report, "headroom")
    assert {place.partition(",")[0] for place in found.places} == {"spine0", "spine1"}
    assert report.fixes == {"overrides['spine*'].headroom": "auto"}
    assert pf.verify(base(**{"overrides.spine*.headroom": "10kB"}).replace(report.fixes))


def test_the_buffer_grows_when_it_does_not_hold_the_headroom() -> None:
    tight = base(**{"switch.headroom": "1kB", "switch.buffer": "150kB"})
    report = pf.verify(tight)
    (found,) = of(report, "headroom")
    assert set(found.fix) == {"switch.headroom", "switch.buffer"}
    with pytest.raises(pf.ScenarioError, match="too small"):
        pf.verify(tight.replace({"switch.headroom": "auto"}))
    assert pf.verify(tight.replace(report.fixes))


def test_a_plan_gets_words_instead_of_paths() -> None:
    report = pf.verify(pf.compile_plan(base(**{"switch.headroom": "1kB"})))
    assert not report
    assert report.fixes == {}
    assert "headroom of at least" in str(report)


def test_links_with_errors_lose_pauses() -> None:
    links = [(f"host{i}", "switch0", "100Gbps", "1us", (0.0, 0.01)) for i in range(3)]
    scenario = base().replace(
        topology=pf.Topology.from_edges(3, 1, links), workload=pf.incast(0, size="1kB")
    )
    (found,) = of(pf.verify(scenario), "headroom")
    assert found.severity == "warning"
    assert "switch0, port from host1" in found.places
    assert "probability 0.01" in found.message


@pytest.mark.parametrize(
    ("changes", "places", "fix"),
    [
        (
            {"overrides.spine0.lossless_priorities": [4]},
            ("spine0",),
            {"overrides['spine0'].lossless_priorities": [3, 4]},
        ),
        (
            {"overrides.leaf1.pfc.enabled": False},
            ("leaf1",),
            {"overrides['leaf1'].pfc.enabled": True},
        ),
        ({"switch.pfc.enabled": False}, ("leaf0", "leaf1", "spine0", "spine1"), None),
        (
            {"overrides.host5.pfc": False},
            ("host5->leaf1",),
            {"overrides['host5'].pfc": True},
        ),
    ],
)
def test_pfc_at_one_end_alone(
    changes: dict[str, object], places: tuple[str, ...], fix: dict[str, object] | None
) -> None:
    broken = base(**changes)
    report = pf.verify(broken)
    (found,) = of(report, "pfc")
    assert found.severity == "error"
    assert found.places == places
    assert found.fix == (fix or {"switch.pfc.enabled": True})
    assert pf.verify(broken.replace(report.fixes))


def test_nodes_that_the_traffic_does_not_pass_do_not_count() -> None:
    near = base(workload=pf.flows([pf.Flow(0, 1, "1MB")]))
    assert pf.verify(near.replace({"overrides.spine0.lossless_priorities": [4]}))
    assert not pf.verify(
        near.replace({"overrides.spine0.lossless_priorities": [4]}), all_pairs=True
    )


def test_a_slow_receiver_is_told_and_without_pfc_it_drops() -> None:
    slow = base(**{"overrides.host0.receive_rate": "20Gbps"})
    (found,) = of(pf.verify(slow), "pfc")
    assert found.severity == "warning"
    assert found.places == ("host0",)
    deaf = slow.replace({"overrides.host0.pfc": False})
    assert of(pf.verify(deaf), "pfc", "error")
    assert not pf.simulate(deaf).lossless()
    assert pf.simulate(slow).lossless()


def test_bounds_of_the_dcqcn_paper() -> None:
    """Section 4: Trident II, 12 MB, 32 ports of 40 Gb/s, 8 classes, 22.4 KB of headroom each."""
    shared = 12e6 - 8 * 32 * 22.4e3
    assert pause_bound(shared, 32, 8) == pytest.approx(24.47e3, abs=10)
    assert pause_bound(shared, 32, 8) / 32 == pytest.approx(0.76e3, abs=10)  # static: infeasible
    assert mark_bound(shared, 32, 8, alpha=8 / 8) == pytest.approx(21.75e3, abs=10)


@pytest.mark.parametrize("seed", range(30))
def test_thresholds_are_met_by_filling_frame_by_frame(seed: int) -> None:
    rng = random.Random(seed)
    shift, inputs = rng.randint(-3, 7), rng.randint(1, 20)
    static = rng.choice((None, rng.randint(1, 300_000)))
    pool = Pool(rng.randint(200_000, 2_000_000), 0, static, shift, 32, 1)
    step = 16
    held = 0
    while inputs * (held + step) <= pool.shared:
        free = pool.shared - inputs * held
        threshold = Fraction(free) / Fraction(2) ** shift if static is None else static
        if held >= threshold:
            break
        held += step
    assert pool.xoff_bytes(inputs) == pytest.approx(held, abs=2 * step), f"seed {seed}"


def test_static_thresholds_against_the_pool() -> None:
    never = pf.verify(base(**{"switch.pfc.xoff": "40MB"}))
    assert {place for f in of(never, "pools") for place in f.places} == {
        *("leaf0", "leaf1", "spine0", "spine1")
    }
    assert all("never pauses" in f.message for f in of(never, "pools"))
    assert never.fixes == {"switch.pfc.xoff": "dynamic"}
    assert not of(pf.verify(base(**never.fixes)), "pools")
    much = pf.verify(base(**{"switch.pfc.xoff": "10MB"}))
    assert not of(much, "pools")
    (note,) = (f for f in of(much, "pools", "note") if "leaf0" in f.places)
    pool = 32_000_000 - 6 * (note_headroom() + 2 * 4096)
    assert note.numbers["pool_bytes"] == pool
    assert note.numbers["bound_bytes"] == pool // 6


def note_headroom() -> int:
    return pf.headroom("100G", delay="1us", mtu=4174, reaction="200ns", interface=0).bytes


def test_low_thresholds_idle() -> None:
    low = pf.verify(base(**{"switch.pfc.xoff": "10kB"}))
    assert low
    assert any("idle after each pause" in f.message for f in of(low, "pools", "note"))
    assert not any("idle" in f.message for f in pf.verify(base()).findings)


def test_marks_that_never_come_before_pauses() -> None:
    changes = {"switch.pfc.xoff": "100kB", "switch.ecn": pf.ECN(kmin="2MB", kmax="4MB")}
    broken = base(congestion_control=pf.DCQCN(), **changes)
    report = pf.verify(broken)
    found = of(report, "ecn")
    assert {place for f in found for place in f.places} >= {"leaf0->host0", "spine0->leaf0"}
    assert all("never marks" in f.message for f in found)
    assert not of(pf.verify(broken.replace(report.fixes)), "ecn")
    between = broken.replace({"switch.ecn.kmin": "200kB"})
    words = {
        place.partition("->")[0]: f.message
        for f in of(pf.verify(between), "ecn")
        for place in f.places
    }
    assert "one link feeds" in words["leaf0"]
    assert "with 5 inputs" in words["leaf0"]
    assert "never marks before: even with 1 input " in words["spine0"]


def test_dcqcn_without_marks() -> None:
    found = of(pf.verify(base(congestion_control=pf.DCQCN(), **{"switch.ecn": None})), "ecn")
    assert [f.severity for f in found] == ["warning"]
    assert not of(pf.verify(base(**{"switch.ecn": None})), "ecn")


def test_lossy_traffic_is_not_proved() -> None:
    nothing = pf.verify(base(**{"switch.lossless_priorities": ()}))
    assert [f.severity for f in of(nothing, "pfc")] == ["warning"]
    assert nothing.warnings[0].places == ("priority 0",)
    mixed = base(workload=pf.incast(0, size="1kB") + pf.incast(0, size="1kB", priority=1))
    assert [f.severity for f in of(pf.verify(mixed), "pfc", "note")] == ["note"]
    assert pf.verify(mixed)


def test_hosts_without_a_switch() -> None:
    link = pf.Topology.from_edges(2, 0, [("host0", "host1", "100Gbps", "1us")])
    assert not pf.verify(pf.Scenario(link, pf.Flow(0, 1, "1kB"))).findings


def test_reports_as_values() -> None:
    report = pf.verify(base(**{"switch.headroom": "1kB"}))
    plain = json.loads(report.to_json())
    assert plain["lossless"] is False
    assert plain["fixes"] == {"switch.headroom": "auto"}
    assert len(report.rows()) == sum(len(f.places) for f in report.findings)
    assert repr(report).startswith("<Verification: Not lossless: 1 error")
    assert "leaf0, port from host0" in report._repr_html_()
    assert len(str(report).splitlines()) < 40
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.findings = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scenario": "leaf"}, "scenario: must be a Scenario or Plan, got 'leaf'"),
        ({"scenario": base(), "all_pairs": 1}, "all_pairs: must be True or False, got 1"),
        ({"scenario": base(), "failures": None}, "failures: must be True or False, got None"),
        ({"scenario": base(**{"switch.buffer": "100kB"})}, "is too small for its headrooms"),
    ],
)
def test_bad_input(options: dict[str, object], message: str) -> None:
    with pytest.raises(pf.ScenarioError, match=message.replace("(", r"\(")):
        pf.verify(**options)


def test_the_plan_is_not_changed() -> None:
    plan = pf.compile_plan(base())
    before = plan.hash
    pf.verify(plan)
    assert plan.hash == before
    assert not any(np.asarray(c).flags.writeable for c in plan.columns.values())
