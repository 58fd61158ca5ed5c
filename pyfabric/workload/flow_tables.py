"""Flows as columns: from sequences, arrays, mappings and data frames."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.spec import Faults, checked, spec
from pyfabric.units import duration_ps, parse_time
from pyfabric.workload import flow_files
from pyfabric.workload import part as parts
from pyfabric.workload.flow_lists import ENDS, Flow, FlowList, check_self, resolve
from pyfabric.workload.part import OPS, QPS, Endpoint, Part, Workload
from pyfabric.workload.sizes import MAX_SIZE

if TYPE_CHECKING:
    from pyfabric.workload.arrays import FlowArrays, WorkloadContext
    from pyfabric.workload.draws import Stream


@spec
class FlowTable(Part):
    """Flows as columns; made by :func:`flows`. A column is a tuple, or one value for all rows."""

    kind: ClassVar[str] = "flows"
    spelled: ClassVar[str] = "flows"

    src: Any
    dst: Any
    size: Any
    start: Any = 0
    priority: Any = None
    qp: Any = "fresh"
    op: Any = "write"
    name: str | None = None

    def check(self, faults: Faults) -> None:
        parts.check_name(faults, self.name)
        lengths = {f: len(c) for f in _COLUMNS if isinstance(c := getattr(self, f), tuple)}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            given = ", ".join(f"{field} {length}" for field, length in lengths.items()) or "none"
            faults.add("", f"columns must have one length, at least 1; lengths given: {given}")
            return
        for field, check in _COLUMNS.items():
            _check_column(faults, field, getattr(self, field), check)
        if not faults.found:
            pairs = zip(*self._ends(), strict=True)
            row = next((row for row, (src, dst) in enumerate(pairs) if src == dst), None)
            if row is not None:
                same = shorten(self._ends()[0][row])
                faults.add(f"dst[{row}]", f"is the source itself ({same}); it must be another")

    @property
    def rows(self) -> int:
        """Number of flows."""
        return next(len(c) for f in _COLUMNS if isinstance(c := getattr(self, f), tuple))

    def _ends(self) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
        src, dst = (v if isinstance(v, tuple) else (v,) * self.rows for v in (self.src, self.dst))
        return src, dst

    def estimate(self, context: WorkloadContext) -> int:
        return self.rows

    def generate(self, context: WorkloadContext, stream: Stream) -> FlowArrays:
        from pyfabric.workload.arrays import columns

        faults = Faults("flows")
        ends = [
            resolve(faults, context, column, field, _place)
            for field, column in zip(ENDS, self._ends(), strict=True)
        ]
        check_self(faults, ends[0], ends[1], _place)
        faults.raise_all()
        return columns(
            self.rows,
            src=ends[0],
            dst=ends[1],
            size_bytes=_convert(self.size, parts.size_bytes),
            start_ps=_convert(self.start, parse_time),
            priority=_convert(self.priority, lambda value: -1 if value is None else value),
            op=_convert(self.op, OPS.index),
            per_pair=_convert(self.qp, lambda value: value == "per_pair"),
        )

    def __repr__(self) -> str:
        return parts.call_repr(self)


@checked
def flows(
    items: Any = None,
    *,
    src: Any = None,
    dst: Any = None,
    size: Any = None,
    start: Any = 0,
    priority: Any = None,
    qp: Any = "fresh",
    op: Any = "write",
    name: str | None = None,
) -> Workload:
    """Flows from a list of :class:`Flow`, from columns, or from a file.

    items: flows; or a mapping or data frame with columns ``src``, ``dst``, ``size`` and optionally
        ``start``, ``priority``, ``qp``, ``op``; or the path of a CSV, npz or Parquet file with
        these columns, of which the parameters supply those it lacks.
    src, dst, size, start, priority, qp, op: sequences or arrays of one length; a single value holds
        for all rows.
    """
    given = {"src": src, "dst": dst, "size": size, "start": start}
    given |= {"priority": priority, "qp": qp, "op": op}
    if items is None:
        return Workload((FlowTable(**_as_columns(given), name=name),))
    if isinstance(items, str | PathLike):
        return _from_file(items, given, name)
    if src is not None or dst is not None or size is not None:
        raise ScenarioError(Fault("flows", "give either a list of flows or columns, not both"))
    names = items if isinstance(items, Mapping) else getattr(items, "columns", None)
    names = getattr(items, "column_names", names)
    if names is None:
        if isinstance(items, bytes | Flow) or not isinstance(items, Iterable):
            message = f"must be a list of flows or columns, got {shorten(items)}"
            raise ScenarioError(Fault("flows.items", message))
        return Workload((FlowList(tuple(items), name=name),))
    table = {str(key): items[key] for key in names}
    parameters = {**{key: value for key, value in given.items() if key not in ENDS}, **table}
    parameters.pop("name", None)
    return Workload((FlowTable(**{**_as_columns(parameters), "name": name}),))


def _from_file(path: Any, given: Mapping[str, Any], name: str | None) -> Workload:
    columns = flow_files.read_columns(path)
    missing = [end for end in ("src", "dst", "size") if end not in columns and given[end] is None]
    if missing:
        message = f"lacks the column {', '.join(missing)}"
        raise ScenarioError(Fault("", message, file=str(path)))
    if twice := [
        key for key in columns if given[key] is not None and key in ("src", "dst", "size")
    ]:
        message = f"is given beside a file that has the column {twice[0]!r}"
        raise ScenarioError(Fault(f"flows.{twice[0]}", message))
    try:
        return Workload((FlowTable(**_as_columns({**given, **columns}), name=name),))
    except ScenarioError as error:
        raise flow_files.at_rows(error, path) from None


_COLUMNS: Final[dict[str, Callable[[Faults, str, Any], object]]] = {
    "src": parts.check_endpoint,
    "dst": parts.check_endpoint,
    "size": parts.check_size,
    "start": lambda faults, field, value: faults.time(field, value),
    "priority": lambda faults, field, value: value is None or faults.integer(field, value, 0, 7),
    "qp": lambda faults, field, value: faults.choice(field, value, QPS),
    "op": lambda faults, field, value: faults.choice(field, value, OPS),
}
_INTEGER_RANGES: Final = {
    "src": (0, parts.MAX_ENDPOINTS - 1),
    "dst": (0, parts.MAX_ENDPOINTS - 1),
    "size": (1, MAX_SIZE),
    "start": (0, 10**18),
    "priority": (0, 7),
}


#: Wrong rows of a column that are counted.
_MOST_COUNTED: Final = 10_000
_WHOLE: Final = {"size": "bytes", "start": "picoseconds"}


def _place(row: int, field: str) -> str:
    return f"{field}[{row}]"


def _as_columns(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _as_column(value, key) for key, value in given.items()}


def _as_column(value: Any, field: str) -> Any:
    """A tuple of plain Python values, or the single value."""
    type_ = str(getattr(value, "dtype", getattr(value, "type", ""))).lower()
    if type_.startswith(("timedelta", "duration", "datetime", "timestamp", "date", "<m8", "<m")):
        return _times(value, field)
    for method in ("tolist", "to_list", "to_pylist"):
        convert = getattr(value, method, None)
        if callable(convert):
            listed = convert()
            return tuple(listed) if isinstance(listed, list) else listed
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return value
    return tuple(value)


def _times(value: Any, field: str) -> Any:
    """A column of durations or dates: starts in ps where that is exact, else as they are."""
    import numpy as np

    try:
        array = np.asarray(value)
    except Exception as error:  # other packages raise their own
        raise ScenarioError(Fault(f"flows.{field}", f"cannot be read: {error}")) from None
    if array.ndim == 0:
        return array[()]
    if array.dtype.kind not in "mM":
        return tuple(array.tolist())
    if field == "start" and array.dtype.kind == "m" and not np.isnat(array).any():
        factor = _unit_ps(array)
        if factor:
            return tuple(number * factor for number in array.astype(np.int64).tolist())
    return tuple(array)


def _unit_ps(array: Any) -> int:
    """The ps that 1 stands for in an array of durations; 0: that is not a whole number."""
    try:
        return duration_ps(array[:1].astype("int64").clip(1, 1).astype(array.dtype)[0])
    except ValueError:
        return 0


def _check_column(
    faults: Faults, field: str, column: Any, check: Callable[[Faults, str, Any], object]
) -> None:
    """Check a column, whole when it is all integers, else value by value; one fault at most."""
    if not isinstance(column, tuple):
        check(faults, field, column)
        return
    if field in _INTEGER_RANGES and set(map(type, column)) == {int}:
        low, high = _INTEGER_RANGES[field]
        if low <= min(column) and max(column) <= high:
            return
    good: set[Any] = set()
    bad = Faults(faults.owner)
    for row, value in enumerate(column):
        key = (type(value), value) if isinstance(value, str | int | float) else None
        if key is None or key not in good:
            before = len(bad.found)
            check(bad, f"{field}[{row}]", value)
            if len(bad.found) >= _MOST_COUNTED:
                break
            if key is not None and len(bad.found) == before:
                good.add(key)
    if bad.found:
        first, count = bad.found[0], len(bad.found)
        some = f"at least {count}" if count >= _MOST_COUNTED else f"{count}"
        more = "" if count == 1 else f"; {some} of {len(column)} rows are wrong, this is the first"
        row = int(first.path.rpartition("[")[2].rstrip("]"))
        message = first.message + more + _cure(field, column[row])
        faults.found.append(replace(first, message=message))


def _cure(field: str, value: Any) -> str:
    """What to do about a whole column like this value, where that is plain."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "; fill in what is missing"
    if isinstance(value, float) and math.isfinite(value) and not value.is_integer():
        return f"; round to whole {_WHOLE[field]}" if field in _WHOLE else ""
    if isinstance(value, float) and field in (*ENDS, "priority"):
        return "; convert the column to integers"
    return ""


def _convert(column: Any, convert: Callable[[Any], Any]) -> Any:
    return [convert(value) for value in column] if isinstance(column, tuple) else convert(column)
