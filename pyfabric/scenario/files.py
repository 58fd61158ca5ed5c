"""Scenarios as YAML files. Faults carry file, line and column."""

from __future__ import annotations

import dataclasses
import io
import re
from os import PathLike
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from pyfabric.errors import Fault, ScenarioError, did_you_mean
from pyfabric.files import as_path, write_text
from pyfabric.scenario.plain_reader import from_plain
from pyfabric.scenario.plain_workload import relative_files
from pyfabric.scenario.plain_writer import Writer
from pyfabric.scenario.scenario import Scenario
from pyfabric.scenario.yaml_reader import Places, YamlReader

_LAST: Final = re.compile(r"(\.[^.\[\]]*|\[[^\[\]]*\])$")


def load(path: str | PathLike[str]) -> Scenario:
    """The scenario of a YAML file; ScenarioError with line and column of every fault.

    CDF and flow files named in it are looked for beside the file, then from the working directory.
    """
    file = as_path(path, "Scenario.load")
    name = str(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        siblings = [entry.name for entry in file.parent.glob("*")] if file.parent.is_dir() else []
        message = f"cannot be read: no such file{did_you_mean(file.name, siblings)}"
        raise ScenarioError(Fault("", message, file=name)) from None
    except UnicodeDecodeError as error:
        message = f"cannot be read: not a text in UTF-8 (byte {error.start} is no character)"
        raise ScenarioError(Fault("", message, file=name)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(Fault("", f"cannot be read: {reason}", file=name)) from None
    return parse(text, name)


def parse(text: str, name: str) -> Scenario:
    """The scenario of a YAML text; ``name`` is its file's, for messages and relative paths."""
    reader = YamlReader(name)
    data = reader.read(text)
    relative_files(data, Path(name).parent)
    found: list[Fault] = list(reader.faults)
    try:
        scenario = from_plain(data)
    except ScenarioError as error:
        known = {fault.path for fault in found}
        found += (_located(f, name, reader.places) for f in error.faults if f.path not in known)
    if found:
        raise ScenarioError(sorted(found, key=lambda fault: (fault.line or 0, fault.column or 0)))
    return scenario


def save(scenario: Scenario, path: str | PathLike[str]) -> None:
    """Write a scenario as YAML, and long flow lists as CSV files beside it.

    A failure leaves what was there; OSError is reported as ScenarioError.
    """
    file = as_path(path, "Scenario.save")
    try:
        for name, text in reversed(saved_files(scenario, file.name, file.parent).items()):
            write_text(file.parent / name, text)
    except (OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(Fault("", f"cannot be written: {reason}", file=str(path))) from None


def saved_files(scenario: Scenario, name: str, folder: Path | None = None) -> dict[str, str]:
    """Names and texts of the files that :func:`save` writes, the YAML file ``name`` first.

    ``folder`` is where they go; None: they must not refer to files elsewhere, so the points of CDF
    files are written out.
    """
    writer = Writer(name.removesuffix(".yaml").removesuffix(".yml"), folder)
    data = _styled(writer.scenario(scenario))
    dumper = YAML(typ="rt", pure=True)
    dumper.width = 100
    buffer = io.StringIO()
    dumper.dump(data, buffer)
    return {name: buffer.getvalue(), **writer.files}


def _located(fault: Fault, name: str, places: Places) -> Fault:
    """The fault with the place of its path, or of the closest value around it."""
    if fault.file is not None:
        return fault
    path = fault.path
    while path and path not in places:
        shorter = _LAST.sub("", path)
        path = shorter if shorter != path else ""
    line, column = places.get(path, (None, None))
    return dataclasses.replace(fault, file=name, line=line, column=column)


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
