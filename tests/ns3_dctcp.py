"""DCTCP (Alizadeh et al., SIGCOMM'10) on the plain model of docs/ns3.md, by rate as in the
simulator published with HPCC: in whole bit/s, the marked part by acknowledgements."""

from __future__ import annotations

from dataclasses import dataclass

from ns3_parts import MTU, Device, Packet, Qp
from ns3_rates import Marking, Rate


@dataclass
class Counted(Rate):
    """State of one queue pair."""

    alpha: float = 1.0
    update: int = 0
    marked: int = 0
    expected: int = 1
    cut_until: int = -1  # -1: not after a cut


class Dctcp(Marking):
    """``increase`` in bit/s."""

    gain, increase = 1 / 16, 615 * 10**6

    def state_for(self, line_bps: int) -> Counted:
        return Counted(line_bps, line_bps)

    def react(self, device: Device, qp: Qp, packet: Packet) -> None:
        state = self.state_of(qp, device)
        assert isinstance(state, Counted)
        state.marked += packet.marked
        ends = packet.seq > state.update
        if ends:
            self.end_window(state, qp, packet.seq)
        if packet.seq > state.cut_until:
            state.cut_until = -1
        if state.cut_until >= 0:
            return
        if packet.marked:
            state.rate = max(self.lowest, int(state.rate * (1 - state.alpha / 2)))
            state.cut_until = qp.next
        elif ends:
            state.rate = min(state.line, state.rate + self.increase)

    def end_window(self, state: Counted, qp: Qp, acked: int) -> None:
        begin = acked
        if state.update == 0:
            begin = 0
        else:
            part = min(1.0, state.marked / state.expected)
            state.alpha = (1 - self.gain) * state.alpha + self.gain * part
            state.marked = 0
        state.update = qp.next
        state.expected = (qp.next - begin) // MTU + 1
