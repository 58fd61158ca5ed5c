"""HPCC (Li et al., SIGCOMM'19, algorithm 1) on the plain model of docs/ns3.md, with the telemetry
and the whole rates in bit/s of the simulator published with it."""

from __future__ import annotations

from ns3_parts import Device, Packet, Qp
from ns3_reference import Network

GBPS = 10**9


def gap_ns(size: int, rate_bps: int) -> int:
    """The largest whole number below the exact time."""
    return -(-size * 8 * 10**9 // rate_bps) - 1


class Controlled:
    """State of one queue pair."""

    def __init__(self, line_bps: int) -> None:
        self.rate = self.committed = line_bps
        self.load = 1.0
        self.update = 0
        self.hops: list[tuple[int, int, int, int]] = []


class Hpcc(Network):
    """One rate a queue pair; ``multi``: INT_MULTI; ``trip_ns``: T; maxStage is 0."""

    header, ack = 90, 88
    multi, trip_ns, target, increase, lowest = 4, 8200, 0.95, 50 * 10**6, GBPS

    def state_of(self, qp: Qp, device: Device) -> Controlled:
        self.states = getattr(self, "states", {})
        return self.states.setdefault(qp.flow, Controlled(device.rate * GBPS))

    def window_of(self, qp: Qp, device: Device) -> int:
        line = device.rate * GBPS
        return max(1, qp.window * self.state_of(qp, device).rate // line)

    def gap_of(self, qp: Qp, device: Device) -> int:
        return gap_ns(qp.last_size, self.state_of(qp, device).rate)

    def stamp(self, device: Device, packet: Packet) -> None:
        if packet.kind != "data":
            return
        queued = sum(waiting.size for queue in device.queues.values() for waiting in queue)
        sent, held = device.sent // (128 * self.multi), queued // (80 * self.multi)
        packet.hops = [*packet.hops, (self.now, sent, held, device.rate)]

    def react(self, device: Device, qp: Qp, packet: Packet) -> None:
        state = self.state_of(qp, device)
        full = packet.seq > state.update
        if state.update == 0:
            state.hops = list(packet.hops)
            state.update = qp.next
            return
        load, tau = 0.0, 0
        for new, old in zip(packet.hops, state.hops, strict=True):
            time = new[0] - old[0]
            sent = (new[1] - old[1] & 0xFFFFF) * 128 * self.multi
            queue = min(new[2], old[2]) * 80 * self.multi
            used = sent * 8 / (time * 1e-9) / (new[3] * GBPS)
            used += queue * device.rate / new[3] / qp.window
            if used > load:
                load, tau = used, time
        state.hops = list(packet.hops)
        tau = min(tau, self.trip_ns)
        state.load = (state.load * (self.trip_ns - tau) + load * tau) / self.trip_ns
        rate = int(state.committed / (state.load / self.target)) + self.increase
        rate = min(max(rate, self.lowest), device.rate * GBPS)
        qp.free_at += gap_ns(qp.last_size, rate) - gap_ns(qp.last_size, state.rate)
        self.hasten(device, qp.free_at)
        state.rate = rate
        if full:
            state.committed = rate
            state.update = max(state.update, qp.next)

    def hasten(self, device: Device, time: int) -> None:
        """A wake-up that is pending gives way to an earlier one."""
        if device.wake and time < device.wake_at:
            device.wake_at = max(time, self.now)
            device.wake = self.at(device.wake_at, self.on_wake, device)
