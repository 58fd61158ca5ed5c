"""Shortest paths by hop count, as ECMP sets of ports.

Hosts never transit. Addresses attached to the same switches share a *group*, so that tables grow
with switches x groups instead of switches x hosts. One breadth-first search per group starts from
all its switches at once; the equal-cost set of a switch is every port, in port order, whose peer is
one hop nearer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints, PortTable

#: ``route_entry`` of a group that a switch cannot reach.
UNREACHABLE: Final = 0xFFFFFFFF
#: Bit of a ``route_entry`` that points into ``local_entry``.
LOCAL: Final = 0x80000000

_MEMBERS_MAX: Final = 1 << 16  # address_rank is 16 bits
_CHUNK_CELLS: Final = 1 << 25  # bool cells of one step of the search: 32 MiB


@dataclass(frozen=True)
class Routes:
    """Routes of every switch to every address. S switches, G groups, A addresses."""

    group: Ints  #: [A] group of each address
    rank: Ints  #: [A] rank inside the group
    distance: NDArray[np.int16]  #: [S, G] hops to the nearest switch of the group, -1 unreachable
    base: Ints  #: [N] start of each switch's row in ``entry``; hosts 0
    entry: NDArray[np.uint32]  #: [S * G]
    local_entry: NDArray[np.uint32]
    ecmp_first: Ints
    ecmp_port: Ints

    def columns(self) -> dict[str, NDArray[Any]]:
        """The plan's route columns."""
        return {
            "address_group": self.group,
            "address_rank": self.rank,
            "route_base": self.base,
            "route_entry": self.entry,
            "local_entry": self.local_entry,
            "ecmp_first": self.ecmp_first,
            "ecmp_port": self.ecmp_port,
        }


class _EcmpSets:
    """Numbers distinct tuples of local ports in the order in which they are first met."""

    def __init__(self) -> None:
        self._number: dict[tuple[int, ...], int] = {}

    def number(self, ports: Iterable[int]) -> int:
        return self._number.setdefault(tuple(ports), len(self._number))

    def arrays(self) -> tuple[Ints, Ints]:
        sizes = [len(ports) for ports in self._number]
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        ports = np.array([p for ports in self._number for p in ports], dtype=np.int64)
        return first, ports


def compute_routes(table: PortTable) -> Routes:
    """Shortest-path routes over the switches of ``table``."""
    attached = _attached_ports(table)
    group, rank, group_switches = _groups(attached)
    distance = _distances(table, group_switches)
    sets = _EcmpSets()
    entry = _transit_entries(table, distance, sets)
    local_entry = _local_entries(table, attached, group, entry, sets)
    switches, groups = distance.shape
    ecmp_first, ecmp_port = sets.arrays()
    base = np.concatenate([np.zeros(table.hosts, np.int64), np.arange(switches) * groups])
    return Routes(
        group, rank, distance, base, entry.reshape(-1), local_entry, ecmp_first, ecmp_port
    )


def _attached_ports(table: PortTable) -> list[dict[int, list[int]]]:
    """Per address: switch (counted from the first one) -> its local ports towards the address."""
    attached: list[dict[int, list[int]]] = [{} for _ in range(table.addresses)]
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


def _groups(attached: list[dict[int, list[int]]]) -> tuple[Ints, Ints, list[tuple[int, ...]]]:
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
    chunk = max(1, _CHUNK_CELLS // max(1, len(links)))
    for begin in range(0, groups, chunk):
        part = group_switches[begin : begin + chunk]
        frontier = np.zeros((switches, len(part)), dtype=bool)
        for column, members in enumerate(part):
            frontier[list(members), column] = True
        view, level = distance[:, begin : begin + chunk], 0
        while frontier.any():
            view[frontier] = level
            reached = np.zeros_like(frontier)
            if len(links):
                reached[heads] = np.logical_or.reduceat(frontier[from_switch], starts, axis=0)
            frontier = reached & (view < 0)
            level += 1
    return distance


def _switch_links(table: PortTable) -> Ints:
    """Ports whose both ends are at switches."""
    return np.flatnonzero((table.node >= table.hosts) & (table.peer_node >= table.hosts))


def _transit_entries(
    table: PortTable, distance: NDArray[np.int16], sets: _EcmpSets
) -> NDArray[np.uint32]:
    """[S, G] entries of all groups that are not attached; attached ones are filled in later."""
    entry = np.full(distance.shape, UNREACHABLE, dtype=np.uint32)
    links = _switch_links(table)
    bounds = np.searchsorted(table.node[links] - table.hosts, np.arange(len(distance) + 1))
    peer_switch, local = table.peer_node[links] - table.hosts, table.local[links]
    for switch, own in enumerate(distance):
        ports = slice(bounds[switch], bounds[switch + 1])
        nearer = (distance[peer_switch[ports]] == own - 1) & (own > 0)
        columns = np.flatnonzero(own > 0)
        if not len(columns):
            continue
        packed = np.packbits(nearer[:, columns], axis=0).T
        _, sample, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        numbers = [sets.number(local[ports][nearer[:, columns[i]]].tolist()) for i in sample]
        entry[switch, columns] = np.array(numbers, dtype=np.uint32)[inverse.reshape(-1)]
    return entry


def _local_entries(
    table: PortTable,
    attached: list[dict[int, list[int]]],
    group: Ints,
    entry: NDArray[np.uint32],
    sets: _EcmpSets,
) -> NDArray[np.uint32]:
    """Entries of (switch, attached group, rank); points ``entry`` at them."""
    rows: dict[tuple[int, int], list[int]] = {}
    for address, owner in enumerate(group.tolist()):
        for switch, ports in attached[address].items():
            rows.setdefault((switch, owner), []).append(sets.number(ports))
    flat: list[int] = []
    for (switch, owner), numbers in sorted(rows.items()):
        entry[switch, owner] = LOCAL | len(flat)
        flat.extend(numbers)
    return np.array(flat, dtype=np.uint32)
