"""Which DSCP, traffic class, priority group, queue and PFC priority stand for each other (5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.frames import CLASSES

if TYPE_CHECKING:
    from reference.net import Net

DSCPS = 64


class Maps:
    """The maps of one node. A host, and a switch without a profile, has those of the default."""

    def __init__(self, net: Net, number: int) -> None:
        def row(name: str, size: int) -> list[int]:
            return list(net.column(f"qos_{name}")[profile])[:size]

        profile = net.column("node_qos")[number]
        identity = list(range(CLASSES))
        self.dscp_to_tc = [dscp >> 3 for dscp in range(DSCPS)]
        self.tc_to_pg = self.tc_to_queue = self.pfc_to_pg = self.pfc_to_queue = identity
        self.bounce = list(range(DSCPS))
        lossless: int = net.column("node_lossless_mask")[number]
        if profile >= 0:
            self.dscp_to_tc, self.bounce = row("dscp_to_tc", DSCPS), row("bounce", DSCPS)
            self.tc_to_pg, self.tc_to_queue = row("tc_to_pg", CLASSES), row("tc_to_queue", CLASSES)
            self.pfc_to_pg = row("pfc_to_pg", CLASSES)
            self.pfc_to_queue = row("pfc_to_queue", CLASSES)
            lossless = net.column("qos_pfc_mask")[profile]
        self.priorities = [p for p in range(CLASSES) if lossless >> p & 1]
        if not net.column("node_is_switch")[number]:
            self.priorities = identity  # a host may be told to pause any of them
        self.lossless_groups = {self.pfc_to_pg[p] for p in range(CLASSES) if lossless >> p & 1}
        self.lossless_queues = {self.pfc_to_queue[p] for p in range(CLASSES) if lossless >> p & 1}

    def pfc_priorities(self, groups: int) -> int:
        """Bits of the PFC priorities that stand for a set of groups, given as bits."""
        return sum(1 << p for p in self.priorities if groups >> self.pfc_to_pg[p] & 1)

    def group_of(self, dscp: int) -> int:
        return self.tc_to_pg[self.dscp_to_tc[dscp]]

    def queue_of(self, dscp: int) -> int:
        return self.tc_to_queue[self.dscp_to_tc[dscp]]
