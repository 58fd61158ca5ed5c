"""``check_congestion_control``: built-ins keep the laws, broken algorithms break those meant."""

from __future__ import annotations

from typing import Any

import pytest

import pyfabric as pf
from pyfabric.cc import ALGORITHMS

CONTROLS = {kind.name: kind() for kind in ALGORITHMS.values()}
# With its paper's constants eight flows that begin at line rate starve: see its page.
CONTROLS["timely"] = pf.TIMELY.preset("hpcc")


@pytest.mark.parametrize("name", CONTROLS)
def test_built_ins_keep_the_laws(name: str) -> None:
    report = pf.check_congestion_control(CONTROLS[name])
    assert report, str(report)
    assert report.title == name
    assert name in str(report)


def test_reactions_are_told() -> None:
    report = pf.check_congestion_control(pf.DCQCN())
    assert report.measured["reacts_to_marks"] == 1
    assert report.measured["reacts_to_delay"] == report.measured["reacts_to_loss"] == 0
    none = pf.check_congestion_control(pf.NoCongestionControl())
    assert "reacts to nothing" in str(none)


class Base:
    def on_ack(self, event: Any, wishes: Any) -> None: ...


class Timid(Base):
    """A hundredth of the line rate, whatever happens."""

    def init(self, event: Any, wishes: Any) -> None:
        wishes.rate_bps = event.line_rate_bps // 100


class Unfair(Base):
    """The second queue pair and those after it hardly send."""

    def init(self, event: Any, wishes: Any) -> None:
        if event.queue_pair > 0:
            wishes.rate_bps = event.line_rate_bps // 1000


class Silent(Base):
    """Stops for ever at the first loss."""

    def on_nack(self, event: Any, wishes: Any) -> None:
        wishes.rate_bps = 0

    on_timeout = on_nack


class Backwards(Base):
    """Half the line rate, and all of it when packets are marked."""

    def init(self, event: Any, wishes: Any) -> None:
        wishes.rate_bps = event.line_rate_bps // 2

    def on_cnp(self, event: Any, wishes: Any) -> None:
        wishes.rate_bps = event.line_rate_bps


class Shared(Base):
    """Every run of the process begins where the one before ended."""

    calls = 0

    def on_ack(self, event: Any, wishes: Any) -> None:
        Shared.calls += 1
        wishes.rate_bps = event.line_rate_bps // (1 + Shared.calls % 7)


class NotANumber(Base):
    def on_ack(self, event: Any, wishes: Any) -> None:
        wishes.rate_bps = float("nan")


class Busy(Base):
    """A timer every 100 ns."""

    def init(self, event: Any, wishes: Any) -> None:
        wishes.timer_ps = event.now_ps + 100_000

    on_timer = init


@pytest.mark.parametrize(
    ("algorithm", "law", "message"),
    [
        (Timid, "utilisation", "1% of its link"),
        (Unfair, "fairness", "Jain 0.5"),
        (Unfair, "starvation", "of its fair share"),
        (Silent, "survival", "do not end"),
        (Backwards, "reaction", "sends faster when packets are marked"),
        (Shared, "determinism", "another fingerprint"),
        (NotANumber, "utilisation", "wished rate_bps = nan"),
    ],
)
def test_broken_algorithms_break_the_law_that_is_meant(
    algorithm: type, law: str, message: str
) -> None:
    report = pf.check_congestion_control(algorithm)
    assert not report
    found = [finding for finding in report.errors if finding.law == law]
    assert any(message in finding.message for finding in found), str(report)


def test_busy_timers_are_a_warning() -> None:
    report = pf.check_congestion_control(Busy)
    assert any("timers are busy" in finding.message for finding in report.warnings)


def test_what_is_no_congestion_control_is_no_finding() -> None:
    with pytest.raises(pf.ScenarioError, match="must be a class with on_ack"):
        pf.check_congestion_control(5)
    with pytest.raises(pf.ScenarioError, match="cannot be imported"):
        pf.check_congestion_control("no_such_module:x")
    with pytest.raises(pf.ScenarioError, match="threads"):
        pf.check_congestion_control(Base, threads=0)
