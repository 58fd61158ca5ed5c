"""Pause storms, told before a run: what they stop, and what ends them."""

from __future__ import annotations

from typing import Any

import pytest

import pyfabric as pf
from pyfabric.verification.finding import Finding


def storming(storm: pf.PauseStorm, **changes: Any) -> pf.Scenario:
    traffic = pf.incast(0, senders=range(1, 4), size="1MB")
    made = pf.Scenario(pf.star(4), traffic, pf.NoCongestionControl(), faults=[storm])
    return made.replace(changes)


def told(scenario: pf.Scenario) -> Finding:
    (found,) = [f for f in pf.verify(scenario).findings if f.check == "faults"]
    assert found.places == ("host0",)
    assert "priority 3" in found.message
    return found


ENDLESS = pf.PauseStorm(host=0, start="1us")


@pytest.mark.parametrize("changes", [{}, {"switch.watchdog": pf.PFCWatchdog(action="alert")}])
def test_a_storm_that_nothing_ends_is_a_deadlock(changes: dict[str, Any]) -> None:
    scenario = storming(ENDLESS, **changes)
    report = pf.verify(scenario)
    found = told(scenario)
    assert found.severity == "error"
    assert not report
    assert "from 1us without end" in found.message
    mended = scenario.replace(report.fixes)
    assert told(mended).severity == "warning"
    assert pf.verify(mended)


@pytest.mark.parametrize(
    ("storm", "changes", "words"),
    [
        (pf.PauseStorm(host=0, start="1us", duration="1ms"), {}, "from 1us until 1001us"),
        (ENDLESS, {"switch.watchdog": pf.PFCWatchdog()}, "action drop loses frames"),
        (ENDLESS, {"switch.watchdog": pf.PFCWatchdog(action="forward")}, "forwards"),
        (ENDLESS, {"nic.pause_watchdog": "10ms"}, "for up to 10ms"),
    ],
)
def test_a_storm_that_ends_is_a_warning(
    storm: pf.PauseStorm, changes: dict[str, Any], words: str
) -> None:
    found = told(storming(storm, **changes))
    assert found.severity == "warning"
    assert words in found.message


def test_a_storm_beside_the_traffic_stops_nothing() -> None:
    found = told(storming(ENDLESS, workload=pf.Flow(1, 2, "1MB")))
    assert found.severity == "warning"
    assert "no frames" in found.message
