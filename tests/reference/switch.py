"""A switch: routes, shared buffer, PFC decisions, ECN marking (sections 6, 7 and 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.frames import (
    CE,
    CLASSES,
    DATA,
    ECT,
    EGRESS_THRESHOLD,
    HEADROOM_EXHAUSTED,
    INGRESS_THRESHOLD,
    NO_ROUTE,
    PFC,
    TTL,
    XOFF,
    XON,
    Frame,
)
from reference.hpcc import HopRecord
from reference.node import Node
from reference.port import Port
from reference.randomness import MARKING, Stream, ecmp_index
from reference.routes import next_hops

if TYPE_CHECKING:
    from reference.net import Net


class Group:
    """Bytes that one (ingress port, class) holds."""

    def __init__(self) -> None:
        self.bytes = self.headroom = 0


def shifted(free: int, shift: int) -> int:
    return free >> shift if shift >= 0 else free << -shift


class Switch(Node):
    """Shared-buffer switch."""

    def __init__(self, net: Net, number: int) -> None:
        super().__init__(net, number)
        self.shared = self.setting("shared_bytes")
        self.reserve = self.setting("reserve_bytes")
        self.alpha_shift = self.setting("alpha_shift")
        self.lossy_alpha_shift = self.setting("lossy_alpha_shift")
        self.xoff_bytes = self.setting("xoff_bytes")
        self.xon_offset = self.setting("xon_offset_bytes")
        self.ecn_mask = self.setting("ecn_mask")
        self.mark_at_enqueue = bool(self.setting("ecn_at_enqueue"))
        self.marking = Stream(net.seed, number, MARKING)
        self.groups = [[Group() for _ in range(CLASSES)] for _ in self.ports]
        self.used = 0

    # -- arrival ----

    def receive(self, port: Port, frame: Frame) -> None:
        if frame.ttl == 0:
            self.drop(port, frame, TTL)
            return
        frame.ttl -= 1
        out = self.route(frame)
        if out is None:
            self.drop(port, frame, NO_ROUTE)
            return
        cause = self.admit(port, out, frame)
        if cause:
            self.drop(port, frame, cause)
            return
        frame.ingress = port.local
        self.test_xoff(port, frame.cls)
        queued = out.queue_bytes[frame.cls]
        if out.offer(frame):
            out.transmit(frame)
        else:
            if self.mark_at_enqueue:
                self.mark(out, frame, queued)
            out.given()

    def route(self, frame: Frame) -> Port | None:
        ports = next_hops(self.net.column, self.number, frame.address)
        if not len(ports):
            return None
        index = ecmp_index(frame.entropy, self.setting("ecmp_seed"), len(ports))
        return self.ports[ports[index]]

    def lossless(self, cls: int) -> bool:
        return bool(self.lossless_mask >> cls & 1)

    def threshold(self, lossless: bool = True) -> int:
        if lossless and self.xoff_bytes >= 0:
            return self.xoff_bytes
        return shifted(max(0, self.shared - self.used), self.alpha_shift)

    def shared_part(self, count: int) -> int:
        return max(0, count - self.reserve)

    def admit(self, port: Port, out: Port, frame: Frame) -> int:
        """Take the frame's bytes into account; the cause if it is dropped, else 0."""
        cls, size = frame.cls, frame.size
        group = self.groups[port.local][cls]
        if not self.lossless(cls):
            limit = shifted(self.shared - self.used, self.lossy_alpha_shift)
            if out.queue_bytes[cls] + size > max(limit, size):
                return EGRESS_THRESHOLD
        after = self.shared_part(group.bytes + size)
        added = after - self.shared_part(group.bytes)
        fits = after <= self.threshold(self.lossless(cls)) and self.used + added <= self.shared
        if after == 0 or fits:
            group.bytes += size
            self.used += added
            return 0
        if not self.lossless(cls):
            return INGRESS_THRESHOLD
        if group.headroom + size > self.net.column("port_headroom_bytes")[port.number]:
            return HEADROOM_EXHAUSTED
        group.headroom += size
        return 0

    # -- PFC ----

    def test_xoff(self, port: Port, cls: int) -> None:
        if self.pfc_mode == 0 or not self.lossless(cls) or port.decided >> cls & 1:
            return
        group = self.groups[port.local][cls]
        part = self.shared_part(group.bytes)
        if group.headroom > 0 or (group.bytes > self.reserve and part >= self.threshold()):
            port.decided |= 1 << cls
            if self.pfc_mode == 1 and port.told >> cls & 1 and not port.refresh_armed[cls]:
                port.refresh |= 1 << cls
            self.note(self.clock.now, port, XOFF, PFC, cls, 0, 0, 0, 0)
            self.net.counts["XOFF"] += 1
            self.tell(port)

    def test_xon(self, port: Port, cls: int) -> bool:
        group = self.groups[port.local][cls]
        part = self.shared_part(group.bytes)
        low = part == 0 or part + self.xon_offset <= self.threshold()
        if not port.decided >> cls & 1 or group.headroom > 0 or not low:
            return False
        port.decided &= ~(1 << cls)
        port.refresh &= ~(1 << cls)
        self.note(self.clock.now, port, XON, PFC, cls, 0, 0, 0, 0)
        self.net.counts["XON"] += 1
        self.tell(port)
        return True

    def tell(self, port: Port) -> None:
        if port.pfc_due:
            port.given()

    # -- departure ----

    def take(self, port: Port, cls: int) -> Frame:
        frame = port.pop(cls)
        if not self.mark_at_enqueue:
            self.mark(port, frame, port.queue_bytes[cls])
        return frame

    def leaving(self, port: Port, frame: Frame) -> None:
        records = frame.records
        if frame.kind != DATA or records is None or len(records) >= self.net.scalars["int_hops"]:
            return
        queued = sum(port.queue_bytes)
        records.append(HopRecord(self.clock.now, port.sent_bytes, queued, port.rate))

    def left(self, port: Port, frame: Frame) -> None:
        ingress, cls = self.ports[frame.ingress], frame.cls
        group = self.groups[ingress.local][cls]
        from_headroom = min(group.headroom, frame.size)
        group.headroom -= from_headroom
        before = self.shared_part(group.bytes)
        group.bytes -= frame.size - from_headroom
        self.used -= before - self.shared_part(group.bytes)
        self.test_xon(ingress, cls)

    def mark(self, port: Port, frame: Frame, queued: int) -> None:
        if frame.ecn != ECT or not self.ecn_mask >> frame.cls & 1:
            return
        column = self.net.column
        kmin = column("port_ecn_kmin_bytes")[port.number]
        kmax = column("port_ecn_kmax_bytes")[port.number]
        if queued <= kmin:
            return
        if queued <= kmax:
            pmax_q32 = column("port_ecn_pmax_q32")[port.number]
            if self.marking.next() * (kmax - kmin) >= pmax_q32 * (queued - kmin):
                return
        self.net.counts["mark"] += 1
        frame.ecn = CE
