"""DCQCN (Zhu et al., SIGCOMM'15) on the plain model of docs/ns3.md, in the firmware style of the
simulator published with HPCC: marks only set flags that timers look at, rates in whole bit/s."""

from __future__ import annotations

from dataclasses import dataclass

from ns3_parts import Device, Packet, Qp
from ns3_rates import Marking, Rate


@dataclass
class Timed(Rate):
    """State of one queue pair."""

    target: int = 0
    alpha: float = 1.0
    stage: int = 0
    started: bool = False
    mark_for_alpha: bool = False
    mark_for_cut: bool = False
    done: bool = False
    rises: int = 0  # generation of the increase timer


class Dcqcn(Marking):
    """Periods in ns, increases in bit/s."""

    alpha_ns, cut_ns, rise_ns = 1_000, 4_000, 300_000
    gain, recoveries, additive, hyper = 1 / 256, 1, 20 * 10**6, 200 * 10**6

    def state_for(self, line_bps: int) -> Timed:
        return Timed(line_bps, line_bps, line_bps)

    def react(self, device: Device, qp: Qp, packet: Packet) -> None:
        state = self.state_of(qp, device)
        assert isinstance(state, Timed)
        state.done = qp.acked >= qp.size
        if not packet.marked or state.done:
            return
        state.mark_for_alpha = state.started
        state.mark_for_cut = True
        if not state.started:
            state.started = True
            self.at(self.now + self.alpha_ns, self.update_alpha, state)
            self.at(self.now + self.cut_ns + 1, self.look_for_cut, state)

    def update_alpha(self, state: Timed) -> None:
        if state.done:
            return
        state.alpha = (1 - self.gain) * state.alpha + (self.gain if state.mark_for_alpha else 0)
        state.mark_for_alpha = False
        self.at(self.now + self.alpha_ns, self.update_alpha, state)

    def look_for_cut(self, state: Timed) -> None:
        if state.done:
            return
        self.at(self.now + self.cut_ns, self.look_for_cut, state)
        if not state.mark_for_cut:
            return
        if state.stage:
            state.target = state.rate
        state.rate = max(self.lowest, int(state.rate * (1 - state.alpha / 2)))
        state.stage, state.mark_for_cut = 0, False
        state.rises += 1
        self.at(self.now + self.rise_ns, self.rise, state, state.rises)

    def rise(self, state: Timed, generation: int) -> None:
        if state.done or generation != state.rises:
            return
        self.at(self.now + self.rise_ns, self.rise, state, generation)
        if state.stage >= self.recoveries:
            step = self.additive if state.stage == self.recoveries else self.hyper
            state.target = min(state.line, state.target + step)
        state.rate = state.rate // 2 + state.target // 2
        state.stage += 1
