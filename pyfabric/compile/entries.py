"""Route entries: what a switch does with a frame, in 32 bits (``csrc/fabric/net/routing.h``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints

#: Entry of a group that a switch cannot reach.
UNREACHABLE: Final = 0xFFFFFFFF
#: Bit of an entry that depends on the rank of the address: it points into ``local_entry``.
LOCAL: Final = 0x80000000
#: Bit of an entry whose ports are consecutive: the first one and their count less 1 follow.
RANGE: Final = 0x40000000
#: Both bits: the local port that follows, plus the rank of the address.
RANKED: Final = LOCAL | RANGE
#: Bits of the first port and of the count of consecutive ports.
RANGE_BITS: Final = 15

_RANGE_MASK: Final = (1 << RANGE_BITS) - 1


class EntryTable:
    """Encodes sets of local ports; numbers those without a form of their own as they are met."""

    def __init__(self) -> None:
        self._number: dict[tuple[int, ...], int] = {}
        self._local: list[int] = []

    @classmethod
    def resumed(cls, local_entry: Ints, ecmp_first: Ints, ecmp_port: Ints) -> EntryTable:
        """The table whose columns these are, to be added to."""
        table = cls()
        sets = np.split(ecmp_port, ecmp_first[1:-1])[: len(ecmp_first) - 1]
        table._number = {tuple(ports.tolist()): index for index, ports in enumerate(sets)}
        table._local = local_entry.tolist()
        return table

    def members(self, ports: Sequence[int]) -> int:
        """The entry of an ECMP set in the order the hash selects from; not empty."""
        first, count = ports[0], len(ports)
        fits = first <= _RANGE_MASK and count <= _RANGE_MASK + 1
        if fits and tuple(ports) == tuple(range(first, first + count)):
            return RANGE | (count - 1) << RANGE_BITS | first
        return self._number.setdefault(tuple(ports), len(self._number))

    def ranked(self, by_rank: Sequence[Sequence[int]]) -> int:
        """The entry of an attached group, from the ECMP set of every rank."""
        first = by_rank[0][0]
        if all(len(ports) == 1 and ports[0] == first + i for i, ports in enumerate(by_rank)):
            return RANKED | first
        base = len(self._local)
        self._local.extend(self.members(ports) for ports in by_rank)
        return LOCAL | base

    def local_entry(self) -> NDArray[np.uint32]:
        """``local_entry``."""
        return np.array(self._local, dtype=np.uint32)

    def sets(self) -> tuple[Ints, Ints]:
        """``ecmp_first`` and ``ecmp_port``."""
        sizes = [len(ports) for ports in self._number]
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return first, np.array([p for ports in self._number for p in ports], dtype=np.int64)


class RowTable:
    """Rows of entries by node; equal rows share their storage."""

    def __init__(self, nodes: int) -> None:
        self.base, self.first, self.count, self.shift = np.zeros((4, nodes), dtype=np.int64)
        self.default = np.full(nodes, UNREACHABLE, dtype=np.int64)
        self._place: dict[bytes, int] = {}
        self._size = 0

    def add(
        self,
        nodes: int | slice | Ints,
        entries: NDArray[np.uint32],
        first: int | Ints = 0,
        default: int = UNREACHABLE,
        shift: int = 0,
    ) -> None:
        """One row for some nodes: ``entries`` of the groups from ``first`` on, counted without
        their ``shift`` low bits, and ``default`` for all others.
        """
        stored = entries.tobytes()
        base = self._place.get(stored)
        if base is None:
            base = self._place[stored] = self._size
            self._size += len(entries)
        self.base[nodes], self.count[nodes] = base, len(entries)
        self.first[nodes], self.default[nodes], self.shift[nodes] = first, default, shift

    def add_dense(self, node: int, entries: NDArray[np.uint32]) -> None:
        """The smallest row that holds the entries of groups 0, 1, ...: blocks of 2^shift groups
        with equal entries, and one entry for all groups before and behind a span.
        """
        shift = 0
        while len(entries) > 1:
            even, odd = entries[0::2], entries[1::2]
            if (even[: len(odd)] != odd).any():
                break
            entries, shift = even, shift + 1
        span = slice(0, len(entries))
        default = UNREACHABLE
        for candidate in (int(entries[0]), int(entries[-1]), UNREACHABLE):
            if candidate >= LOCAL and candidate != UNREACHABLE:
                continue  # depends on the rank, so it must be looked up
            others = np.flatnonzero(entries != candidate)
            found = slice(int(others[0]), int(others[-1]) + 1) if len(others) else slice(0, 0)
            if found.stop - found.start < span.stop - span.start:
                span, default = found, candidate
        self.add(node, entries[span], span.start, default, shift)

    def entry(self) -> NDArray[np.uint32]:
        """``route_entry``."""
        return np.frombuffer(b"".join(self._place), dtype=np.uint32)
