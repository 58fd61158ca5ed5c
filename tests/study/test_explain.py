"""Why a variant made no difference, from facts of the runs."""

import re
from typing import Any

import pytest
from study_tools import busy, quiet, small_incast

import pyfabric as pf
from pyfabric.study import Comparison, StudyWarning

SAME = "'b' made no difference to 'a' (equal fingerprints for each of 2 seeds): "


def warned(scenario: pf.Scenario, variant: Any, base: Any = None) -> str:
    """The only warning."""
    with pytest.warns(StudyWarning) as caught:
        comparison = pf.compare(scenario, {"a": base, "b": variant}, seeds=range(2))
    (sentence,) = comparison.warnings
    assert [str(warning.message) for warning in caught] == [sentence]
    assert f"Warning: {sentence}." in str(comparison)
    return sentence


def silent(scenario: pf.Scenario, variant: Any) -> Comparison:
    comparison = pf.compare(scenario, {"a": None, "b": variant}, seeds=range(2))
    assert comparison.warnings == ()
    return comparison


def peak(scenario: pf.Scenario, table: str, column: str) -> int:
    runs = [pf.simulate(scenario.replace(seed=seed)) for seed in range(2)]
    return max(int(getattr(run, table)[column].max()) for run in runs)


def test_a_difference_needs_no_words() -> None:
    silent(busy(), pf.NoCongestionControl())
    silent(busy(), {"switch.ecn.kmin": "20kB"})


def test_never_marked() -> None:
    sentence = warned(small_incast(), pf.NoCongestionControl())
    largest = peak(small_incast(), "ports", "peak_queue_bytes") / 1000
    assert sentence == (
        f"{SAME}no packet was ever marked: the largest queue was {largest:.4g} kB at "
        "switch0->host0, where marking begins above kmin 1.6 MB"
    )


def test_the_lower_kmin_of_the_two_is_told() -> None:
    sentence = warned(small_incast(), {"switch.ecn.kmin": "500kB"})
    assert sentence.endswith("where marking begins above kmin 500 kB")


def test_above_kmin_but_not_marked() -> None:
    ecn = pf.ECN(kmin="1kB", kmax="100GB", pmax="1/100000000")
    sentence = warned(small_incast(switch=pf.Switch(ecn=ecn)), pf.NoCongestionControl())
    assert "above kmin 1 kB, but so little that marking was not likely" in sentence


def test_cnps_that_come_too_late() -> None:
    base = small_incast(switch=pf.Switch(ecn=pf.ECN(kmin="20kB", kmax="50kB")))
    sentence = warned(base, pf.NoCongestionControl())
    assert re.search(r"\d+ CNPs came, but too late to hold a packet back", sentence)


def test_ecn_is_off() -> None:
    sentence = warned(busy(switch=pf.Switch(ecn=None)), pf.NoCongestionControl())
    assert sentence == f"{SAME}no packet was ever marked: ECN marks nothing in these scenarios"


def test_congestion_control_that_is_not_in_play() -> None:
    base = busy(congestion_control=pf.NoCongestionControl())
    sentence = warned(base, {"switch.ecn.kmin": "100kB"})
    assert sentence == (
        "'b' made no difference to the flows of 'a' (equal times for each of 2 seeds): congestion "
        "control is not in play, 'none' does not react to marks"
    )


def test_never_paused() -> None:
    sentence = warned(small_incast(), {"switch.pfc.xoff": "2MB"})
    used = (peak(small_incast(), "classes", "peak_ingress_bytes") - 4096) / 1000
    assert f"{SAME}no pause happened: the largest use of the shared buffer" in sentence
    assert f"by an ingress port was {used:.4g} kB (link of switch0->host" in sentence
    assert sentence.endswith("the smallest XOFF threshold of an empty switch is 2 MB")


def test_dynamic_threshold_is_alpha_times_the_pool() -> None:
    scenario = small_incast()
    columns = pf.compile_plan(scenario).columns
    threshold = int(columns["node_shared_bytes"][4]) // 32 / 1e6
    sentence = warned(scenario, {"switch.alpha": "1/32"})
    assert sentence.endswith(f"empty switch is {threshold * 1000:.4g} kB")


def test_pfc_is_off() -> None:
    off = pf.Switch(pfc=pf.PFC(enabled=False))
    sentence = warned(quiet(switch=off, nic=pf.Nic(pfc=False)), {"switch.alpha": "1/4"})
    assert sentence == f"{SAME}no pause happened: PFC is off"


def test_window_never_reached() -> None:
    sentence = warned(quiet(), pf.StaticWindow("10MB"), pf.NoCongestionControl())
    reached = "no window was ever reached: the largest flow has 64 kB, a window 10 MB"
    assert sentence.endswith(reached)


def test_window_that_held_nothing_back() -> None:
    base = quiet(workload=pf.flows([pf.Flow(0, 1, "1MB")]))
    sentence = warned(base, pf.StaticWindow("500kB"), pf.NoCongestionControl())
    assert sentence.endswith("no window (the smallest has 500 kB) ever held a packet back")


def test_nothing_was_sent_again() -> None:
    assert warned(quiet(), {"nic.rto": "3ms"}) == f"{SAME}nothing was ever sent again"


def test_the_same_scenario() -> None:
    assert warned(quiet(), {}) == f"{SAME}it is the same scenario"
    assert warned(quiet(), quiet(seed=9)) == f"{SAME}it is the same scenario"


def test_the_same_plan() -> None:
    sentence = warned(quiet(), {"switch.alpha": 0.125})
    assert sentence == f"{SAME}its settings come to the same plan, as when nothing in use has them"


def test_nothing_in_use_has_it() -> None:
    sentence = warned(quiet(), {"switch.weights": {5: 3}})
    assert sentence == f"{SAME}what it changes (switch.weights) never came into play"


def test_other_traffic_is_told() -> None:
    other = quiet(workload=pf.flows([pf.Flow(0, 1, "10kB")]))
    assert warned(quiet(), other) == (
        "'b' has another workload than 'a', so the traffic of the two need not be the same"
    )


def test_one_seed_and_several_variants() -> None:
    with pytest.warns(StudyWarning) as caught:
        comparison = pf.compare(quiet(), {"a": None, "b": {}, "c": {"nic.rto": "2ms"}})
    assert len(caught) == 1
    assert len(comparison.warnings) == 2
    assert all("for the only seed" in sentence for sentence in comparison.warnings)
