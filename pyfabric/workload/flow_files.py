"""Flows in files: CSV, npz or Parquet, one row per flow, columns named as those of ``flows``.

A CSV file has a header. A whole number is an endpoint, bytes or picoseconds; an empty cell is none;
everything else is a text, such as ``host3:gpu1``, ``64kB`` or ``5us``.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from pyfabric.errors import Fault, ScenarioError, did_you_mean, optional_package, shorten, unknown

COLUMNS: Final = ("src", "dst", "size", "start", "priority", "qp", "op")
NAME: Final = "name"
SUFFIXES: Final = (".csv", ".npz", ".parquet")

_TEXTS: Final = ("qp", "op", NAME)
_FLOAT: Final = re.compile(r"\d+\.\d*(e[+-]?\d+)?|\d+e[+-]?\d+", re.IGNORECASE)
_ROW: Final = re.compile(r"\[(\d+)\]")


def read_columns(path: str | os.PathLike[str], *, names: bool = False) -> dict[str, list[Any]]:
    """Columns of a flow file by name; ``names``: a column ``name`` is allowed.

    Raises ScenarioError naming the file and, for CSV, the line.
    """
    file = Path(path)
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        _fail(file, None, f"a flow file is one of {known}, got the suffix {file.suffix!r}")
    known_columns = (*COLUMNS, NAME) if names else COLUMNS
    readers = {".csv": _read_csv, ".npz": _read_npz, ".parquet": _read_parquet}
    try:
        columns = readers[suffix](file)
    except FileNotFoundError:
        siblings = [entry.name for entry in file.parent.glob("*")] if file.parent.is_dir() else []
        _fail(file, None, f"there is no such file{did_you_mean(file.name, siblings)}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        _fail(file, None, f"cannot be read: {error}")
    for column in columns:
        if column not in known_columns:
            line = 1 if suffix == ".csv" else None
            _fail(file, line, unknown("column", column, known_columns))
    return columns


def at_rows(error: ScenarioError, path: str | os.PathLike[str]) -> ScenarioError:
    """The faults of rows with the file, and for CSV the line, that they stand in."""
    file = Path(path)
    lines = _csv_lines(file) if file.suffix.lower() == ".csv" else []
    faults = []
    for fault in error.faults:
        match = _ROW.search(fault.path)
        row = int(match[1]) if match else -1
        line = lines[row] if 0 <= row < len(lines) else None
        faults.append(dataclasses.replace(fault, file=str(file), line=line))
    return ScenarioError(faults)


def csv_text(columns: dict[str, Sequence[Any]]) -> str:
    """Columns as the text of a CSV file that :func:`read_columns` reads back."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(map(_text, column) for column in columns.values()), strict=True))
    return buffer.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(float(value)) if isinstance(value, float) else str(int(value))


def _read_csv(file: Path) -> dict[str, list[Any]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream, strict=True)
        header = [name.strip() for name in next(rows, [])]
        if not header:
            _fail(file, 1, f"is empty; the first line names columns: {', '.join(COLUMNS)}")
        if len(set(header)) != len(header):
            twice = next(name for name in header if header.count(name) > 1)
            _fail(file, 1, f"names the column {twice!r} twice")
        body = []
        for row in rows:
            if len(row) == len(header):
                body.append(row)
            elif row:
                message = f"has {len(row)} cells, the header has {len(header)}: {shorten(row)}"
                _fail(file, rows.line_num, message)
    cells = zip(*body, strict=True) if body else ((),) * len(header)
    return {name: _values(name, column) for name, column in zip(header, cells, strict=True)}


def _values(name: str, column: Sequence[str]) -> list[Any]:
    if name in _TEXTS:
        return [cell or None for cell in column]
    return [_value(cell) for cell in column]


def _value(cell: str) -> Any:
    if cell.isdecimal() and len(cell) < 40:
        return int(cell)
    if _FLOAT.fullmatch(cell):
        return float(cell)
    return cell or None


def _csv_lines(file: Path) -> list[int]:
    """Line of each row; only needed once something is wrong."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream)
        next(rows, None)
        return [rows.line_num for row in rows if row]


def _read_npz(file: Path) -> dict[str, list[Any]]:
    import numpy as np

    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return {name: arrays[name].tolist() for name in arrays.files}
    except OSError:
        raise  # told by the caller
    except Exception as error:  # zip, zlib and numpy raise whatever they come across
        _fail(file, None, f"cannot be read as npz: {str(error) or type(error).__name__}")


def _read_parquet(file: Path) -> dict[str, list[Any]]:
    parquet = optional_package("pyarrow.parquet", "reading a Parquet file of flows")
    try:
        with file.open("rb") as stream:
            table = parquet.read_table(stream)
        return {name: table.column(name).to_pylist() for name in table.column_names}
    except optional_package("pyarrow").ArrowException as error:
        _fail(file, None, f"cannot be read as Parquet: {shorten(str(error), 200)}")


def _fail(file: Path, line: int | None, message: str) -> NoReturn:
    raise ScenarioError(Fault("", message, file=str(file), line=line))
