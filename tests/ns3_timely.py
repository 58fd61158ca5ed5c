"""TIMELY (Mittal et al., SIGCOMM'15, algorithm 1) on the plain model of docs/ns3.md, as in the
simulator published with HPCC: one sample in a window of data, rates in whole bit/s."""

from __future__ import annotations

from dataclasses import dataclass

from ns3_parts import Device, Packet, Qp
from ns3_rates import Rate, Rated


@dataclass
class Sampled(Rate):
    """State of one queue pair."""

    update: int = 0
    rises: int = 0
    before: int = 0
    difference: float = 0.0


class Timely(Rated):
    """Times in ns, increases in bit/s."""

    header = 56
    low, high, shortest, weight, beta = 50_000, 500_000, 20_000, 0.875, 0.8
    additive, hyper = 100 * 10**6, 500 * 10**6

    def state_for(self, line_bps: int) -> Sampled:
        return Sampled(line_bps, line_bps)

    def react(self, device: Device, qp: Qp, packet: Packet) -> None:
        state = self.state_of(qp, device)
        assert isinstance(state, Sampled)
        if packet.seq <= state.update:
            return
        trip = self.now - packet.built
        if state.update:
            self.sample(state, trip)
        state.update, state.before = qp.next, trip

    def sample(self, state: Sampled, trip: int) -> None:
        change = trip - state.before
        state.difference = (1 - self.weight) * state.difference + self.weight * change
        gradient = state.difference / self.shortest
        if trip < self.low or (trip <= self.high and gradient <= 0):
            state.rate += self.additive if state.rises < 5 else self.hyper
            state.rate = min(state.rate, state.line)
            state.rises += 1
            return
        if trip > self.high:
            factor = 1 - self.beta * (1 - self.high / trip)
        else:
            factor = max(0.0, 1 - self.beta * gradient)
        state.rate = max(self.lowest, int(state.rate * factor))
        state.rises = 0
