"""Shortest paths by hop count over any list of links, as ECMP sets of ports.

Hosts never transit. One breadth-first search per group of addresses starts from all its switches at
once; the equal-cost set of a switch is every port, in port order, whose peer is one hop nearer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.entries import UNREACHABLE, EntryTable, RowTable
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Routes

_MEMBERS_MAX: Final = 1 << 16  # address_rank is 16 bits
_CHUNK_CELLS: Final = 1 << 25  # bytes of one step of the search, each of 8 groups: 32 MiB

#: Switch (counted from the first one) -> its local ports towards an address.
Attached = dict[int, list[int]]


@dataclass(frozen=True)
class SearchedDistances:
    """Distances as a table."""

    hops: NDArray[np.int16]  #: [S, G] switches and groups

    def between(self, switch: Ints, group: Ints) -> Ints:
        """See :class:`pyfabric.compile.routes.Distances`."""
        return self.hops[switch, group].astype(np.int64)

    def examples(self, latency_ps: Ints) -> Ints | None:
        """None: a list of links promises nothing."""
        return None


def searched_routes(table: PortTable) -> Routes:
    """Shortest-path routes over the switches of ``table``."""
    attached = attached_ports(table)
    group, rank, group_switches = address_groups(attached)
    distance = _distances(table, group_switches)
    entries, rows = EntryTable(), RowTable(table.nodes)
    local = _by_rank(attached, group)
    transit = _TransitRows(table, distance, entries)
    for switch in range(len(distance)):
        row = transit.row(switch)
        for owner, by_rank in local.get(switch, {}).items():
            row[owner] = entries.ranked(by_rank)
        rows.add_dense(table.hosts + switch, row)
    return Routes.of(group, rank, rows, entries, SearchedDistances(distance))


def attached_ports(table: PortTable) -> list[Attached]:
    """Per address: switch (counted from the first one) -> its local ports towards the address."""
    attached: list[Attached] = [{} for _ in range(table.addresses)]
    target = table.address[table.peer]
    ports = np.flatnonzero((table.node >= table.hosts) & (target >= 0))
    rows = zip(
        target[ports].tolist(),
        (table.node[ports] - table.hosts).tolist(),
        table.local[ports].tolist(),
        strict=True,
    )
    for address, switch, local in rows:
        attached[address].setdefault(switch, []).append(local)
    return attached


def address_groups(attached: list[Attached]) -> tuple[Ints, Ints, list[tuple[int, ...]]]:
    """Group and rank of each address, and the switches of each group."""
    numbers: dict[tuple[tuple[int, ...], int], int] = {}
    sizes: dict[tuple[int, ...], int] = {}
    group = np.empty(len(attached), dtype=np.int64)
    rank = np.empty(len(attached), dtype=np.int64)
    for address, switches in enumerate(attached):
        key = tuple(sorted(switches))
        member = sizes.get(key, 0)
        sizes[key] = member + 1
        part = member // _MEMBERS_MAX
        group[address] = numbers.setdefault((key, part), len(numbers))
        rank[address] = member % _MEMBERS_MAX
    return group, rank, [key for key, _ in numbers]


def _distances(table: PortTable, group_switches: list[tuple[int, ...]]) -> NDArray[np.int16]:
    """[S, G] hops between switches, from a breadth-first search of all groups level by level."""
    switches, groups = table.nodes - table.hosts, len(group_switches)
    links = _switch_links(table)
    to_switch = table.node[links] - table.hosts  # sorted: ports are numbered node by node
    from_switch = table.peer_node[links] - table.hosts
    heads, starts = np.unique(to_switch, return_index=True)
    distance = np.full((switches, groups), -1, dtype=np.int16)
    chunk = max(8, _CHUNK_CELLS // max(1, len(links)) * 8)
    for begin in range(0, groups, chunk):
        part = group_switches[begin : begin + chunk]
        start = np.zeros((switches, len(part)), dtype=bool)
        for column, members in enumerate(part):
            start[list(members), column] = True
        view, level = distance[:, begin : begin + chunk], 0
        frontier = np.packbits(start, axis=1)  # a bit a group
        seen = np.zeros_like(frontier)
        while frontier.any():
            view[np.unpackbits(frontier, axis=1, count=len(part)).view(bool)] = level
            seen |= frontier
            reached = np.zeros_like(frontier)
            if len(links):
                reached[heads] = np.bitwise_or.reduceat(frontier[from_switch], starts, axis=0)
            frontier = reached & ~seen
            level += 1
    return distance


def _switch_links(table: PortTable) -> Ints:
    """Ports whose both ends are at switches."""
    return np.flatnonzero((table.node >= table.hosts) & (table.peer_node >= table.hosts))


class _TransitRows:
    """Entries of the groups that are not attached to a switch."""

    def __init__(self, table: PortTable, distance: NDArray[np.int16], entries: EntryTable) -> None:
        links = _switch_links(table)
        self._bounds = np.searchsorted(
            table.node[links] - table.hosts, np.arange(len(distance) + 1)
        )
        self._peer = table.peer_node[links] - table.hosts
        self._local = table.local[links]
        self._distance = distance
        self._entries = entries

    def row(self, switch: int) -> NDArray[np.uint32]:
        """[G] entries of a switch, :data:`UNREACHABLE` at the groups attached to it."""
        own = self._distance[switch]
        row = np.full(len(own), UNREACHABLE, dtype=np.uint32)
        ports = slice(self._bounds[switch], self._bounds[switch + 1])
        columns = np.flatnonzero(own > 0)
        if not len(columns):
            return row
        nearer = (self._distance[self._peer[ports]] == own - 1)[:, columns]
        packed = np.ascontiguousarray(np.packbits(nearer, axis=0).T)
        keys = packed.view(f"V{packed.shape[1]}").reshape(-1)
        _, sample, inverse = np.unique(keys, return_index=True, return_inverse=True)
        local = self._local[ports]
        made = [self._entries.members(local[nearer[:, i]].tolist()) for i in sample]
        row[columns] = np.array(made, dtype=np.uint32)[inverse.reshape(-1)]
        return row


def _by_rank(attached: list[Attached], group: Ints) -> dict[int, dict[int, list[list[int]]]]:
    """Switch -> attached group -> the switch's ports to each rank of the group."""
    found: dict[int, dict[int, list[list[int]]]] = {}
    for address, owner in enumerate(group.tolist()):
        for switch, ports in attached[address].items():
            found.setdefault(switch, {}).setdefault(owner, []).append(ports)
    return found
