"""Results in a directory: tables, summary, scenario, and a manifest that says which files count.

The manifest is written last, by ``os.replace``. A result that replaces another one uses other file
names (``flows-2.npz`` beside ``flows.npz``), and the old files go when the new manifest stands: at
any moment the directory holds the old result or the new one.
"""

from __future__ import annotations

import functools
import json
import os
import re
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pyfabric.cc import CustomCongestionControl
from pyfabric.errors import Fault, MissingPackageError, PyfabricError, ScenarioError
from pyfabric.files import SAVING, as_path, write_atomic
from pyfabric.files import write_text as write_text
from pyfabric.results.manifest import wrong_values
from pyfabric.results.result import TABLES, Result
from pyfabric.results.table import Table
from pyfabric.results.table_files import chosen_format, read_table, write_table

MANIFEST: Final = "manifest.json"
#: Version of the layout. 1: fixed file names, tables as npz, ``tables`` = rows by name.
FORMAT: Final = 2
_FIELDS: Final = ("stop_reason", "end_ps", "fingerprint", "plan_hash", "seed")
_MAPPINGS: Final = ("stats", "versions", "rows_not_kept")
_SECOND: Final = "-2"

_NAMES: Final = "|".join((*TABLES, "summary", "scenario"))
_OURS: Final = re.compile(rf"({_NAMES})({_SECOND})?\.[\w.]+")
_SCRAP: Final = re.compile(rf"\.({_NAMES}|manifest)({_SECOND})?\.[\w.]+\{SAVING}")


def save(
    result: Result,
    directory: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    format: str | None = None,
) -> Path:
    """Write ``result`` into ``directory`` (made if needed) and return its path.

    A directory that holds anything is refused (ScenarioError) unless ``overwrite``, which replaces
    an earlier result and leaves all other files alone. ``format`` of the tables: "parquet", "npz",
    or None: Parquet when pyarrow is installed, else npz.
    """
    form = chosen_format(format)
    path = claim(directory, overwrite=overwrite)
    try:
        _write(result, path, form)
    except OSError as error:
        file = error.filename or path
        raise _fault(
            path, f"{Path(file).name} cannot be written: {error.strerror or error}"
        ) from None
    return path


def _write(result: Result, path: Path, form: str) -> None:
    old = _manifest(path, missing_ok=True)
    before = _files_of(old)
    mark = "" if before.isdisjoint(_file_names("", form)) else _SECOND
    for name, table in result.tables.items():
        write_atomic(path / f"{name}{mark}.{form}", functools.partial(write_table, table, form))
    write_text(path / f"summary{mark}.txt", f"{result}\n")
    scenario = _save_scenario(result, path, mark)
    # Named in the manifest, so that they go at the next save when this one is killed before.
    replaced = before.union(map(str, old.get("replaced", ())))
    manifest = _described(result, mark, form, scenario) | {"replaced": sorted(replaced)}
    write_text(path / MANIFEST, json.dumps(manifest, indent=2) + "\n")
    _tidy(path, replaced, _files_of(manifest))


def load(directory: str | os.PathLike[str], *, scenario: bool = True) -> Result:
    """The result that :func:`save` wrote, by this version or an earlier one.

    scenario: False: without it, as when its file is lost.
    """
    path = as_path(directory, "load_result")
    while True:
        manifest = _manifest(path)
        try:
            return _load(path, manifest, scenario)
        except PyfabricError:
            if _manifest(path) == manifest:  # else it was replaced while it was read
                raise


def claim(
    directory: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    permit: str = "allow it with overwrite=True",
) -> Path:
    """Make ``directory``, or check that results may be written into it: a file is, and goes.

    ``permit``: how the caller's user allows a directory that is not empty.
    """
    path = Path(directory)
    try:
        if path.exists() and not path.is_dir():
            raise _fault(path, "is a file (expected a directory)")
        path.mkdir(parents=True, exist_ok=True)
        taken = any(path.iterdir())
        if not taken or overwrite:
            with tempfile.TemporaryFile(dir=path):
                pass
    except OSError as error:
        raise _fault(path, f"cannot be written into: {error.strerror}") from None
    except ScenarioError:
        raise
    except ValueError as error:  # a NUL
        raise _fault(path, f"cannot be a directory: {error}") from None
    if taken and not overwrite:
        raise _fault(path, f"is not empty; choose another directory or {permit}")
    return path


def _file_names(mark: str, form: str) -> set[str]:
    return {*(f"{name}{mark}.{form}" for name in TABLES), f"summary{mark}.txt"}


def _save_scenario(result: Result, path: Path, mark: str) -> list[str]:
    """Names of the files written; the scenario's own file is the first."""
    control = None if result.scenario is None else result.scenario.congestion_control
    if isinstance(control, CustomCongestionControl) and control.source is None:
        warnings.warn(
            f"the result is saved without its scenario: {control.title} cannot be found again by "
            "name; give it as 'module:attribute'",
            stacklevel=3,
        )
        return []
    if result.scenario is None:
        return []
    from pyfabric.scenario.files import saved_files

    files = saved_files(result.scenario, f"scenario{mark}.yaml")
    for name, text in reversed(files.items()):
        write_text(path / name, text)
    return list(files)


