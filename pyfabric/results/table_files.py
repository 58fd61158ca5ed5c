"""One table in one file: Parquet where pyarrow is there, else npz.

Parquet: texts are dictionary columns, -1 of a nullable column is a null, a field's metadata has its
``unit``, that of the schema ``table`` and ``nullable``. npz: a text column ``op`` is numbers with
the texts in ``op.words``, that is ``arrays["op.words"][arrays["op"]]`` (with ``op.numbers``,
followed by ``[number]``, -1: none); ``columns`` lists the names in order.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.errors import Fault, ScenarioError, optional_package, unknown
from pyfabric.results.table import Table, Words

#: Formats of tables = suffixes of their files.
FORMATS: Final = ("parquet", "npz")


def chosen_format(wanted: str | None) -> str:
    """``wanted``; for None Parquet when pyarrow is installed, else npz."""
    if wanted is None:
        return "npz" if importlib.util.find_spec("pyarrow") is None else "parquet"
    if wanted not in FORMATS:
        raise ScenarioError(Fault("format", unknown("format of tables", wanted, FORMATS)))
    if wanted == "parquet":
        optional_package("pyarrow.parquet", "writing Parquet")
    return wanted


def write_table(table: Table, form: str, file: IO[bytes]) -> None:
    """Write ``table`` in one of :data:`FORMATS`."""
    if form == "npz":
        _write_npz(table, file)
    else:
        _write_parquet(table, file)


def read_table(path: Path, name: str) -> Table:
    """The table in a file, whose suffix names its format."""
    return _read_npz(path, name) if path.suffix == ".npz" else _read_parquet(path, name)


def _write_npz(table: Table, file: IO[bytes]) -> None:
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
    arrays["columns"] = np.array(table.columns, dtype=np.str_)
    arrays["nullable"] = np.array(table.nullable, dtype=np.str_)
    np.savez_compressed(file, allow_pickle=False, **arrays)


def _read_npz(path: Path, name: str) -> Table:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        columns = {column: _npz_column(arrays, column) for column in arrays["columns"].tolist()}
        return Table(name, columns, arrays["nullable"].tolist())


def _npz_column(arrays: Any, name: str) -> Any:
    if f"{name}.words" not in arrays:
        return arrays[name]
    numbers = arrays.get(f"{name}.numbers")
    return Words(arrays[name], tuple(arrays[f"{name}.words"].tolist()[:-1]), numbers)


def _write_parquet(table: Table, file: IO[bytes]) -> None:
    parquet = optional_package("pyarrow.parquet", "writing Parquet")
    made = table.to_arrow()
    metadata = {"table": table.name, "nullable": json.dumps(table.nullable)}
    parquet.write_table(made.replace_schema_metadata(metadata), file, compression="zstd")


def _read_parquet(path: Path, name: str) -> Table:
    parquet = optional_package("pyarrow.parquet", "reading Parquet")
    with path.open("rb") as file:
        made = parquet.read_table(file)
    nullable = json.loads(made.schema.metadata[b"nullable"])
    columns = {column: _parquet_column(made.column(column)) for column in made.column_names}
    return Table(name, columns, nullable)


def _parquet_column(chunked: Any) -> NDArray[Any] | Words:
    arrow = optional_package("pyarrow", "reading Parquet")
    if arrow.types.is_dictionary(chunked.type):
        whole = chunked.unify_dictionaries().combine_chunks()
        if isinstance(whole, arrow.ChunkedArray):  # no rows, no chunk
            return Words(np.zeros(0, dtype=np.int64), ())
        codes = whole.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return Words(codes, tuple(whole.dictionary.to_pylist()))
    if arrow.types.is_large_string(chunked.type) or arrow.types.is_string(chunked.type):
        return np.array(chunked.to_pylist(), dtype=np.str_)
    if arrow.types.is_floating(chunked.type):
        return np.array(chunked.to_numpy())  # nulls become NaN
    filled = chunked.fill_null(-1) if chunked.null_count else chunked
    return np.array(filled.to_numpy())
