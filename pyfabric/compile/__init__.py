"""Scenario to plan: defaults, ids, routes, windows. Knows neither the engine nor results."""

from pyfabric.compile.compiler import compile_scenario
from pyfabric.compile.plan import Plan

__all__ = ["Plan", "compile_scenario"]
