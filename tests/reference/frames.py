"""Frames, their sizes, the codes of records (docs/model.md, sections 2 and 12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from reference.telemetry import HopRecord

DATA, ACK, NAK, CNP, READ_REQUEST, PFC, CREDIT, CREDIT_REQUEST = range(8)
TRANSMIT, DROP, XOFF, XON, COMPLETE, SENDER_COMPLETE, FAIL, STORM_BEGIN, STORM_END = range(1, 10)
HEADROOM_EXHAUSTED, INGRESS_THRESHOLD, EGRESS_THRESHOLD, LINK_ERROR, TTL, NO_ROUTE = range(1, 7)
WRED, SHARED_HEADROOM_EXHAUSTED, WATCHDOG = range(7, 10)
CAUSES = {
    HEADROOM_EXHAUSTED: "headroom drop",
    INGRESS_THRESHOLD: "ingress drop",
    EGRESS_THRESHOLD: "egress drop",
    LINK_ERROR: "link error",
    TTL: "TTL drop",
    NO_ROUTE: "no route",
    WRED: "WRED drop",
    SHARED_HEADROOM_EXHAUSTED: "shared headroom drop",
    WATCHDOG: "watchdog drop",
}
NOT_ECT, ECT, CE = 0, 2, 3
CLASSES = 8
DROP_STORM, FORWARD_PAUSED, ALERT, MUTE = range(1, 5)  # actions of watchdogs


class Record(NamedTuple):
    """One observable record; ``port`` is the global index."""

    time_ps: int
    port: int
    event: int
    kind: int
    priority: int
    qp: int
    psn: int
    size_bytes: int
    ecn: int


@dataclass(slots=True, eq=False)
class Frame:
    """A frame of the data lane.

    ``cls``: its priority at a host, its queue at a switch and on the link behind it. ``group``:
    its priority group at the node where it is, in by port ``ingress``.
    ``stamp``: transmit start of the data packet, echoed by ACK and NAK. ``end``: READ requests ask
    for PSNs ``psn`` to ``end - 1``. ``echo``: ACK and NAK report a marked packet. ``ack_request``:
    the packet fills its sender's window. ``records``: telemetry, of data and echoed by ACK and NAK.
    ``cause``: PSN that made the receiver send a NAK. ``posted_ahead``: packets posted from this one
    on. ``opens_window``: the first packet of an unsolicited window.
    """

    kind: int
    qp: int
    psn: int
    cls: int
    size: int
    ecn: int
    address: int
    entropy: int
    stamp: int = 0
    end: int = 0
    echo: bool = False
    ack_request: bool = False
    cause: int = 0
    posted_ahead: int = 0
    opens_window: bool = False
    records: list[HopRecord] | None = None
    ttl: int = 64
    dscp: int = 0
    ingress: int = -1
    group: int = 0


@dataclass(slots=True)
class PfcFrame:
    """A PFC frame: classes to pause, to resume, the pause time in quanta (0: until XON)."""

    xoff_mask: int
    xon_mask: int
    quanta: int


class Framing:
    """Sizes and times of frames."""

    def __init__(self, scalars: dict[str, int]) -> None:
        self.mtu = scalars["mtu_bytes"]
        self.header = scalars["header_bytes"]
        self.reth = scalars["reth_bytes"]
        self.aeth = scalars["aeth_bytes"]
        self.ack = scalars["ack_bytes"]
        self.cnp = scalars["cnp_bytes"]
        self.pfc = scalars["pfc_bytes"]
        self.gap = scalars["gap_bytes"]
        self.pad = scalars["pad_bytes"]
        self.truncate_ns = bool(scalars["truncate_ns"])

    def duration_ps(self, size: int, rate_bps: int) -> int:
        """Time of ``size`` bytes on the wire, gap included by the caller."""
        if self.truncate_ns:
            return size * 8 * 10**9 // rate_bps * 1000
        return -(-size * 8 * 10**12 // rate_bps)

    def data_size(self, payload: int, op: str, first: bool, last: bool) -> int:
        size = self.header + -(-payload // self.pad) * self.pad
        if op == "write" and first:
            size += self.reth
        if op == "read" and (first or last):
            size += self.aeth
        return size

    @property
    def read_request(self) -> int:
        return self.header + self.reth
