"""Results in a directory: one npz per table, summary, scenario, and a manifest written last.

A text column ``op`` is stored as numbers with the texts in ``op.words``: the column itself is
``arrays["op.words"][arrays["op"]]`` (with ``op.numbers``, followed by ``[number]``, -1: none).
Every file appears whole or not at all (it is written beside its name and renamed); a directory
without a manifest is an unfinished one.
"""

from __future__ import annotations

import functools
import json
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from pyfabric.errors import Fault, ScenarioError
from pyfabric.results.result import TABLES, Result
from pyfabric.results.table import Table, Words

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_FIELDS: Final = ("stop_reason", "end_ps", "fingerprint", "plan_hash", "seed")
_MAPPINGS: Final = ("stats", "versions", "rows_not_kept")


def save(result: Result, directory: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write ``result`` into ``directory`` (made if needed) and return its path.

    A directory that holds anything is refused (ScenarioError) unless ``overwrite``, which replaces
    the files of an earlier result and leaves all others alone.
    """
    path = claim(directory, overwrite=overwrite)
    (path / MANIFEST).unlink(missing_ok=True)
    for name, table in result.tables.items():
        write_atomic(path / f"{name}.npz", functools.partial(_write_table, table))
    write_text(path / "summary.txt", f"{result}\n")
    if result.scenario is not None:
        temporary = path / f".scenario.{os.getpid()}.yaml"
        result.scenario.save(temporary)
        temporary.replace(path / "scenario.yaml")
    manifest = {
        "format": FORMAT,
        **{name: getattr(result, name) for name in _FIELDS},
        **{name: dict(getattr(result, name)) for name in _MAPPINGS},
        "tables": {name: len(table) for name, table in result.tables.items()},
    }
    write_text(path / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    return path


def load(directory: str | os.PathLike[str]) -> Result:
    """The result that :func:`save` wrote."""
    path = Path(directory)
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _fault(path, f"holds no result: {MANIFEST} is missing") from None
    except (OSError, ValueError) as error:
        raise _fault(path, f"{MANIFEST} cannot be read: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _fault(path, f"{MANIFEST} is not of format {FORMAT}")
    scenario = None
    if (path / "scenario.yaml").exists():
        from pyfabric.scenario import Scenario

        scenario = Scenario.load(path / "scenario.yaml")
    try:
        tables: dict[str, Any] = {name: _read_table(path / f"{name}.npz", name) for name in TABLES}
        values: dict[str, Any] = {name: manifest[name] for name in (*_FIELDS, *_MAPPINGS)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _fault(path, f"is damaged: {error}") from None
    return Result(**tables, **values, scenario=scenario)


def claim(directory: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Make ``directory``, or check that results may be written into it."""
    path = Path(directory)
    if path.exists() and not path.is_dir():
        raise _fault(path, "is a file (expected a directory)")
    try:
        path.mkdir(parents=True, exist_ok=True)
        taken = any(path.iterdir())
    except OSError as error:
        raise _fault(path, f"cannot be used: {error.strerror}") from None
    if taken and not overwrite:
        raise _fault(path, "is not empty; choose another directory or allow overwriting")
    return path


def write_text(path: Path, text: str) -> None:
    """Write a text file so that it appears whole."""
    write_atomic(path, lambda file: file.write(text.encode()))


def write_atomic(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Write beside ``path``, flush to disk, then rename."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp gives a name
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _write_table(table: Table, file: IO[bytes]) -> None:
    arrays: dict[str, Any] = {}
    for name in table.columns:
        column = table.stored(name)
        if not isinstance(column, Words):
            arrays[name] = column
            continue
        arrays[name] = column.codes
        arrays[f"{name}.words"] = np.array([*column.words, ""], dtype=np.str_)
        if column.numbers is not None:
            arrays[f"{name}.numbers"] = column.numbers
    arrays["columns"] = np.array(table.columns)
    arrays["nullable"] = np.array(table.nullable, dtype=np.str_)
    np.savez_compressed(file, allow_pickle=False, **arrays)


def _read_table(path: Path, name: str) -> Table:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        columns = {column: _column(arrays, column) for column in arrays["columns"].tolist()}
        return Table(name, columns, arrays["nullable"].tolist())


def _column(arrays: Any, name: str) -> Any:
    if f"{name}.words" not in arrays:
        return arrays[name]
    numbers = arrays.get(f"{name}.numbers")
    return Words(arrays[name], tuple(arrays[f"{name}.words"].tolist()[:-1]), numbers)


def _fault(path: Path, message: str) -> ScenarioError:
    return ScenarioError(Fault(str(path), message))
