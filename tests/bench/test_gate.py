"""The regression gate: its arithmetic, what it says loudly, and the baseline file."""

from __future__ import annotations

import json

import gate
import instructions
import pytest
from gate import EVENTS, INSTRUCTIONS, Judgement
from instructions import Lengths

from pyfabric.bench import CASES

KEY = "gcc 12.2.0 x86_64"
BASELINE = {EVENTS: {"a": 1.25, "b": 2.0}, INSTRUCTIONS: {KEY: {"perf": {"a": 400.0, "b": 500.0}}}}


def measured(a: float = 400, b: float = 500, events: float = 1.25) -> dict[str, Lengths]:
    hops = 1000
    return {
        "a": Lengths(hops, round(events * hops), round(a * hops)),
        "b": Lengths(hops, 2 * hops, round(b * hops)),
    }


@pytest.mark.parametrize(
    ("figure", "baseline", "verdict"),
    [
        (104.9, 100.0, "ok"),
        (95.1, 100.0, "ok"),
        (105.1, 100.0, "worse"),
        (94.9, 100.0, "better"),
        (1.0, None, "unknown"),
    ],
)
def test_five_percent(figure: float, baseline: float | None, verdict: str) -> None:
    judgement = Judgement("a", EVENTS, figure, baseline)
    assert judgement.verdict == verdict
    assert gate.passed([judgement]) == (verdict in ("ok", "better"))


def test_both_figures_of_each_case_are_judged() -> None:
    found, loud = gate.judge(measured(), BASELINE, KEY, "perf")
    assert [(each.case, each.what, each.verdict) for each in found] == [
        ("a", EVENTS, "ok"),
        ("b", EVENTS, "ok"),
        ("a", INSTRUCTIONS, "ok"),
        ("b", INSTRUCTIONS, "ok"),
    ]
    assert (gate.passed(found), loud) == (True, [])


def test_worse_and_better_are_told_apart() -> None:
    found, _ = gate.judge(measured(a=430, b=450), BASELINE, KEY, "perf")
    texts = [str(each) for each in found if each.what == INSTRUCTIONS]
    assert "+7.5 %: WORSE by more than 5 %" in texts[0]
    assert "-10.0 %: better by more than 5 %, take it up with --update" in texts[1]
    assert not gate.passed(found)
    found, _ = gate.judge(measured(b=450), BASELINE, KEY, "perf")
    assert gate.passed(found)


@pytest.mark.parametrize(
    ("key", "counted_by", "message"),
    [
        ("gcc 13.1.0 x86_64", "perf", "no baseline of instructions for 'gcc 13.1.0 x86_64'"),
        (KEY, "callgrind", "counted by callgrind: they were NOT checked"),
        (KEY, None, "SKIPPED: no hardware counters"),
    ],
)
def test_without_a_baseline_events_are_still_judged(
    key: str, counted_by: str | None, message: str
) -> None:
    found, (line,) = gate.judge(measured(a=9999), BASELINE, key, counted_by)
    assert message in line
    assert line.startswith("SKIPPED")
    assert {each.what for each in found} == {EVENTS}
    assert gate.passed(found)
    found, _ = gate.judge(measured(events=1.5), BASELINE, key, counted_by)
    assert not gate.passed(found)


def test_a_case_without_events_in_the_baseline_fails() -> None:
    found, _ = gate.judge(measured(), {EVENTS: {"a": 1.25}}, KEY, None)
    assert [each.verdict for each in found] == ["ok", "unknown"]
    assert not gate.passed(found)


def test_update_keeps_other_builds_and_counters() -> None:
    other = "Clang 17.0.1 aarch64"
    new = gate.updated(measured(a=333.33), BASELINE, other, "callgrind")
    kept = {**BASELINE[INSTRUCTIONS], other: {"callgrind": {"a": 333.3, "b": 500.0}}}
    assert new == {EVENTS: {"a": 1.25, "b": 2.0}, INSTRUCTIONS: kept}
    again = gate.updated(measured(), new, other, "perf")
    assert set(again[INSTRUCTIONS][other]) == {"callgrind", "perf"}
    uncounted = gate.updated(measured(events=1.5), BASELINE, KEY, None)
    assert uncounted == {**BASELINE, EVENTS: {"a": 1.5, "b": 2.0}}
    assert BASELINE[EVENTS]["a"] == 1.25


def test_build_key() -> None:
    assert gate.build_key("12.2.0", "x86_64") == KEY
    assert gate.build_key("Clang 15.0.7", "aarch64") == "Clang 15.0.7 aarch64"


def test_the_difference_of_two_lengths_is_that_of_their_runs() -> None:
    """Runs of 2, 3 and 5 packets a flow: the differences of the short steps add up to the long."""
    case, size = "ring-128", 4096
    steps = [(2, 3), (3, 5), (2, 5)]
    first, second, both = (instructions.between(case, a * size, b * size, None) for a, b in steps)
    assert first.packet_hops + second.packet_hops == both.packet_hops > 0
    assert first.events + second.events == both.events > both.packet_hops
    assert both.instructions is None


def test_the_committed_baseline_has_every_case() -> None:
    baseline = json.loads(gate.BASELINE.read_text(encoding="utf-8"))
    assert set(baseline) == {EVENTS, INSTRUCTIONS}
    counted = [c for counters in baseline[INSTRUCTIONS].values() for c in counters.values()]
    assert counted
    for figures in (baseline[EVENTS], *counted):
        assert set(figures) == set(gate.PACKETS) <= set(CASES)
