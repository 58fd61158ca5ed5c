"""Changes by dotted path, such as ``switch.ecn.kmin``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pyfabric.errors import Fault, ScenarioError, shorten, unknown
from pyfabric.scenario.scenario import Scenario
from pyfabric.spec import FrozenDict, Spec
from pyfabric.topology import Topology
from pyfabric.workload import Workload


def replaced(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """``scenario`` with changes by field or dotted path, those of one object made at once."""
    changed: Scenario = _change(scenario, _tree(changes), "")
    return changed


def _tree(changes: Mapping[Any, Any]) -> dict[str, Any]:
    """Paths as nested dicts; :class:`_Value` marks the leaves."""
    tree: dict[str, Any] = {}
    for path, value in changes.items():
        if not isinstance(path, str) or not all(path.split(".")):
            raise ScenarioError(
                Fault("replace", f"a path must be like 'switch.ecn.kmin', got {shorten(path)}")
            )
        *inner, last = path.split(".")
        node = tree
        for name in inner:
            node = node.setdefault(name, {})
            if isinstance(node, _Value):
                raise ScenarioError(Fault(path, "is inside of another change"))
        if last in node:
            raise ScenarioError(Fault(path, "is changed twice"))
        node[last] = _Value(value)
    return tree


@dataclasses.dataclass(frozen=True)
class _Value:
    value: Any


def _change(target: Any, tree: Mapping[str, Any], path: str) -> Any:
    fields = _fields(target, path)
    new: dict[str, Any] = {}
    for name, branch in tree.items():
        place = f"{path}.{name}" if path else name
        if name not in fields:
            raise ScenarioError(Fault(place, unknown("field", name, fields)))
        if isinstance(branch, _Value):
            new[name] = branch.value
        else:
            new[name] = _change(fields[name], branch, place)
    try:
        return _rebuild(target, new)
    except ScenarioError as error:
        raise (error.under(path) if path else error) from None


def _fields(target: Any, path: str) -> dict[str, Any]:
    if isinstance(target, Topology):
        names = set(target.parameters) | set(target.parameter_names)
        return {name: target.parameters.get(name) for name in names}
    if isinstance(target, Workload):
        by_name = dict(zip(target.names, target.parts, strict=False))
        if len(target.names) != len(target.parts):
            by_name = {}
        return {**{str(i): part for i, part in enumerate(target.parts)}, **by_name}
    if isinstance(target, Spec):
        return target.values()
    if isinstance(target, Mapping):
        return {str(key): value for key, value in target.items()}
    raise ScenarioError(Fault(path, f"has no fields: it is {shorten(target)}"))


def _rebuild(target: Any, new: Mapping[str, Any]) -> Any:
    if isinstance(target, Topology):
        return target.with_parameters(new)
    if isinstance(target, Workload):
        names = {name: str(i) for i, name in enumerate(target.names)}
        numbered = {names.get(key, key): value for key, value in new.items()}
        return Workload(tuple(numbered.get(str(i), part) for i, part in enumerate(target.parts)))
    if isinstance(target, Spec):
        return Spec.replace(target, **new)
    originals = {str(key): key for key in target}
    return FrozenDict({**target, **{originals[key]: value for key, value in new.items()}})
