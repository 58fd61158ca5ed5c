"""Topology files: ``nodes switches links``; the ids of the switches; then one link per line,
``a b rate delay error_rate``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from typing import Final, NamedTuple

from pyfabric.errors import ScenarioError, shorten
from pyfabric.io.ns3.lines import Row, Rows, number, whole
from pyfabric.io.ns3.times import cut_delay_ps
from pyfabric.topology import Topology
from pyfabric.units import format_rate, format_time, parse_rate, parse_time

MAX_NODES: Final = 2**22
MAX_LINKS: Final = 2**24
_RATES_BPS: Final = (10**6, 10**14)
_DELAYS_PS: Final = (1, 10**12)
_HEADER: Final = ("nodes", "switches", "links")
_FIELDS: Final = ("a", "b", "rate", "delay", "error_rate")


class Link(NamedTuple):
    """One link between the nodes ``a`` and ``b``, with its line in the file."""

    a: int
    b: int
    rate_bps: int
    delay_ps: int
    error_rate: float
    line: int


@dataclass(frozen=True)
class NetworkFile:
    """Nodes and links as the file numbers them: nodes from 0, hosts are those that are no
    switches; the ports of a node from 1 in the order of its links."""

    path: str
    nodes: int
    switch_ids: tuple[int, ...]
    links: tuple[Link, ...]

    @cached_property
    def switches(self) -> frozenset[int]:
        """The ids of the switches."""
        return frozenset(self.switch_ids)

    @cached_property
    def host_ids(self) -> tuple[int, ...]:
        """The ids of the hosts, rising: endpoint i of the scenario is ``host_ids[i]``."""
        return tuple(node for node in range(self.nodes) if node not in self.switches)

    @cached_property
    def endpoint_of(self) -> dict[int, int]:
        """Id of a host -> its endpoint number in the scenario."""
        return {node: index for index, node in enumerate(self.host_ids)}

    @property
    def node_ids(self) -> tuple[int, ...]:
        """The file's ids of the nodes of a plan, in the plan's order."""
        return self.host_ids + self.switch_ids

    def name(self, node: int) -> str:
        """Name of a node in scenario and tables: ``host17``, ``switch320``, by the file's id."""
        return f"{'switch' if node in self.switches else 'host'}{node}"

    def topology(self, error_rate: float = 0.0) -> Topology:
        """The fabric; links whose own error rate is 0 have ``error_rate``."""
        edges = []
        for link in self.links:
            rate, delay = format_rate(link.rate_bps), format_time(link.delay_ps)
            error = link.error_rate or error_rate
            edge = (self.name(link.a), self.name(link.b), rate, delay)
            edges.append((*edge, error) if error else edge)
        hosts, switches = map(self._names, (self.host_ids, self.switch_ids))
        try:
            return Topology.from_edges(hosts, switches, edges)
        except ScenarioError as error:
            faults = [replace(fault, path="", file=self.path) for fault in error.faults]
            raise ScenarioError(faults) from None

    def _names(self, nodes: tuple[int, ...]) -> list[str]:
        return [self.name(node) for node in nodes]


def read_topology_file(path: str | PathLike[str], *, ns3: bool = False) -> NetworkFile:
    """Read a topology file. Only the declared number of links is read; text behind them is not.

    ``ns3``: delays are cut to ns as that simulator does.

    Raises ScenarioError with file, line and what was expected.
    """
    rows = Rows(path)
    nodes, switches, links = rows.counts(_HEADER, MAX_LINKS)
    if not 1 <= nodes <= MAX_NODES or switches >= nodes or not links:
        wanted = f"expected 1 to {MAX_NODES} nodes, fewer switches than nodes, at least 1 link"
        rows.fail(
            rows.header_line, f"{wanted}; got {nodes} nodes, {switches} switches, {links} links"
        )
    switch_ids = _read_switches(rows, nodes, switches)
    reader = _LinkReader(rows, nodes, ns3=ns3)
    found = [reader.read(row) for row in rows.table(links, "links", _FIELDS)]
    rows.raise_all()
    return NetworkFile(rows.name, nodes, switch_ids, tuple(found))


def _read_switches(rows: Rows, nodes: int, count: int) -> tuple[int, ...]:
    """The ids may be spread over several lines."""
    ids: dict[int, None] = {}
    found = 0
    while found < count:
        row = rows.next()
        if row is None:
            rows.fail(
                rows.last_line,
                f"the file ends: expected the ids of {count} switches as line "
                f"{rows.header_line} declares, found {found}",
            )
        found += len(row.words)
        if found > count:
            rows.fail(row.line, f"expected the ids of {count} switches, found {found}")
        for word in row.words:
            node = whole(word)
            if node is None or node >= nodes:
                rows.fail(
                    row.line,
                    f"expected the id of a switch, 0 to {nodes - 1}, got {shorten(word)}",
                )
            if node in ids:
                rows.fail(row.line, f"switch {node} is listed twice")
            ids[node] = None
    return tuple(ids)


class _LinkReader:
    def __init__(self, rows: Rows, nodes: int, *, ns3: bool) -> None:
        self._rows = rows
        self._ns3 = ns3
        self._nodes = nodes
        self._known: dict[tuple[str, str], int] = {}

    def read(self, row: Row) -> Link:
        a, b = (self._node(row.line, word) for word in row.words[:2])
        if a == b and a >= 0:
            self._rows.add(row.line, f"links node {a} to itself; the ends must differ")
        rate, delay, error = row.words[2:]
        rate = f"{rate}bps" if whole(rate) is not None else rate
        rate_bps = self._quantity(row.line, "rate", rate, parse_rate, _RATES_BPS, format_rate)
        delay_ps = self._quantity(row.line, "delay", delay, parse_time, _DELAYS_PS, format_time)
        if self._ns3:
            delay_ps = cut_delay_ps(delay) or delay_ps
        return Link(a, b, rate_bps, delay_ps, self._error_rate(row.line, error), row.line)

    def _node(self, line: int, word: str) -> int:
        node = whole(word)
        if node is not None and node < self._nodes:
            return node
        self._rows.add(line, f"unknown node {shorten(word)} (nodes are 0 to {self._nodes - 1})")
        return -1

    def _quantity(
        self,
        line: int,
        what: str,
        word: str,
        parse: Callable[..., int],
        bounds: tuple[int, int],
        form: Callable[[int], str],
    ) -> int:
        known = self._known.get((what, word))
        if known is not None:
            return known
        allowed = f"(allowed: {form(bounds[0])} to {form(bounds[1])})"
        try:
            amount = parse(word, what=what)
        except ValueError as error:
            self._rows.add(line, f"{error} {allowed}")
            return bounds[0]
        if not bounds[0] <= amount <= bounds[1]:
            self._rows.add(line, f"{what}: {shorten(word)} is out of range {allowed}")
        self._known[what, word] = amount
        return amount

    def _error_rate(self, line: int, word: str) -> float:
        value = number(word)
        if value is None or value > 1:
            self._rows.add(line, f"error_rate: expected 0 to 1, got {shorten(word)}")
            return 0.0
        return float(value)
