"""From a scenario to plain data (dicts, lists, texts, numbers), as it stands in a file."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from pyfabric.scenario.scenario import FORMAT_VERSION, Scenario
from pyfabric.spec import Spec
from pyfabric.workload import FlowList, FlowSizes, Part, as_workload


def to_plain(scenario: Scenario) -> dict[str, Any]:
    """Plain data of a scenario; defaults are left out."""
    given = scenario.given()
    control = scenario.congestion_control
    data: dict[str, Any] = {
        "version": FORMAT_VERSION,
        "topology": {scenario.topology.generator: _plain(scenario.topology.parameters)},
        "workload": [_plain_part(part) for part in as_workload(scenario.workload).parts],
        "congestion_control": {control.name: _plain(control.given())}
        if control.given()
        else control.name,
    }
    for name in ("switch", "nic", "framing", "seed", "workload_seed", "until"):
        if name in given:
            data[name] = _plain(given[name])
    if scenario.overrides:
        data["overrides"] = {
            pattern: {type(value).__name__.lower(): _plain(value)}
            for pattern, value in scenario.overrides.items()
        }
    return data


def _plain_part(part: Part) -> dict[str, Any]:
    if isinstance(part, FlowList):
        items = [_plain(item) for item in part.items]
        return {"flows": items if part.name is None else {"items": items, "name": part.name}}
    return {part.kind: _plain(part.given())}


def _plain(value: Any) -> Any:
    if isinstance(value, FlowSizes):
        return {"points": _plain(value.points)}
    if isinstance(value, Spec):
        return _plain(value.given())
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, range):
        step = "" if value.step == 1 else f":{value.step}"
        return f"{value.start}:{value.stop}{step}"
    if isinstance(value, Fraction | Path):
        return str(value)
    if value is None or isinstance(value, bool | str):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)
