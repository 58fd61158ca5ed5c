"""The order of variants by their means, with brackets for what the tests do not tell apart."""

from __future__ import annotations

import dataclasses
import re

import pytest
from study_tools import busy

import pyfabric as pf
from pyfabric.study import Comparison, StudyWarning
from pyfabric.study.report import conclusion

VARIANTS = {
    "dcqcn": None,
    "pfc only": pf.NoCongestionControl(),
    "window": pf.StaticWindow(),
    "twin": pf.StaticWindow(window="max_bdp"),
}


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return pf.compare(busy(), VARIANTS, seeds=range(4), workers=1)


def line_of(comparison: Comparison, label: str) -> str:
    (found,) = [t for t in conclusion(comparison, 10_000) if t.strip().startswith(f"{label}: ")]
    return found.partition(": ")[2]


def means(comparison: Comparison, metric: str) -> dict[str, float]:
    runs = comparison.runs
    return {name: float(runs[metric][runs["variant"] == name].mean()) for name in VARIANTS}


@pytest.mark.parametrize(
    ("metric", "label", "sign"),
    [
        ("slowdown_p99", "slowdown p99", 1),
        ("goodput_bps", "goodput", -1),
        ("paused_us", "paused time, all ports", 1),
    ],
)
def test_order_and_multiples_are_those_of_the_means(
    compared: Comparison, metric: str, label: str, sign: int
) -> None:
    of, line = means(compared, metric), line_of(compared, label)
    best = min(of, key=lambda name: sign * of[name])
    assert line.startswith(best)
    told = {name: float(times) for name, times in re.findall(r"([a-z ]+) ([\d.,]+)x", line)}
    told = {name.strip(): times for name, times in told.items()}
    assert set(told) == set(VARIANTS) - {best}
    for name, times in told.items():
        assert times == pytest.approx(of[name] / of[best], abs=0.0051, rel=0.06)


def test_brackets_hold_what_is_not_significant(compared: Comparison) -> None:
    pairs = compared.pairs
    rows = [pairs.row(index) for index in range(len(pairs))]
    seen = set()
    for metric, label in (
        ("slowdown_p99", "slowdown p99"),
        ("paused_us", "paused time, all ports"),
    ):
        line = line_of(compared, label)
        best = max(VARIANTS, key=lambda name: line.startswith(f"{name} "))
        bracket = re.search(r"\((.*)\)", line)
        for row in rows:
            if row["metric"] == metric and best in (row["base"], row["variant"]):
                other = row["variant"] if row["base"] == best else row["base"]
                inside = bracket is not None and f"{other} " in bracket[1]
                assert inside == (not row["significant"])
                seen.add(inside)
    assert seen == {True, False}


def test_without_tests_nothing_is_in_brackets() -> None:
    told = conclusion(pf.compare(busy(), VARIANTS, seeds=[1], workers=1))
    assert told[0] == "Order of the means, as multiples of the first; differences are not tested"
    assert not any("(" in line for line in told)
    assert told[-1] == "Lossless: all 4 runs."


def test_who_lost_packets_and_who_did_not_finish() -> None:
    variants = {"good": pf.StaticWindow(), "tight": {"switch.headroom": "1kB"}}
    told = conclusion(pf.compare(busy(until="300us"), variants, seeds=[1, 2], workers=1))
    assert re.fullmatch(r"Not lossless: tight \(2 of 2 runs, [\d,]+ drops\)\.", told[-2])
    assert told[-1].startswith("Flows did not finish: good, tight;")


def test_the_same_everywhere_is_not_ranked() -> None:
    with pytest.warns(StudyWarning, match="the same scenario"):
        comparison = pf.compare(busy(), {"a": None, "b": None}, seeds=[1], workers=1)
    told = conclusion(comparison)
    assert told == ["Lossless: all 2 runs."]


def test_variants_without_a_run_are_left_out(compared: Comparison) -> None:
    """After an interrupt; a variant whose runs have no value is told."""
    runs, summary = compared.runs, compared.summary
    kept = {
        "runs": runs.take(runs["variant"] != "pfc only"),
        "summary": summary.take(summary["variant"] != "pfc only"),
    }
    told = conclusion(dataclasses.replace(compared, **kept), 10_000)
    assert len(told) == 6
    assert not any("pfc only" in line for line in told)
    assert told[-1] == "Lossless: all 12 runs."
    kept["runs"] = runs
    without = line_of(dataclasses.replace(compared, **kept), "goodput")
    assert without.endswith("pfc only -")
