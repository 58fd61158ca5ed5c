"""Pools of a buffer, and the share of them that a group or a queue has (section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reference.frames import CLASSES

UNLIMITED_SHIFT = 127
UNLIMITED = 1 << 62
POOLS = 4  # of groups, and as many of queues behind them
NO_POOL = 255


@dataclass(eq=False)
class Pool:
    """``shared_headroom`` None: every group has a headroom of its own. ``of_queues``: counts
    queues, otherwise groups alone."""

    size: int
    of_queues: bool = False
    shared_headroom: int | None = None
    used: int = 0
    headroom_used: int = 0

    @property
    def free(self) -> int:
        return max(0, self.size - self.used)


@dataclass
class Share:
    """What one profile lets a (port, group) or a (port, queue) have of a pool."""

    pool: Pool | None
    reserved: int = 0
    static: int = -1
    shift: int = 0

    def part(self, count: int) -> int:
        """The shared part of ``count`` bytes."""
        return max(0, count - self.reserved)

    def threshold(self) -> int:
        if self.static >= 0:
            return self.static
        if self.shift == UNLIMITED_SHIFT:
            return UNLIMITED
        assert self.pool is not None
        free = self.pool.free
        return free >> self.shift if self.shift >= 0 else free << -self.shift


@dataclass
class GroupShare(Share):
    """``headroom`` -1: that of the port."""

    headroom: int = -1
    xon: int = 0
    xon_offset: int = 0


def profile_shares(column: Any, profile: int) -> tuple[list[GroupShare], list[Share]]:
    """The shares of the groups and of the queues of a switch with pools of its own."""

    def value(name: str, index: int) -> int:
        return int(column(f"qos_{name}")[profile][index])

    pools = [Pool(value("pool_bytes", number), number >= POOLS) for number in range(2 * POOLS)]
    for number in range(POOLS):
        size = value("shared_headroom_bytes", number)
        pools[number].shared_headroom = None if size < 0 else size
    groups, queues = [], []
    for each in range(CLASSES):
        pg = GroupShare(
            pools[value("pg_pool", each)],
            value("pg_reserve_bytes", each),
            value("pg_static_bytes", each),
            value("pg_alpha_shift", each),
            value("pg_headroom_bytes", each),
            value("pg_xon_bytes", each),
            value("pg_xon_offset_bytes", each),
        )
        groups.append(pg)
        pool = value("queue_pool", each)
        queue = Share(
            None if pool == NO_POOL else pools[pool],
            value("queue_reserve_bytes", each),
            value("queue_static_bytes", each),
            value("queue_alpha_shift", each),
        )
        queues.append(queue)
    return groups, queues
