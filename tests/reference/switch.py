"""A switch: routes, shared buffer, PFC decisions, ECN marking (sections 6, 7 and 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.egress import Egress, single_pool_queues
from reference.frames import CE, DATA, ECT, NO_ROUTE, TTL, WATCHDOG, Frame
from reference.ingress import Ingress, single_pool
from reference.node import Node
from reference.pools import profile_shares
from reference.port import Port
from reference.randomness import MARKING, Stream, ecmp_index
from reference.routes import next_hops
from reference.telemetry import HopRecord
from reference.watchdog import Watchdog

if TYPE_CHECKING:
    from reference.net import Net


class Switch(Node):
    """Shared-buffer switch."""

    def __init__(self, net: Net, number: int) -> None:
        super().__init__(net, number)
        self.ecn_mask = self.setting("ecn_mask")
        self.mark_at_enqueue = bool(self.setting("ecn_at_enqueue"))
        self.marking = Stream(net.seed, number, MARKING)
        if self.setting("qos") >= 0:
            groups, queues = profile_shares(net.column, self.setting("qos"))
        else:
            groups = single_pool(self)
            queues = single_pool_queues(self, groups)
        self.ingress = Ingress(self, groups)
        self.egress = Egress(self, queues)
        self.watchdog = Watchdog(self)

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
        self.classify(port, out, frame)
        if self.watchdog.refuses(port, out, frame):
            self.drop(port, frame, WATCHDOG)
            return
        cause = self.egress.refuse(out, frame)
        cause = cause or self.ingress.admit(port, frame.group, frame.size)
        if cause:
            self.drop(port, frame, cause)
            return
        self.egress.add(out, frame.cls, frame.size)
        frame.ingress = port.local
        self.ingress.test_xoff(port, frame.group)
        queued = out.queue_bytes[frame.cls]
        if out.offer(frame):
            out.transmit(frame)
        else:
            if self.mark_at_enqueue:
                self.mark(out, frame, queued)
            out.given()

    def classify(self, port: Port, out: Port, frame: Frame) -> None:
        """Group by the DSCP it came with, queue by the one it leaves with."""
        frame.group = self.maps.group_of(frame.dscp)
        up = self.net.column("port_goes_up")
        if up[port.number] and up[out.number] and self.maps.bounce[frame.dscp] != frame.dscp:
            frame.dscp = self.maps.bounce[frame.dscp]
            self.net.counts["bounce"] += 1
        frame.cls = self.maps.queue_of(frame.dscp)

    def route(self, frame: Frame) -> Port | None:
        ports = next_hops(self.net.column, self.number, frame.address)
        if not len(ports):
            return None
        index = ecmp_index(frame.entropy, self.setting("ecmp_seed"), len(ports))
        return self.ports[ports[index]]

    def test_xon(self, port: Port, cls: int) -> bool:
        return self.ingress.test_xon(port, cls)

    def xoff_came(self, port: Port, queue: int) -> None:
        self.watchdog.xoff_came(port, queue)

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
        self.release(port, frame)

    def release(self, port: Port, frame: Frame) -> None:
        """Take a frame that leaves by ``port`` out of the accounts."""
        self.egress.add(port, frame.cls, -frame.size)
        self.ingress.release(self.ports[frame.ingress], frame.group, frame.size)

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
