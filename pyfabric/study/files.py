"""Comparison files: a scenario file that also has ``variants`` and ``seeds``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.scenario import Scenario
from pyfabric.scenario.files import parse
from pyfabric.study.variants import check_seeds, resolve, variant_path

#: Bounds of the values under both, with those that aliases repeat.
MAX_VALUES: Final = 1_000_000
MAX_DEPTH: Final = 40

_OWN: Final = ("variants", "seeds")
_RANGE: Final = re.compile(r"\s*(\d{1,19})\s*:\s*(\d{1,19})\s*")
_LAST: Final = re.compile(r"(\.[^.\[\]]*|\[[^\[\]]*\])$")

Places = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class ComparisonFile:
    """What :func:`compare` needs. ``variants`` is None for a plain scenario file."""

    scenario: Scenario
    variants: Mapping[str, Any] | None
    seeds: tuple[int, ...]


def load_comparison(path: str | PathLike[str]) -> ComparisonFile:
    """Read a comparison file; ScenarioError with file, line and column of every fault.

    ``variants`` maps names to changes by dotted path, or to nothing for the scenario as it is;
    sections (``congestion_control``, ``switch.ecn``, ...) are written as in a scenario file and
    replace the whole section. ``seeds`` is a list, or a range such as ``0:3`` (default: 0).
    """
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ScenarioError(Fault("", f"cannot be read: {error}", file=name)) from None
    root = _composed(text)
    own = {} if root is None else {k.value: (k, v) for k, v in root.value if k.value in _OWN}
    if root is None or not own:
        return ComparisonFile(parse(text, name), None, (0,))
    if root.flow_style:
        _fail(name, "a comparison file has one key per line at its top, no braces", root)
    data = _values(text, name)
    places: Places = {}
    if "variants" in own:
        _note_variants(own["variants"], places)
    if "seeds" in own:
        _note("seeds", own["seeds"][0], own["seeds"][1], places)
    faults: list[Fault] = []
    scenario = None
    try:
        scenario = parse(_without(text, list(own.values())), name)
    except ScenarioError as error:
        faults += error.faults
    return _checked(scenario, data, faults, name, places)


def parse_seeds(value: object) -> object:
    """``"0:3"`` as a range and ``"1,2,5"`` as a list; anything else as it is."""
    if not isinstance(value, str):
        return value
    if match := _RANGE.fullmatch(value):
        return range(int(match[1]), int(match[2]))
    words = [word.strip() for word in value.split(",")]
    if all(re.fullmatch(r"\d{1,19}", word) for word in words):
        return [int(word) for word in words]
    message = f"must be a range such as 0:3 or a list such as 1,2,5, got {shorten(value)}"
    raise ScenarioError(Fault("seeds", message))


def _checked(
    scenario: Scenario | None,
    data: dict[str, Any],
    faults: list[Fault],
    name: str,
    places: Places,
) -> ComparisonFile:
    found: list[Fault] = []
    seeds: tuple[int, ...] = (0,)
    variants = data.get("variants")
    try:
        seeds = check_seeds(parse_seeds(data.get("seeds", [0])), 1)
    except ScenarioError as error:
        found += error.faults
    if scenario is not None and "variants" in data:
        try:
            resolve(scenario, variants)
        except ScenarioError as error:
            found += error.faults
    faults = [*faults, *(_located(fault, name, places) for fault in found)]
    if faults or scenario is None:
        raise ScenarioError(faults)
    return ComparisonFile(scenario, variants, seeds)


def _composed(text: str) -> MappingNode | None:
    """The nodes of the file; None when it is no mapping, which reading it as a scenario tells."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, ValueError, RecursionError):
        return None
    return root if isinstance(root, MappingNode) else None


def _values(text: str, name: str) -> dict[str, Any]:
    try:
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
        message = f"is not YAML: {error.problem or error.context}"
        raise ScenarioError(Fault("", message, name, line, column)) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ScenarioError(Fault("", f"is not YAML: {error}", name)) from None
    own = {key: data[key] for key in _OWN if key in data}
    _bounded(own, name)
    return own


def _bounded(data: Any, name: str) -> None:
    """Refuse what aliases made too deep or too large."""
    left, todo = MAX_VALUES, [(data, 0)]
    while todo:
        value, depth = todo.pop()
        left -= 1
        if left < 0 or depth > MAX_DEPTH:
            bound = f"{MAX_DEPTH} levels and {MAX_VALUES} values"
            raise ScenarioError(
                Fault("variants", f"is too deep or too large (allowed: {bound})", file=name)
            )
        if isinstance(value, dict):
            todo += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            todo += [(item, depth + 1) for item in value]


def _without(text: str, entries: list[tuple[Node, Node]]) -> str:
    """``text`` with these entries blanked, so that all others keep their line and column."""
    letters = list(text)
    for key, value in entries:
        for index in range(key.start_mark.index, value.end_mark.index):
            if letters[index] not in "\r\n":
                letters[index] = " "
    return "".join(letters)


def _note_variants(entry: tuple[Node, Node], places: Places) -> None:
    key, value = entry
    places["variants"] = _place(key)
    for name, variant in value.value if isinstance(value, MappingNode) else ():
        _note(variant_path(str(name.value)), name, variant, places)


def _note(path: str, key: Node, value: Node, places: Places, depth: int = 0) -> None:
    """Where each value stands, under the paths that faults have."""
    places.setdefault(path, _place(key))
    if depth > MAX_DEPTH:
        return
    if isinstance(value, MappingNode):
        for inner, item in value.value:
            _note(f"{path}.{inner.value}", inner, item, places, depth + 1)
    elif isinstance(value, SequenceNode):
        for index, item in enumerate(value.value):
            _note(f"{path}[{index}]", item, item, places, depth + 1)


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _located(fault: Fault, name: str, places: Places) -> Fault:
    path = fault.path
    while path and path not in places:
        shorter = _LAST.sub("", path)
        path = shorter if shorter != path else ""
    line, column = places.get(path, (None, None))
    return dataclasses.replace(fault, file=name, line=line, column=column)


def _fail(name: str, message: str, node: Node) -> NoReturn:
    raise ScenarioError(Fault("", message, name, *_place(node)))
