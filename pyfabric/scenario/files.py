"""Scenarios as YAML files. Faults carry file, line and column."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pyfabric.errors import Fault, ScenarioError
from pyfabric.scenario.plain_reader import from_plain, relative_sizes
from pyfabric.scenario.plain_writer import to_plain
from pyfabric.scenario.scenario import Scenario

#: Bounds of a file: values that aliases repeat (they multiply), and levels.
MAX_REPEATED: Final = 100_000
MAX_DEPTH: Final = 40

_LAST: Final = re.compile(r"(\.[^.\[\]]*|\[[^\[\]]*\])$")


def load(path: str | PathLike[str]) -> Scenario:
    """The scenario of a YAML file; ScenarioError with line and column of every fault.

    CDF files named in it are looked for beside the file, then from the working directory.
    """
    name = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ScenarioError(Fault("", f"cannot be read: {error}", file=name)) from None
    return parse(text, name)


def parse(text: str, name: str) -> Scenario:
    """The scenario of a YAML text; ``name`` is its file's, for messages and relative paths."""
    reader = YAML(typ="rt", pure=True)
    try:
        tree = reader.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _fail(name, str(error.problem or error.context), mark)
    except (YAMLError, ValueError, RecursionError) as error:
        _fail(name, str(error).splitlines()[0] if str(error) else type(error).__name__, None)
    places: dict[str, tuple[int, int]] = {}
    data = _Plainer(name, places).plain(tree, "", 0)
    relative_sizes(data, Path(name).parent)
    try:
        return from_plain(data)
    except ScenarioError as error:
        raise ScenarioError([_located(fault, name, places) for fault in error.faults]) from None


def save(scenario: Scenario, path: str | PathLike[str]) -> None:
    """Write a scenario as YAML; OSError is reported as ScenarioError."""
    writer = YAML(typ="rt", pure=True)
    writer.width = 100
    try:
        with Path(path).open("w", encoding="utf-8") as file:
            writer.dump(_styled(to_plain(scenario)), file)
    except OSError as error:
        raise ScenarioError(Fault("", f"cannot be written: {error}", file=str(path))) from None


class _Plainer:
    """Turns a loaded tree into plain data and notes where every value stands."""

    def __init__(self, name: str, places: dict[str, tuple[int, int]]) -> None:
        self.name = name
        self.places = places
        self.seen: set[int] = set()
        self.left = MAX_REPEATED

    def plain(self, node: Any, path: str, depth: int, repeated: bool = False) -> Any:
        if isinstance(node, CommentedMap | CommentedSeq):
            repeated = repeated or id(node) in self.seen
            self.seen.add(id(node))
        self.left -= repeated
        if self.left < 0 or depth > MAX_DEPTH:
            bound = f"{MAX_DEPTH} levels, {MAX_REPEATED} values repeated by aliases"
            raise ScenarioError(
                Fault(path, f"is too deep or too large (allowed: {bound})", file=self.name)
            )
        if isinstance(node, CommentedMap):
            return {
                _scalar(key): self.plain(value, self._key(node, key, path), depth + 1, repeated)
                for key, value in node.items()
            }
        if isinstance(node, CommentedSeq):
            return [
                self.plain(item, self._item(node, index, path), depth + 1, repeated)
                for index, item in enumerate(node)
            ]
        return _scalar(node)

    def _key(self, node: CommentedMap, key: Any, path: str) -> str:
        dotted = f"{path}.{key}" if path else str(key)
        try:
            place = node.lc.key(key)
        except (KeyError, TypeError):  # a merged key stands elsewhere
            place = None
        if place is not None:
            self.places[dotted] = self.places[f"{path}[{_scalar(key)!r}]"] = tuple(place)
        return f"{path}[{_scalar(key)!r}]" if path == "overrides" else dotted

    def _item(self, node: CommentedSeq, index: int, path: str) -> str:
        inner = f"{path}[{index}]"
        self.places[inner] = tuple(node.lc.item(index))
        return inner


def _scalar(value: Any) -> Any:
    """Plain bool, int, float, str for the loader's subclasses of them."""
    if type(value).__name__ == "ScalarBoolean":
        return bool(value)
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return value if kind is bool else kind(value)
    return value


def _located(fault: Fault, name: str, places: Mapping[str, tuple[int, int]]) -> Fault:
    """The fault with the place of its path, or of the closest value around it."""
    if fault.file is not None:
        return fault
    path = fault.path
    while path and path not in places:
        shorter = _LAST.sub("", path)
        path = shorter if shorter != path else ""
    line, column = places.get(path, (None, None))
    return dataclasses.replace(
        fault,
        file=name,
        line=None if line is None else line + 1,
        column=None if column is None else column + 1,
    )


def _fail(name: str, message: str, mark: Any) -> NoReturn:
    line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
    raise ScenarioError(Fault("", f"is not YAML: {message}", name, line, column))


def _styled(value: Any) -> Any:
    """Lists of plain values on one line."""
    if isinstance(value, dict):
        return CommentedMap({key: _styled(item) for key, item in value.items()})
    if isinstance(value, list):
        styled = CommentedSeq([_styled(item) for item in value])
        if not any(isinstance(item, dict | list) for item in value):
            styled.fa.set_flow_style()
        return styled
    return value
