"""What each (port, group) of a buffer holds, and when XOFF and XON are decided (section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.frames import (
    CLASSES,
    HEADROOM_EXHAUSTED,
    INGRESS_THRESHOLD,
    PFC,
    SHARED_HEADROOM_EXHAUSTED,
    XOFF,
    XON,
)
from reference.pools import GroupShare, Pool
from reference.port import Port

if TYPE_CHECKING:
    from reference.node import Node


class Group:
    """Bytes of one (port, group): outside of headroom, and in headroom."""

    def __init__(self) -> None:
        self.bytes = self.headroom = 0


def single_pool(node: Node) -> list[GroupShare]:
    """The groups of a switch without profiles, or of a slow receiver."""
    pool = Pool(node.setting("shared_bytes"))
    shares = []
    for group in range(CLASSES):
        static = node.setting("xoff_bytes") if group in node.maps.lossless_groups else -1
        share = GroupShare(pool, node.setting("reserve_bytes"), static, node.setting("alpha_shift"))
        share.xon_offset = node.setting("xon_offset_bytes")
        shares.append(share)
    return shares


class Ingress:
    """The ingress accounts of a node."""

    def __init__(self, node: Node, shares: list[GroupShare]) -> None:
        self.node, self.shares = node, shares
        self.lossless = node.maps.lossless_groups
        self.groups = [[Group() for _ in range(CLASSES)] for _ in node.ports]

    def _headroom_of(self, port: Port, pg: int) -> int:
        own = self.shares[pg].headroom
        return own if own >= 0 else int(self.node.net.column("port_headroom_bytes")[port.number])

    # -- bytes ----

    def admit(self, port: Port, pg: int, size: int) -> int:
        """Count a frame that came in; the cause if it is dropped, else 0."""
        group, share = self.groups[port.local][pg], self.shares[pg]
        pool = share.pool
        assert pool is not None
        after = share.part(group.bytes + size)
        added = after - share.part(group.bytes)
        if after == 0 or (after <= share.threshold() and pool.used + added <= pool.size):
            group.bytes += size
            pool.used += added
            return 0
        if pg not in self.lossless:
            return INGRESS_THRESHOLD
        if group.headroom + size > self._headroom_of(port, pg):
            return HEADROOM_EXHAUSTED
        if pool.shared_headroom is not None and pool.headroom_used + size > pool.shared_headroom:
            return SHARED_HEADROOM_EXHAUSTED
        group.headroom += size
        pool.headroom_used += size
        return 0

    def release(self, port: Port, pg: int, size: int) -> None:
        """Headroom first, then the rest."""
        group, share = self.groups[port.local][pg], self.shares[pg]
        assert share.pool is not None
        from_headroom = min(group.headroom, size)
        group.headroom -= from_headroom
        share.pool.headroom_used -= from_headroom
        before = share.part(group.bytes)
        group.bytes -= size - from_headroom
        share.pool.used -= before - share.part(group.bytes)
        self.test_xon(port, pg)

    # -- PFC ----

    def test_xoff(self, port: Port, pg: int) -> None:
        if pg not in self.lossless:
            return
        group, share = self.groups[port.local][pg], self.shares[pg]
        part = share.part(group.bytes)
        above = group.bytes > share.reserved and part >= share.threshold()
        if group.headroom > 0 or above:
            decide_xoff(port, pg)

    def test_xon(self, port: Port, pg: int) -> bool:
        """Whether XON is decided."""
        held = self.node.holds_xoff(port, pg)
        if not port.decided >> pg & 1 or held or not self.is_low(port, pg):
            return False
        decide_xon(port, pg)
        return True

    def is_low(self, port: Port, pg: int) -> bool:
        group, share = self.groups[port.local][pg], self.shares[pg]
        part = share.part(group.bytes)
        low = part == 0 or part <= max(share.xon, share.threshold() - share.xon_offset)
        return group.headroom == 0 and low


def decide_xoff(port: Port, pg: int) -> None:
    """XOFF, if PFC is on and it is not in force."""
    node = port.node
    if node.pfc_mode == 0 or port.decided >> pg & 1 or node.mutes(port, pg):
        return
    port.decided |= 1 << pg
    if node.pfc_mode == 1 and port.told >> pg & 1 and not port.refresh_armed[pg]:
        port.refresh |= 1 << pg
    node.note(port.clock.now, port, XOFF, PFC, pg, 0, 0, 0, 0)
    node.net.counts["XOFF"] += 1
    node.decided_xoff(port, pg)
    tell(port)


def decide_xon(port: Port, pg: int) -> None:
    node = port.node
    port.decided &= ~(1 << pg)
    port.refresh &= ~(1 << pg)
    node.note(port.clock.now, port, XON, PFC, pg, 0, 0, 0, 0)
    node.net.counts["XON"] += 1
    tell(port)


def tell(port: Port) -> None:
    if port.pfc_due:
        port.given()
