"""Flows that finished or failed, one row each, in a file that grows while a run goes on.

Rows are in the order of closing (time, then flow), whatever the slices and threads of the run. Each
batch is one write behind what stands, so a process that is killed leaves all batches before. Only
one that is killed in the middle of a write can leave a last line that is not whole.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.plan import Plan
from pyfabric.errors import Fault, PyfabricError, ScenarioError
from pyfabric.files import as_path
from pyfabric.results import vocabulary as words
from pyfabric.results.assemble import Names, flow_numbers, planned_columns, slowdown
from pyfabric.results.table import Table, Words

#: Columns that are not in the table of flows: its row, and when the flow was closed.
OWN: Final = ("flow", "closed_ps")
#: The others are named, and mean the same, as in the table of flows.
COLUMNS: Final = (
    *OWN,
    *("name", "workload", "src", "src_name", "dst", "dst_name", "size_bytes", "start_ps"),
    *("fct_ps", "sender_fct_ps", "ideal_fct_ps", "slowdown", "finished", "status"),
    *("priority", "op", "qp"),
)

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class StreamTarget:
    """Where rows go: ``path`` ends in .csv or .jsonl. ``permit`` says how users allow a file that
    is not empty, which ``overwrite`` does.
    """

    path: Path
    overwrite: bool = False
    permit: str = "remove it"

    @classmethod
    def of(cls, given: Any) -> StreamTarget:
        """``given``, a target or a path, checked as far as can be without writing."""
        target = given if isinstance(given, cls) else cls(as_path(given, "stream_flows"))
        path = target.path
        if path.suffix not in FORMATS:
            allowed = " or ".join(FORMATS)
            raise _fault(f"must be a file that ends in {allowed}, got {str(path)!r}")
        if "\0" in str(path):
            raise _fault(f"must be a path, got {str(path)!r} with a NUL in it")
        try:
            if path.is_dir():
                raise _fault(f"{path} is a directory (expected a file)")
            if path.exists() and not path.is_file():
                raise _fault(f"{path} must be a regular file, not a pipe or device")
            if not path.parent.is_dir():
                raise _fault(f"{path} cannot be written: there is no directory {path.parent}")
            taken = path.exists() and path.stat().st_size > 0
            if not os.access(path if path.exists() else path.parent, os.W_OK):
                raise _fault(f"{path} cannot be written: Permission denied")
        except OSError as error:
            raise _fault(f"{path} cannot be written: {error.strerror}") from None
        if taken and not target.overwrite:
            raise _fault(f"{path} is not empty; choose another file or {target.permit}")
        return target


class FlowStream:
    """Appends rows to the file of a target; to be closed by its caller."""

    def __init__(self, target: StreamTarget, plan: Plan) -> None:
        self._plan = plan
        self._names = Names(plan)
        self._numbers = flow_numbers(plan)
        self._path = target.path
        self._format = FORMATS[target.path.suffix]
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            self._file = os.open(target.path, flags, 0o644)
        except OSError as error:
            raise _fault(f"{target.path} cannot be written: {error.strerror}") from None
        self._begun = False
        #: What ended the stream; the run goes on.
        self.fault: PyfabricError | None = None
        # Bytes written, and time and flow of the last row. Set in one step, so that an interrupt
        # leaves them true, or the last batch to be written again at the same place.
        self._written = (0, (-1, -1))

    def __enter__(self) -> FlowStream:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def begin(self) -> None:
        """Empty the file and write its header: not before the engine has taken the plan, so that a
        run that is refused leaves what was there.
        """
        if self._begun:
            return
        try:
            if os.fstat(self._file).st_size > 0:
                os.ftruncate(self._file, 0)
        except OSError as error:
            raise self._failure(error) from None
        if self._format is _csv:
            self._write(",".join(COLUMNS) + "\n", (-1, -1))
        self._begun = True

    def append(self, closed: Columns) -> None:
        """Write the rows of flows as the engine hands them over; those that stand are left out.

        PyfabricError when the file takes nothing at all; a later failure, such as a full disk, ends
        the stream but not the run, and is kept in ``fault``.
        """
        if self.fault is not None:
            return
        self.begin()
        time, flow = closed["closed_ps"], closed["flow"]
        _, (last_ps, last_flow) = self._written
        fresh = (time > last_ps) | (time == last_ps) & (flow > last_flow)
        if not fresh.any():
            return
        table = self._table({name: values[fresh] for name, values in closed.items()})
        last = (int(time[-1]), int(flow[-1]))
        try:
            self._write(self._format(_plain_columns(table)), last)
        except PyfabricError as error:
            self.fault = error

    def _write(self, text: str, last: tuple[int, int]) -> None:
        offset, _ = self._written
        rest = memoryview(text.encode())
        end = offset + len(rest)
        try:
            while rest:
                count = os.pwrite(self._file, rest, offset)
                rest, offset = rest[count:], offset + count
        except OSError as error:
            raise self._failure(error) from None
        self._written = (end, last)

    def _failure(self, error: OSError) -> PyfabricError:
        return PyfabricError(f"stream_flows: {self._path} cannot be written: {error.strerror}")

    def _table(self, closed: Columns) -> Table:
        plan, flow = self._plan, closed["flow"]
        endpoints = plan.labels.get("endpoint_names", ())
        planned = planned_columns(plan, self._names, endpoints, self._numbers, flow)
        fct = closed["fct_ps"]
        codes = np.where(closed["status"] == 2, words.FAILED, words.FINISHED)
        known: dict[str, Any] = {
            **planned,
            **{name: closed[name] for name in (*OWN, "fct_ps", "sender_fct_ps")},
            "slowdown": slowdown(fct, np.asarray(planned["ideal_fct_ps"])),
            "finished": fct >= 0,
            "status": Words(codes, words.STATUSES),
        }
        return Table("flows", {name: known[name] for name in COLUMNS}, words.NULLABLE["flows"])


def _plain_columns(table: Table) -> dict[str, Sequence[Any]]:
    """Columns as lists of Python values, None where there is none."""
    columns: dict[str, Sequence[Any]] = {}
    for name in table.columns:
        values = table[name].tolist()
        if name in table.nullable:
            null = table.null(name).tolist()
            values = [None if empty else value for value, empty in zip(values, null, strict=True)]
        columns[name] = values
    return columns


def _csv(columns: Mapping[str, Sequence[Any]]) -> str:
    """What has no value is empty; true and false as in JSON."""
    text = io.StringIO()
    shown = dict(columns)
    shown["finished"] = ["true" if value else "false" for value in columns["finished"]]
    csv.writer(text, lineterminator="\n").writerows(zip(*shown.values(), strict=True))
    return text.getvalue()


def _jsonl(columns: Mapping[str, Sequence[Any]]) -> str:
    rows = zip(*columns.values(), strict=True)
    return "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)


#: Suffix -> how a batch of rows reads.
FORMATS: Final[dict[str, Callable[[Mapping[str, Sequence[Any]]], str]]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
}


def _fault(message: str) -> ScenarioError:
    return ScenarioError(Fault("stream_flows", message))
