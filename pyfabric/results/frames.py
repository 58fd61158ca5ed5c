"""Result tables as data frames of other packages, imported only here and only when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.errors import optional_package

if TYPE_CHECKING:
    from pyfabric.results.table import Table


def to_pandas(table: Table) -> Any:
    """Integer columns that can be null become ``Int64`` with ``<NA>``; floats keep NaN."""
    pandas = optional_package("pandas")
    columns = {}
    for name in table.columns:
        values = table[name]
        if name in table.nullable and values.dtype.kind in "iu":
            columns[name] = pandas.arrays.IntegerArray(values.copy(), table.null(name))
        else:
            columns[name] = values.copy()
    return pandas.DataFrame(columns)


def to_arrow(table: Table) -> Any:
    """Columns without a value somewhere have nulls there; a field's metadata has its ``unit``."""
    return optional_package("pyarrow").table(table)


def to_polars(table: Table) -> Any:
    """Columns without a value somewhere have nulls there."""
    polars = optional_package("polars")
    frame = polars.DataFrame({name: _plain(table, name) for name in table.columns})
    for name in table.nullable:
        if name in table and table.null(name).any():
            missing = polars.Series("missing", table.null(name))
            column = polars.when(~missing).then(polars.col(name)).otherwise(None)
            frame = frame.with_columns(column.alias(name))
    return frame


def _plain(table: Table, name: str) -> NDArray[Any]:
    values = table[name]
    return values.astype(object) if values.dtype.kind == "U" else np.array(values)
