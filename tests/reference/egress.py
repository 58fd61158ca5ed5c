"""What each (port, queue) of a switch holds, its threshold and WRED (section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.frames import CLASSES, EGRESS_THRESHOLD, NOT_ECT, WRED, Frame
from reference.pools import GroupShare, Share
from reference.port import Port
from reference.randomness import WRED_WORDS, Stream

if TYPE_CHECKING:
    from reference.switch import Switch


def single_pool_queues(switch: Switch, groups: list[GroupShare]) -> list[Share]:
    """Lossy queues share the pool of the groups, others have no limit."""
    shift = switch.setting("lossy_alpha_shift")
    lossless = switch.maps.lossless_queues
    return [
        Share(None if queue in lossless else groups[0].pool, shift=shift)
        for queue in range(CLASSES)
    ]


class Egress:
    """The egress accounts of a switch."""

    def __init__(self, switch: Switch, shares: list[Share]) -> None:
        self.switch, self.shares = switch, shares
        self.bytes = [[0] * CLASSES for _ in switch.ports]
        self.words = Stream(switch.net.seed, switch.number, WRED_WORDS)

    def refuse(self, out: Port, frame: Frame) -> int:
        """The cause for which a frame is dropped, else 0. Counts nothing."""
        queue, size = frame.cls, frame.size
        share, queued = self.shares[queue], self.bytes[out.local][queue]
        after = share.part(queued + size)
        if share.pool is not None and after > 0:
            added = after - share.part(queued)
            full = share.pool.of_queues and share.pool.used + added > share.pool.size
            if after > max(share.threshold(), size) or full:
                return EGRESS_THRESHOLD
        return WRED if self._early(frame, queued) else 0

    def _early(self, frame: Frame, queued: int) -> bool:
        switch, queue = self.switch, frame.cls
        profile, column = switch.setting("qos"), switch.net.column
        if profile < 0 or not column("qos_wred_mask")[profile] >> queue & 1:
            return False
        if queue in switch.maps.lossless_queues:
            return False
        if frame.ecn != NOT_ECT and switch.ecn_mask >> queue & 1:
            return False
        kmin = column("qos_wred_kmin_bytes")[profile][queue]
        kmax = column("qos_wred_kmax_bytes")[profile][queue]
        if not kmin < queued <= kmax:
            return bool(queued > kmax)
        pmax_q32 = column("qos_wred_pmax_q32")[profile][queue]
        return bool(self.words.next() * (kmax - kmin) < pmax_q32 * (queued - kmin))

    def add(self, out: Port, queue: int, size: int) -> None:
        """Count ``size`` bytes more, or less."""
        share, before = self.shares[queue], self.bytes[out.local][queue]
        self.bytes[out.local][queue] = after = before + size
        if share.pool is not None and share.pool.of_queues:
            share.pool.used += share.part(after) - share.part(before)
