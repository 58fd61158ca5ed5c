"""YAML text to plain data, with the place of every value; goes on after faults where it can."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pyfabric.errors import Fault, ScenarioError, shorten

#: Bounds of a file: values that aliases repeat (they multiply), and levels.
MAX_REPEATED: Final = 100_000
MAX_DEPTH: Final = 40

_TAG: Final = "tag:yaml.org,2002:"
_CONVERTED: Final = (f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool")
_TAB: Final = re.compile(r"found character '\\t'")

Places = dict[str, tuple[int, int]]


class YamlReader:
    """Reads one text.

    places: path -> (line, column) of its key, counted from 1. faults: what was wrong and could be
        skipped (keys that are there twice, tags).
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: Places = {}
        self.faults: list[Fault] = []
        self._yaml: Any = YAML(typ="safe", pure=True)
        self._seen: set[int] = set()
        self._left = MAX_REPEATED

    def read(self, text: str) -> Any:
        """Plain data; ScenarioError when the text is no YAML."""
        try:
            root = self._yaml.compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
            problem = str(error.problem or error.context)
            if _TAB.search(problem):
                problem = "a tab cannot indent; use spaces"
            raise self._broken(problem, *place) from None
        except (YAMLError, ValueError, RecursionError) as error:
            problem = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise self._broken(problem, None, None) from None
        return None if root is None else self._plain(root, "", 0, False)

    def _broken(self, problem: str, line: int | None, column: int | None) -> ScenarioError:
        return ScenarioError(Fault("", f"is not YAML: {problem}", self.name, line, column))

    def _add(self, path: str, message: str, node: Node) -> None:
        line, column = _place(node)
        self.faults.append(Fault(path, message, self.name, line, column))

    def _plain(self, node: Node, path: str, depth: int, repeated: bool) -> Any:
        if not isinstance(node, ScalarNode):
            repeated = repeated or id(node) in self._seen
            self._seen.add(id(node))
        self._left -= repeated
        if self._left < 0 or depth > MAX_DEPTH:
            bound = f"{MAX_DEPTH} levels, {MAX_REPEATED} values repeated by aliases"
            message = f"is too deep or too large (allowed: {bound})"
            raise ScenarioError(Fault(path, message, file=self.name))
        if isinstance(node, MappingNode):
            return self._mapping(node, path, depth, repeated)
        if isinstance(node, SequenceNode):
            return self._sequence(node, path, depth, repeated)
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: str, depth: int, repeated: bool) -> dict[Any, Any]:
        self._check_tag(node, path, "map")
        data: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        first: dict[Any, Node] = {}
        for key_node, value in node.value:
            if key_node.tag == f"{_TAG}merge":
                for inner in self._merged(value, path, depth, repeated):
                    merged = {**inner, **merged}
                continue
            if not isinstance(key_node, ScalarNode):
                self._add(path, "a key must be a single value, got a list or mapping", key_node)
                continue
            key = self._scalar(key_node, path)
            inner_path = self._key(key, key_node, path)
            item = self._plain(value, inner_path, depth + 1, repeated)
            if key in first:
                line = _place(first[key])[0]
                self._add(inner_path, f"duplicate key, first in line {line}", key_node)
                continue
            first[key], data[key] = key_node, item
        return {**merged, **data} if merged else data

    def _merged(self, node: Node, path: str, depth: int, repeated: bool) -> Iterator[Any]:
        """The mappings of a ``<<`` key, whose own keys stand elsewhere."""
        for item in node.value if isinstance(node, SequenceNode) else (node,):
            inner = self._plain(item, path, depth + 1, repeated)
            if isinstance(inner, dict):
                yield inner
            else:
                self._add(path, f"<< merges mappings, got {shorten(inner)}", item)

    def _sequence(self, node: SequenceNode, path: str, depth: int, repeated: bool) -> list[Any]:
        self._check_tag(node, path, "seq")
        items = []
        for index, item in enumerate(node.value):
            place = f"{path}[{index}]"
            self.places[place] = _place(item)
            items.append(self._plain(item, place, depth + 1, repeated))
        return items

    def _scalar(self, node: Node, path: str) -> Any:
        """None, bool, int, float, or the text; dates stay texts."""
        text = str(node.value)
        if node.tag == f"{_TAG}null":
            return None
        if node.tag in _CONVERTED:
            try:
                return self._yaml.constructor.construct_object(node)
            except (YAMLError, ValueError, KeyError):
                self._add(path, f"{shorten(text)} is no {node.tag.removeprefix(_TAG)}", node)
                return text
        if node.tag not in (f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value", f"{_TAG}merge"):
            self._add(path, f"the tag {node.tag!r} has no meaning here", node)
        return text

    def _check_tag(self, node: Node, path: str, expected: str) -> None:
        if node.tag != f"{_TAG}{expected}":
            self._add(path, f"the tag {node.tag!r} has no meaning here", node)

    def _key(self, key: Any, node: Node, path: str) -> str:
        """The path of a key; patterns of overrides stand in brackets."""
        dotted = f"{path}.{key}" if path else str(key)
        bracketed = f"{path}[{key!r}]"
        for name in (dotted, bracketed):
            self.places.setdefault(name, _place(node))
        return bracketed if path == "overrides" else dotted


def read_value(text: str, place: str) -> Any:
    """One value as it would stand in a file; ``place`` names it in messages."""
    reader = YamlReader("")
    try:
        value = reader.read(text)
    except ScenarioError:
        raise ScenarioError(Fault(place, f"{shorten(text)} cannot be read as a value")) from None
    if reader.faults:
        raise ScenarioError([Fault(place, fault.message) for fault in reader.faults])
    return value


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
