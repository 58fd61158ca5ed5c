"""Route columns: how a switch reads them, and rows in forms drawn at random (section 9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

UNREACHABLE = 0xFFFFFFFF
RANGE, LOCAL, RANKED = 1, 2, 3  # the two highest bits of an entry


def next_hops(column: Callable[[str], Any], node: int, address: int) -> Sequence[int]:
    """Local ports that a switch may use towards an address, in the order the hash selects from."""
    group, rank = int(column("address_group")[address]), int(column("address_rank")[address])
    row = (group >> int(column("route_shift")[node])) - int(column("route_first")[node])
    if 0 <= row < column("route_count")[node]:
        entry = int(column("route_entry")[column("route_base")[node] + row])
    else:
        entry = int(column("route_default")[node])
    if entry != UNREACHABLE and entry >> 30 == RANKED:
        return [entry - (RANKED << 30) + rank]
    if entry != UNREACHABLE and entry >> 30 == LOCAL:
        entry = int(column("local_entry")[entry - (LOCAL << 30) + rank])
    if entry == UNREACHABLE:
        return []
    if entry >> 30 == RANGE:
        first, more = entry % 2**15, entry // 2**15 % 2**15
        return range(first, first + more + 1)
    start, end = column("ecmp_first")[entry : entry + 2]
    ports: Sequence[int] = column("ecmp_port")[start:end]
    return ports


class RouteWriter:
    """Writes routes as columns. What has several forms gets one of them by ``dice``."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.pad = dice.choice((0, 0, 1, 3))  # bits of group numbers below those that differ
        self.route, self.local, self.port = list[int](), list[int](), list[int]()
        self.first = [0]
        self.rows: dict[str, list[int]] = {
            f"route_{name}": [] for name in ("base", "first", "count", "shift", "default")
        }

    def numbers(self, groups: int) -> list[int]:
        """A number for each group."""
        return [(group << self.pad) + self.dice.randrange(1 << self.pad) for group in range(groups)]

    def row(self, numbers: Sequence[int], hops: Sequence[Sequence[list[int]]]) -> None:
        """The row of the next node, from the ports to every rank of every group."""
        self._sets: dict[tuple[int, ...], int] = {}
        entries, shift = [self._group(by_rank) for by_rank in hops], self.pad
        if entries and shift and self.dice.random() < 0.3:
            spread = [UNREACHABLE] * (len(entries) << shift)
            for number, entry in zip(numbers, entries, strict=True):
                spread[number] = entry
            entries, shift = spread, 0
        default, first = UNREACHABLE, 0
        plain = [entry for entry in entries if entry == UNREACHABLE or entry >> 30 < LOCAL]
        if plain and self.dice.random() < 0.7:
            default = self.dice.choice(plain)
            while entries and entries[-1] == default:
                entries.pop()
            while entries and entries[0] == default:
                first += 1
                del entries[0]
        values = (self._place(entries), first, len(entries), shift, default)
        for name, value in zip(self.rows, values, strict=True):
            self.rows[name].append(value)

    def columns(self) -> dict[str, list[int]]:
        return {
            **self.rows,
            "route_entry": self.route,
            "local_entry": self.local,
            "ecmp_first": self.first,
            "ecmp_port": self.port,
        }

    def _place(self, entries: list[int]) -> int:
        size = len(entries)
        for base in range(len(self.route) - size + 1):
            if self.route[base : base + size] == entries and self.dice.random() < 0.5:
                return base
        self.route += entries
        return len(self.route) - size

    def _group(self, by_rank: Sequence[list[int]]) -> int:
        ports = by_rank[0]
        consecutive = ports and all(each == [ports[0] + r] for r, each in enumerate(by_rank))
        if consecutive and self.dice.random() < 0.6:
            return (RANKED << 30) + ports[0]
        if all(each == ports for each in by_rank) and self.dice.random() < 0.8:
            return self._set(ports)
        base = len(self.local)
        self.local += [self._set(each) for each in by_rank]
        return (LOCAL << 30) + base

    def _set(self, ports: list[int]) -> int:
        """An entry; the same one for the same ports within a row, mostly."""
        key = tuple(ports)
        if key not in self._sets or self.dice.random() < 0.1:
            self._sets[key] = self._new_set(ports)
        return self._sets[key]

    def _new_set(self, ports: list[int]) -> int:
        if not ports:
            return UNREACHABLE
        if ports == [*range(ports[0], ports[-1] + 1)] and self.dice.random() < 0.6:
            return (RANGE << 30) + ((len(ports) - 1) << 15) + ports[0]
        self.port += ports
        self.first.append(len(self.port))
        return len(self.first) - 2
