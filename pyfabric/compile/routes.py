"""Routes of all switches: their form, and what they lead to.

Addresses attached to the same switches share a *group* and differ by their *rank* in it, so that
tables grow with switches x groups instead of switches x hosts. A switch's row names only the groups
that differ from its default (:class:`pyfabric.compile.entries.RowTable`). Generated fabrics get
their rows from their structure (:mod:`pyfabric.compile.tier_routes`), lists of links from a search
(:mod:`pyfabric.compile.shortest_paths`); both give the same next hops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.entries import (
    LOCAL,
    RANGE,
    RANGE_BITS,
    RANKED,
    UNREACHABLE,
    EntryTable,
    RowTable,
)
from pyfabric.compile.ports import Ints

_RANGE_MASK: Final = (1 << RANGE_BITS) - 1


class Distances(Protocol):
    """Links between switches and the switches of groups."""

    def between(self, switch: Ints, group: Ints) -> Ints:
        """Links from each switch (0: the first one) to the nearest switch of each group;
        broadcasts. -1: not reachable.
        """

    def examples(self, latency_ps: Ints) -> Ints | None:
        """Groups between which there are paths of all kinds, given the latency of every switch [S];
        None: no groups are known to be alike.
        """


@dataclass(frozen=True)
class EcmpSets:
    """Sets of equal-cost ports [Q], each a run of local ports or of ``ecmp_port``."""

    start: Ints
    size: Ints  #: 0 where there is no route
    numbered: NDArray[np.bool_]  #: whether ``start`` is an index into ``ecmp_port``


@dataclass(frozen=True)
class Routes:
    """Routes of every switch to every address. N nodes, A addresses."""

    group: Ints  #: [A] group of each address
    rank: Ints  #: [A] rank inside the group
    base: Ints  #: [N] start of each switch's row in ``entry``; as all columns [N], without meaning
    #: at hosts
    first: Ints  #: [N] group of the row's first entry, less ``shift`` bits
    count: Ints  #: [N] entries of the row
    shift: Ints  #: [N] low bits of the group that the row does not look at
    default: Ints  #: [N] entry of all other groups
    entry: NDArray[np.uint32]
    local_entry: NDArray[np.uint32]
    ecmp_first: Ints
    ecmp_port: Ints
    distances: Distances

    @classmethod
    def of(
        cls, group: Ints, rank: Ints, rows: RowTable, table: EntryTable, distances: Distances
    ) -> Routes:
        """The routes whose entries ``table`` made and whose rows are ``rows``."""
        columns = rows.base, rows.first, rows.count, rows.shift, rows.default
        sets = table.sets()
        return cls(group, rank, *columns, rows.entry(), table.local_entry(), *sets, distances)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The plan's route columns."""
        return {
            "address_group": self.group,
            "address_rank": self.rank,
            "route_base": self.base,
            "route_first": self.first,
            "route_count": self.count,
            "route_shift": self.shift,
            "route_default": self.default,
            "route_entry": self.entry,
            "local_entry": self.local_entry,
            "ecmp_first": self.ecmp_first,
            "ecmp_port": self.ecmp_port,
        }

    def entries(self, switch: Ints, address: Ints) -> Ints:
        """[Q] entry in the row of each switch (a node) for the group of each address."""
        index = (self.group[address] >> self.shift[switch]) - self.first[switch]
        entry = self.default[switch]
        listed = (index >= 0) & (index < self.count[switch])
        entry[listed] = self.entry[(self.base[switch] + index)[listed]]
        return entry

    def row(self, switch: int, groups: Ints) -> Ints:
        """[G] entries in the row of a switch (a node)."""
        index = (groups >> self.shift[switch]) - self.first[switch]
        listed = (index >= 0) & (index < self.count[switch])
        row = np.full(len(groups), self.default[switch], dtype=np.int64)
        row[listed] = self.entry[self.base[switch] + index[listed]]
        return row

    def sets(self, switch: Ints, address: Ints) -> EcmpSets:
        """The ECMP set [Q] of each switch (a node) towards each address."""
        entry, rank = self.entries(switch, address), self.rank[address]
        pointed = (entry >= LOCAL) & (entry < RANKED)
        entry[pointed] = self.local_entry[entry[pointed] - LOCAL + rank[pointed]]
        start, size = entry & _RANGE_MASK, ((entry ^ RANGE) >> RANGE_BITS) + 1
        ranked = (entry >= RANKED) & (entry != UNREACHABLE)
        start[ranked], size[ranked] = (entry - RANKED + rank)[ranked], 1
        size[entry == UNREACHABLE] = 0
        numbered = entry < RANGE
        start[numbered] = self.ecmp_first[entry[numbered]]
        size[numbered] = self.ecmp_first[entry[numbered] + 1] - start[numbered]
        return EcmpSets(start, size, numbered)

    def ports(self, sets: EcmpSets, member: Ints) -> Ints:
        """[Q] local port that is number ``member`` of each set."""
        port = sets.start + member
        port[sets.numbered] = self.ecmp_port[port[sets.numbered]]
        return port
