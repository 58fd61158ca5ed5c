"""Flow files: the number of flows; then one flow per line, ``src dst pg dport size start``, in the
order of their starts (in seconds)."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyfabric.errors import shorten
from pyfabric.io.ns3.lines import Row, Rows, number, whole
from pyfabric.io.ns3.times import cut_ns

if TYPE_CHECKING:
    from pyfabric.io.ns3.topology import NetworkFile
    from pyfabric.workload.arrays import FlowArrays

MAX_FLOWS: Final = 10**8
MAX_SIZE: Final = 10**12
#: Latest start: a million seconds.
_MAX_START_PS: Final = 10**18
_SECOND_PS: Final = 10**12
_SECOND_NS: Final = 10**9
_FIELDS: Final = ("src", "dst", "pg", "dport", "size", "start")
_PLAIN: Final = re.compile(r"([0-9]{1,7})(?:\.([0-9]{0,40}))?")


@dataclass(frozen=True)
class FlowFile:
    """Columns of a flow file, one entry a flow; nodes by the file's ids."""

    path: str
    src: array[int]
    dst: array[int]
    pg: array[int]  #: priority group, 1 to 7
    dport: array[int]
    size_bytes: array[int]
    start_ps: array[int]  #: as written, digits beyond the picosecond cut
    start_ns: array[int]  #: as that simulator has it: the double nearest to the text, cut to ns

    def __len__(self) -> int:
        return len(self.src)

    def priorities(self) -> tuple[int, ...]:
        """The priority groups in use, rising."""
        return tuple(sorted(set(self.pg)))


def read_flow_file(path: str | PathLike[str], network: NetworkFile) -> FlowFile:
    """Read a flow file. Only the declared number of flows is read; text behind them is not.

    Raises ScenarioError with file, line and what was expected; also for nodes that are unknown or
    switches, flows to themselves, and starts out of order.
    """
    rows = Rows(path)
    (count,) = rows.counts(("flows",), MAX_FLOWS)
    if not count:
        rows.fail(rows.header_line, "declares 0 flows; expected at least 1")
    reader = _FlowReader(rows, network)
    for row in rows.table(count, "flows", _FIELDS):
        reader.read(row)
    rows.raise_all()
    return FlowFile(rows.name, *reader.columns)


class _FlowReader:
    def __init__(self, rows: Rows, network: NetworkFile) -> None:
        self._rows = rows
        self._network = network
        self.columns: tuple[array[int], ...] = tuple(array("q") for _ in range(7))
        self._before = (0, "0")

    def read(self, row: Row) -> None:
        src, dst = (self._host(row, at) for at in (0, 1))
        if src == dst and src >= 0:
            self._rows.add(row.line, f"src and dst are both node {src}; they must differ")
        pg = self._whole(row, 2, 1, 7, ", group 0 is for control frames")
        dport = self._whole(row, 3, 0, 65535)
        size = self._whole(row, 4, 1, MAX_SIZE)
        start_ps, start_ns = self._start(row)
        values = (src, dst, pg, dport, size, start_ps, start_ns)
        for column, value in zip(self.columns, values, strict=True):
            column.append(value)

    def _host(self, row: Row, at: int) -> int:
        node = whole(row.words[at])
        field = _FIELDS[at]
        if node is None or node >= self._network.nodes:
            known = f"nodes are 0 to {self._network.nodes - 1} in {self._network.path}"
            self._rows.add(row.line, f"{field}: unknown node {shorten(row.words[at])} ({known})")
            return -1
        if node in self._network.switches:
            self._rows.add(row.line, f"{field}: node {node} is a switch; expected a host")
            return -1
        return node

    def _whole(self, row: Row, at: int, low: int, high: int, hint: str = "") -> int:
        value = whole(row.words[at])
        if value is None or not low <= value <= high:
            wanted = f"expected a whole number from {low} to {high}{hint}"
            self._rows.add(row.line, f"{_FIELDS[at]}: {wanted}, got {shorten(row.words[at])}")
            return low
        return value

    def _start(self, row: Row) -> tuple[int, int]:
        word = row.words[5]
        times = start_times(word)
        if times is None or times[0] > _MAX_START_PS:
            wanted = "expected seconds from 0 to 1000000"
            self._rows.add(row.line, f"start: {wanted}, got {shorten(word)}")
            return 0, 0
        if times[0] < self._before[0]:
            message = f"{word} s is before the start of the flow above, {self._before[1]} s"
            self._rows.add(
                row.line, f"start: {message}; flows must be in the order of their starts"
            )
        self._before = (times[0], word)
        return times


def start_times(word: str) -> tuple[int, int] | None:
    """(ps, ns) of a time in seconds: what is written cut to ps, and the double cut to ns.

    The double nearest to ``2.0002`` is a little less, so its ns are 2000199999. None when ``word``
    is no number.
    """
    plain = _PLAIN.fullmatch(word)
    if plain:
        digits = (plain[2] or "")[:12]
        time_ps = int(plain[1]) * _SECOND_PS + int(digits.ljust(12, "0"))
    else:
        value = number(word)
        if value is None:
            return None
        top, bottom = value.as_integer_ratio()
        time_ps = top * _SECOND_PS // bottom
    return time_ps, cut_ns(float(word), _SECOND_NS)


def write_flow_file(
    path: str | PathLike[str],
    flows: FlowArrays,
    *,
    node_ids: Sequence[int] | None = None,
    priority: int = 3,
    dport: int = 100,
) -> None:
    """Write ``flows`` as a flow file, in the order of their starts, exact to the ps.

    node_ids: id of each endpoint in the topology file; None: the endpoint's number. ``priority`` is
    that of flows without one. Raises ValueError for endless flows, which the format cannot say.
    """
    from pyfabric.results.storage import write_text

    write_text(Path(path), "".join(flow_lines(flows, node_ids, priority, dport)))


def flow_lines(
    flows: FlowArrays, node_ids: Sequence[int] | None = None, priority: int = 3, dport: int = 100
) -> Iterable[str]:
    """The lines of a flow file, each with its line end; see :func:`write_flow_file`."""
    if len(flows) and int(flows.size_bytes.min()) < 0:
        raise ValueError("a flow file has no endless flows; give every flow a size")
    yield f"{len(flows)}\n"
    columns = (flows.src, flows.dst, flows.priority, flows.size_bytes, flows.start_ps)
    order = flows.start_ps.argsort(kind="stable")
    for src, dst, given, size, start in zip(*(c[order].tolist() for c in columns), strict=True):
        ends = (src, dst) if node_ids is None else (node_ids[src], node_ids[dst])
        pg = priority if given < 0 else given
        second, rest = divmod(start, _SECOND_PS)
        digits = f"{rest:012d}".rstrip("0").ljust(9, "0")
        yield f"{ends[0]} {ends[1]} {pg} {dport} {size} {second}.{digits}\n"