def _described(result: Result, mark: str, form: str, scenario: list[str]) -> dict[str, Any]:
    """The manifest."""
    return {
        "format": FORMAT,
        **{name: getattr(result, name) for name in _FIELDS},
        **{name: dict(getattr(result, name)) for name in _MAPPINGS},
        "summary": f"summary{mark}.txt",
        "scenario": scenario,
        "tables": {
            name: {"file": f"{name}{mark}.{form}", "rows": len(table), "columns": _columns(table)}
            for name, table in result.tables.items()
        },
    }


def _columns(table: Table) -> dict[str, dict[str, Any]]:
    """Type and unit of each column, and whether it can be without a value."""
    described = {}
    for name, unit in table.units.items():
        kind = table.stored(name)
        dtype = str(getattr(kind, "dtype", "text"))
        described[name] = {
            "type": "text" if dtype.startswith("<U") else dtype,
            "unit": unit,
            "nullable": name in table.nullable,
        }
    return described


def _manifest(path: Path, *, missing_ok: bool = False) -> dict[str, Any]:
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if missing_ok:
            return {}
        raise _fault(path, f"holds no result: {MANIFEST} is missing") from None
    except (OSError, ValueError) as error:
        if missing_ok:
            return {}
        raise _fault(path, f"{MANIFEST} cannot be read: {error}") from None
    form = manifest.get("format") if isinstance(manifest, dict) else None
    known = isinstance(form, int) and not isinstance(form, bool) and 1 <= form <= FORMAT
    if known and isinstance(manifest, dict) and isinstance(manifest.get("tables"), dict):
        return manifest
    if missing_ok:
        return {}
    if isinstance(form, int) and form > FORMAT:
        message = f"is of format {form}, from a newer pyfabric (this one reads 1 to {FORMAT})"
        raise _fault(path, message)
    raise _fault(path, f"{MANIFEST} is no manifest of a result (format 1 to {FORMAT})")


def _files_of(manifest: Mapping[str, Any]) -> set[str]:
    """Names of the files that a manifest stands for, beside itself."""
    if not manifest or manifest["format"] == 1:
        texts = ("summary.txt", "scenario.yaml") if manifest else ()
        return {*(f"{name}.npz" for name in manifest.get("tables", ())), *texts}
    try:
        files = {str(table["file"]) for table in manifest["tables"].values()}
        return files | {str(manifest["summary"]), *map(str, manifest["scenario"])}
    except (KeyError, TypeError, AttributeError):  # damaged: there is no result to keep
        return set()


def _load(path: Path, manifest: Mapping[str, Any], with_scenario: bool) -> Result:
    described = manifest["tables"]
    try:
        wrong = wrong_values(manifest)
        if wrong:
            message = f"{MANIFEST}: {', '.join(wrong)} is missing or of the wrong type"
            raise _fault(path, f"is damaged: {message}")
        if manifest["format"] == 1:
            files = {name: f"{name}.npz" for name in described}
            rows = described
            texts = ["scenario.yaml"] if (path / "scenario.yaml").exists() else []
        else:
            files = {name: table["file"] for name, table in described.items()}
            rows = {name: table["rows"] for name, table in described.items()}
            texts = manifest["scenario"]
        tables: dict[str, Any] = {
            name: _table(path, files[name], name, rows[name]) for name in TABLES if name in files
        }
        values: dict[str, Any] = {name: manifest[name] for name in (*_FIELDS, *_MAPPINGS)}
    except (MissingPackageError, ScenarioError):
        raise
    except Exception as error:  # readers of damaged files raise whatever they come across
        raise _fault(path, f"is damaged: {str(error) or type(error).__name__}") from None
    scenario = None
    if texts and with_scenario:
        from pyfabric.scenario import Scenario

        scenario = Scenario.load(path / texts[0])
    return Result(**tables, **values, scenario=scenario)


def _table(path: Path, file: str, name: str, rows: int) -> Table:
    try:
        table = read_table(path / file, name)
    except MissingPackageError:
        raise
    except FileNotFoundError:
        raise ValueError(f"{file} is missing") from None
    except Exception as error:  # readers of damaged files raise whatever they come across
        raise ValueError(f"{file}: {str(error) or type(error).__name__}") from None
    if len(table) != rows:
        raise ValueError(f"{file} has {len(table)} rows, {MANIFEST} says {rows}")
    return table


def _tidy(path: Path, before: set[str], now: set[str]) -> None:
    """Remove the files of the result before, and what a killed save left behind."""
    for file in path.iterdir():
        ours = _OURS.fullmatch(file.name)
        old = ours and (file.name in before or ours[2]) and file.name not in now
        if old or _SCRAP.fullmatch(file.name):
            file.unlink(missing_ok=True)


def _fault(path: Path, message: str) -> ScenarioError:
    return ScenarioError(Fault(str(path).replace("\0", "\\0"), message))
