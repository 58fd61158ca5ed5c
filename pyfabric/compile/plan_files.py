"""Plans as files: one npz with a header that names the model's version and the plan's hash."""

from __future__ import annotations

import functools
import json
import zipfile
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from pyfabric.cc.plugin import Plugin
from pyfabric.compile.plan import COLUMNS, MODEL_VERSION, SCALARS, Plan
from pyfabric.errors import Fault, ScenarioError
from pyfabric.files import write_atomic

FORMAT: Final = 3
_KIND: Final = "pyfabric plan"
_HEADER: Final = "header"
_COLUMN: Final = "column."
_LABEL: Final = "label."
#: Labels that are lists of texts; the other labels are columns of flows.
_TEXT_LABELS: Final = ("node_names", "port_names", "workload_names", "endpoint_names")


def save_plan(plan: Plan, path: str | PathLike[str]) -> None:
    """Write ``plan`` so that :func:`load_plan` gives the same one; the file appears whole.

    Arrays ``column.*`` are those of :data:`COLUMNS`, ``label.*`` the labels; ``header`` is JSON:
    format, model version, hash, scalars. Raises ScenarioError when it cannot be written.
    """
    header = {
        "kind": _KIND,
        "format": FORMAT,
        "model_version": int(plan.scalars["model_version"]),
        "hash": plan.hash,
        "scalars": {name: int(value) for name, value in plan.scalars.items()},
        "plugins": [_plugin_header(plugin) for plugin in plan.plugins],
        "texts": {name: list(plan.labels[name]) for name in _TEXT_LABELS if name in plan.labels},
    }
    arrays: dict[str, NDArray[Any]] = {
        _HEADER: np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    }
    arrays |= {f"{_COLUMN}{name}": plan.columns[name] for name in COLUMNS}
    arrays |= {
        f"{_LABEL}{name}": np.asarray(value)
        for name, value in plan.labels.items()
        if name not in _TEXT_LABELS
    }
    try:
        write_atomic(Path(path), functools.partial(_write, arrays))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        _fail(path, f"cannot be written: {getattr(error, 'strerror', None) or error}")


def load_plan(path: str | PathLike[str]) -> Plan:
    """The plan that :func:`save_plan` wrote.

    Raises ScenarioError when the file is damaged, is no plan, or was compiled for another version
    of the model.
    """
    try:
        if Path(path).is_file() and not zipfile.is_zipfile(path):
            _fail(path, "is no plan, or was cut short")
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            header = json.loads(arrays[_HEADER].tobytes())
            _check_header(path, header)
            plan = _plan(header, arrays)
        if plan.hash != header["hash"]:
            found, said = plan.hash, header["hash"]
            _fail(path, f"is damaged: its content has hash {found}, its header {said}")
    except ScenarioError:
        raise
    except FileNotFoundError:
        _fail(path, "cannot be read: no such file")
    except OSError as error:
        _fail(path, f"is no plan, or damaged: {error.strerror or error}")
    except Exception as error:  # zip, zlib, numpy and JSON raise whatever they come across
        _fail(path, f"is no plan, or damaged: {str(error) or type(error).__name__}")
    return plan


def _write(arrays: dict[str, NDArray[Any]], file: IO[bytes]) -> None:
    np.savez_compressed(file, allow_pickle=False, **arrays)


def _check_header(path: str | PathLike[str], header: Any) -> None:
    if not isinstance(header, dict) or header.get("kind") != _KIND:
        _fail(path, "is no plan")
    if header["format"] != FORMAT:
        _fail(path, f"is of format {header['format']} (this pyfabric reads {FORMAT})")
    version = header["model_version"]
    if version != MODEL_VERSION:
        _fail(
            path,
            f"was compiled for version {version} of the model, this pyfabric runs version "
            f"{MODEL_VERSION}; compile the scenario again",
        )


def _plan(header: dict[str, Any], arrays: Any) -> Plan:
    columns = {name: arrays[f"{_COLUMN}{name}"] for name in COLUMNS}
    for name, column in COLUMNS.items():
        if columns[name].dtype != np.dtype(column.dtype):
            found = columns[name].dtype
            raise ValueError(f"column {name} is of type {found}, not {np.dtype(column.dtype)}")
    scalars = {name: int(header["scalars"][name]) for name in SCALARS}
    labels: dict[str, Any] = {name: list(map(str, v)) for name, v in header["texts"].items()}
    for name in arrays.files:
        if name.startswith(_LABEL):
            labels[name.removeprefix(_LABEL)] = arrays[name]
    _check_labels(columns, labels)
    plugins = tuple(_plugin(plugin) for plugin in header.get("plugins", []))
    return Plan(columns, scalars, labels, plugins)


def _plugin_header(plugin: Plugin) -> dict[str, Any]:
    said = {"name": plugin.name, "version": plugin.version, "source": plugin.source}
    return {**said, "parameters": list(plugin.parameters)}


def _plugin(header: dict[str, Any]) -> Plugin:
    source = None if header["source"] is None else str(header["source"])
    parameters = tuple(map(str, header["parameters"]))
    return Plugin(str(header["name"]), str(header["version"]), source, parameters)


def _check_labels(columns: dict[str, NDArray[Any]], labels: dict[str, Any]) -> None:
    """Labels are outside of the hash: they must at least fit the columns."""
    flows = len(columns["flow_qp"])
    sizes = {"node_names": len(columns["node_is_switch"]), "port_names": len(columns["port_peer"])}
    for name, values in labels.items():
        wanted = sizes.get(name, len(values) if name in _TEXT_LABELS else flows)
        if len(values) != wanted:
            raise ValueError(f"label {name} has {len(values)} entries, not {wanted}")


def _fail(path: str | PathLike[str], message: str) -> NoReturn:
    raise ScenarioError(Fault("", message, file=str(path)))
