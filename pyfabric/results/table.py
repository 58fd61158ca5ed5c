"""A result table: named read-only numpy columns of one length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.errors import MissingPackageError as MissingPackageError
from pyfabric.errors import unknown

#: Last word of a column's name -> its unit.
_UNITS: Final = {"ps": "ps", "bytes": "B", "bps": "bit/s"}
_SHOWN_ROWS: Final = 8


@dataclass(frozen=True)
class Words:
    """A text column: ``words[codes]``, made when it is asked for; code -1 is the empty text.

    With ``numbers``, a row reads ``word[number]``, and ``word`` alone where the number is -1.
    """

    codes: NDArray[Any]
    words: tuple[str, ...]
    numbers: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def array(self) -> NDArray[np.str_]:
        """The texts as a numpy array."""
        if self.numbers is not None:
            return np.array([self.value(row) for row in range(len(self))], dtype=np.str_)
        texts: NDArray[np.str_] = np.array([*self.words, ""], dtype=np.str_)[self.codes]
        return texts

    def dictionary(self) -> tuple[NDArray[np.int32], list[str]]:
        """The column as indices into a list of different texts; ``numbers`` may not be there."""
        texts = list(dict.fromkeys((*self.words, "")))
        place = {text: index for index, text in enumerate(texts)}
        index = np.array([place[word] for word in (*self.words, "")], dtype=np.int32)
        return index[self.codes], texts

    def value(self, row: int) -> str:
        """The text of one row."""
        code = int(self.codes[row])
        word = self.words[code] if code >= 0 else ""
        number = -1 if self.numbers is None else int(self.numbers[row])
        return word if number < 0 else f"{word}[{number}]"

    def take(self, rows: NDArray[Any]) -> Words:
        """The same for some rows."""
        numbers = None if self.numbers is None else self.numbers[rows]
        return Words(self.codes[rows], self.words, numbers)


class Table:
    """Columns by name: ``table["fct_ps"]`` is a read-only numpy array, ``len(table)`` its length.

    The unit of a column is the last word of its name (``_ps``, ``_bytes``, ``_bps``; see
    :attr:`units`). A column named in :attr:`nullable` holds -1 (floats: NaN) where there is no
    value; Arrow, pandas and polars get a null there.
    """

    def __init__(
        self,
        name: str,
        columns: Mapping[str, NDArray[Any] | Words],
        nullable: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.nullable = tuple(nullable)
        self._columns: dict[str, NDArray[Any] | Words] = dict(columns)
        lengths = {column: len(values) for column, values in self._columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of table {name!r} differ in length: {lengths}")
        self._length = next(iter(lengths.values()), 0)
        for values in self._columns.values():
            _freeze(values.codes if isinstance(values, Words) else values)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self._columns)

    @property
    def units(self) -> dict[str, str]:
        """Unit of each column, ``""`` when it has none."""
        return {name: _UNITS.get(name.rpartition("_")[2], "") for name in self._columns}

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> NDArray[Any]:
        values = self._columns.get(name)
        if values is None:
            raise KeyError(unknown(f"column of table {self.name!r}", name, self._columns))
        return _freeze(values.array()) if isinstance(values, Words) else values

    def stored(self, name: str) -> NDArray[Any] | Words:
        """A column as it is kept: an array, or :class:`Words`."""
        return self._columns[name]

    def take(self, rows: NDArray[Any]) -> Table:
        """The rows of a boolean mask or of row numbers, in that order."""
        taken = {
            name: values.take(rows) if isinstance(values, Words) else values[rows]
            for name, values in self._columns.items()
        }
        return Table(self.name, taken, self.nullable)

    def row(self, index: int) -> dict[str, Any]:
        """One row as plain Python values by column name."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of table {self.name!r}, which has {len(self)} rows")
        return {name: self._value(values, index) for name, values in self._columns.items()}

    @staticmethod
    def _value(values: NDArray[Any] | Words, index: int) -> Any:
        return values.value(index) if isinstance(values, Words) else values[index].item()

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """All columns as arrays."""
        return {name: self[name] for name in self._columns}

    def null(self, name: str) -> NDArray[np.bool_]:
        """Where a column has no value."""
        values = self[name]
        if name not in self.nullable:
            return np.zeros(len(self), dtype=np.bool_)
        missing = np.isnan(values) if values.dtype.kind == "f" else values == -1
        return np.asarray(missing, dtype=np.bool_)

    def to_pandas(self) -> Any:
        """A pandas DataFrame; needs the extra ``frames``."""
        from pyfabric.results import frames

        return frames.to_pandas(self)

    def to_arrow(self) -> Any:
        """A pyarrow Table, texts as dictionary columns; needs the extra ``frames``."""
        from pyfabric.results import frames

        return frames.to_arrow(self)

    def to_polars(self) -> Any:
        """A polars DataFrame; needs the extra ``frames``."""
        from pyfabric.results import frames

        return frames.to_polars(self)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The Arrow PyCapsule interface, without pyarrow: polars, duckdb and others take it.

        The columns are those of :meth:`to_arrow`; a requested schema is not followed. (pandas has
        ``DataFrame.from_arrow`` from version 3 on, which itself needs pyarrow.)
        """
        from pyfabric.results.arrow_stream import stream

        return stream(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (self.name, self._columns, self.nullable)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self.columns == other.columns and all(
            np.array_equal(self[name], other[name], equal_nan=self[name].dtype.kind == "f")
            for name in self.columns
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        rows = "row" if len(self) == 1 else "rows"
        head = f"Table {self.name!r}: {len(self)} {rows}"
        shown = [self.row(index) for index in range(min(len(self), _SHOWN_ROWS))]
        lines = [head]
        for name in self.columns:
            values = ", ".join(_short(row[name]) for row in shown)
            more = ", ..." if len(self) > len(shown) else ""
            lines.append(f"  {name}: {values}{more}" if shown else f"  {name}")
        return "\n".join(lines)


def _freeze(values: NDArray[Any]) -> NDArray[Any]:
    values.flags.writeable = False
    return values


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
