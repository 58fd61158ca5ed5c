"""Changes by dotted path, such as ``switch.ecn.kmin`` or ``overrides['spine*'].alpha``."""

from __future__ import annotations

import dataclasses
import fnmatch
import re
from collections.abc import Mapping
from typing import Any, Final

from pyfabric.errors import Fault, ScenarioError, did_you_mean, shorten, unknown
from pyfabric.scenario.plain_reader import section
from pyfabric.scenario.scenario import Scenario
from pyfabric.spec import FrozenDict, Spec
from pyfabric.topology import Topology
from pyfabric.workload import Workload

#: A step of a path: a name, ``[3]``, or ``['any text']``. Brackets that are neither, as in the
#: pattern ``leaf[0-3]``, belong to the name.
_STEP: Final = re.compile(
    r"""\[(?P<number>\d+)\] | \[(?P<quote>['"])(?P<quoted>.*?)(?P=quote)\]
    | \.?(?P<name>(?:[^.\[\]] | \[(?!\d+\]|['"])[^\]]*\])+)""",
    re.VERBOSE,
)


def replaced(scenario: Scenario, changes: Any) -> Scenario:
    """``scenario`` with changes by field or path, those of one object made at once."""
    if not isinstance(changes, Mapping):
        wanted = "must map paths such as 'switch.ecn.kmin' to values"
        raise ScenarioError(Fault("replace", f"{wanted}, got {shorten(changes)}"))
    changed: Scenario = _change(scenario, _tree(changes), "", {})
    return changed


def _steps(path: object) -> list[str]:
    steps, position = [], 0
    text = path if isinstance(path, str) else ""
    while match := _STEP.match(text, position):
        steps.append(match["number"] or match["quoted"] or match["name"] or "")
        position = match.end()
    if not steps or position != len(text) or text.startswith(".") or not all(steps):
        wanted = "a path must be like 'switch.ecn.kmin'"
        raise ScenarioError(Fault("replace", f"{wanted}, got {shorten(path)}"))
    return steps


def _tree(changes: Mapping[Any, Any]) -> dict[str, Any]:
    """Paths as nested dicts; :class:`_Value` marks the leaves."""
    tree: dict[str, Any] = {}
    for path, value in changes.items():
        *inner, last = _steps(path)
        node = tree
        for name in inner:
            node = node.setdefault(name, {})
            if isinstance(node, _Value):
                raise ScenarioError(Fault(path, "is inside of another change"))
        if last in node:
            other = "is changed twice" if isinstance(node[last], _Value) else "contains a change"
            raise ScenarioError(Fault(path, other))
        node[last] = _Value(value)
    return tree


@dataclasses.dataclass(frozen=True)
class _Value:
    value: Any


def _change(target: Any, tree: Mapping[str, Any], path: str, around: Mapping[str, Any]) -> Any:
    """``target`` with the changes of ``tree``; ``around`` are the fields of what it stands in."""
    fields = _fields(target, path)
    owner = dict if path == "overrides" else type(target)
    new: dict[str, Any] = {}
    for name, branch in sorted(tree.items(), key=lambda item: item[0] == "overrides"):
        place = _inside(path, name, owner)
        if owner is dict and name not in fields:
            fields[name] = _new_override(around, name, place)
        if name not in fields:
            raise ScenarioError(Fault(place, unknown("field", name, fields)))
        if isinstance(branch, _Value):
            new[name] = section(owner, name, place, branch.value)
        else:
            new[name] = _change(fields[name], branch, place, {**fields, **new})
    try:
        return _rebuild(target, new)
    except ScenarioError as error:
        raise (error.under(path) if path else error) from None


def _inside(path: str, name: str, owner: type) -> str:
    if owner is dict:
        return f"{path}[{name!r}]"
    return f"{path}.{name}" if path else name


def _new_override(scenario: Mapping[str, Any], pattern: str, place: str) -> Any:
    """Where a new pattern starts from: the settings of the kind of node that it matches."""
    topology = scenario["topology"]
    names = {"switch": topology.switch_names, "nic": topology.host_names}
    kinds = [kind for kind, known in names.items() if fnmatch.filter(known, pattern)]
    if len(kinds) == 1:
        return scenario[kinds[0]]
    known = [*names["switch"], *names["nic"]]
    hint = did_you_mean(pattern, known) if len(known) <= 10_000 else ""
    found = "matches hosts and switches; name one kind" if kinds else f"matches no node{hint}"
    raise ScenarioError(Fault(place, found))


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
    if isinstance(target, tuple):
        return {str(index): value for index, value in enumerate(target)}
    hint = f"; set {path} first, such as {path}={{}}" if target is None else ""
    raise ScenarioError(Fault(path, f"has no fields: it is {shorten(target)}{hint}"))


def _rebuild(target: Any, new: Mapping[str, Any]) -> Any:
    if isinstance(target, Topology):
        return target.with_parameters(new)
    if isinstance(target, Workload):
        names = {name: str(i) for i, name in enumerate(target.names)}
        numbered = {names.get(key, key): value for key, value in new.items()}
        parts = [numbered.get(str(i), part) for i, part in enumerate(target.parts)]
        return Workload(
            tuple(
                p for part in parts for p in (part.parts if isinstance(part, Workload) else (part,))
            )
        )
    if isinstance(target, Spec):
        return Spec.replace(target, **new)
    if isinstance(target, tuple):
        return tuple(new.get(str(index), value) for index, value in enumerate(target))
    originals = {str(key): key for key in target}
    return FrozenDict({**target, **{originals.get(key, key): value for key, value in new.items()}})
