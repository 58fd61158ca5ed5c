"""HPCC (Li et al., SIGCOMM'19, algorithm 1) on the plain model of docs/ns3.md, with the telemetry
and the whole rates in bit/s of the simulator published with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ns3_parts import Device, Packet, Qp
from ns3_rates import GBPS, Rate, Rated, gap_ns

_TIMES, _SENT = 1 << 24, 1 << 20  # telemetry counts modulo these


@dataclass
class Controlled(Rate):
    """State of one queue pair."""

    committed: int = 0
    load: float = 1.0
    update: int = 0
    hops: list[tuple[int, int, int, int]] = field(default_factory=list)


class Hpcc(Rated):
    """One rate a queue pair; ``multi``: INT_MULTI; ``trip_ns``: T; maxStage is 0."""

    header, ack = 90, 88
    multi, trip_ns, target, increase = 4, 8200, 0.95, 50 * 10**6

    def state_for(self, line_bps: int) -> Controlled:
        return Controlled(line_bps, line_bps, line_bps)

    def stamp(self, device: Device, packet: Packet) -> None:
        if packet.kind != "data":
            return
        queued = sum(waiting.size for queue in device.queues.values() for waiting in queue)
        sent, held = device.sent // (128 * self.multi), queued // (80 * self.multi)
        packet.hops = [*packet.hops, (self.now, sent, held, device.rate)]

    def react(self, device: Device, qp: Qp, packet: Packet) -> None:
        state = self.state_of(qp, device)
        assert isinstance(state, Controlled)
        full = packet.seq > state.update
        if state.update == 0:
            state.hops = list(packet.hops)
            state.update = qp.next
            return
        load, tau = 0.0, 0
        for new, old in zip(packet.hops, state.hops, strict=True):
            time = (new[0] - old[0]) % _TIMES
            sent = (new[1] - old[1]) % _SENT * 128 * self.multi
            queue = min(new[2], old[2]) * 80 * self.multi
            rate = new[3] * GBPS
            used = sent * 8 / (time * 1e-9) / rate
            used += float(queue) * state.line / rate / qp.window
            if used > load:
                load, tau = used, time
        state.hops = list(packet.hops)
        tau = min(tau, self.trip_ns)
        state.load = (state.load * (self.trip_ns - tau) + load * tau) / self.trip_ns
        rate = int(state.committed / (state.load / self.target)) + self.increase
        rate = min(max(rate, self.lowest), state.line)
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
