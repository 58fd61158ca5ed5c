"""The plan of a result, for the paths of its flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyfabric.compile import Plan, compile_scenario
from pyfabric.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from pyfabric.results import Result


def plan_of(result: Result, plan: Plan | None) -> Plan | str:
    """The plan that gave a result, compiled from its scenario unless given; else why there is none.

    Raises ScenarioError when ``plan`` is that of another run.
    """
    if plan is not None:
        if plan.hash != result.plan_hash:
            message = f"is of another run ({plan.hash[:12]}, the result's is "
            raise ScenarioError(Fault("explain.plan", f"{message}{result.plan_hash[:12]})"))
        return plan
    if result.scenario is None:
        return "the run came from a plan without its scenario: explain(plan=...) takes it"
    made = compile_scenario(result.scenario)
    if made.hash != result.plan_hash:
        return "this version compiles the scenario to another plan than the one that was run"
    return made
