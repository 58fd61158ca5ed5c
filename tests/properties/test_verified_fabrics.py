"""What ``verify`` says before the run against what the engine does, over random small fabrics with
shallow headroom, and PFC or lossless classes missing at some nodes.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_fabrics import scenarios

import pyfabric as pf

QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck))
CHANGES = (
    scenarios(errors=False),
    st.sampled_from(("auto", 3_000, 10_000, 30_000, 60_000)),
    st.sampled_from(("both", "nic", "switch", "neither")),
)


def verified_and_run(scenario: pf.Scenario, headroom: object, kept: str) -> None:
    """What is clean loses nothing and goes on; what loses frames or stands still has an error."""
    changes: dict[str, object] = {"switch.headroom": headroom, "nic.pfc": kept in ("both", "nic")}
    if kept in ("nic", "neither"):
        changes["overrides"] = {"*0": scenario.switch.replace(lossless_priorities=(3,))}
    scenario = scenario.replace(changes)
    report, verdict = pf.verify(scenario), pf.simulate(scenario).lossless()
    assert verdict or report.errors, f"{verdict}\n{report}"


@settings(QUIET, max_examples=120)
@given(*CHANGES)
def test_what_is_clean_loses_nothing_and_goes_on(
    scenario: pf.Scenario, headroom: object, kept: str
) -> None:
    verified_and_run(scenario, headroom, kept)


@pytest.mark.slow
@settings(QUIET, max_examples=3_000, derandomize=False)
@given(*CHANGES)
def test_many_that_are_clean_lose_nothing_and_go_on(
    scenario: pf.Scenario, headroom: object, kept: str
) -> None:
    verified_and_run(scenario, headroom, kept)
