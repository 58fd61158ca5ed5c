"""Queue pairs with a rate of their own on the plain model of docs/ns3.md, and marking switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ns3_draws import Streams
from ns3_parts import Device, Packet, Qp
from ns3_reference import Network

GBPS = 10**9


def gap_ns(size: int, rate_bps: int) -> int:
    """The time in s as a double, with 64 binary digits, in ns, each step cut."""
    top, bottom = (size * 8 / rate_bps).as_integer_ratio()
    return ((top << 64) // bottom) * 10**9 >> 64


@dataclass
class Rate:
    """Of one queue pair, in whole bit/s."""

    line: int
    rate: int


class Rated(Network):
    """Each queue pair has a :class:`Rate`; its window, if any, is in proportion to it."""

    lowest = GBPS  # MIN_RATE

    def state_for(self, line_bps: int) -> Rate:
        return Rate(line_bps, line_bps)

    def state_of(self, qp: Qp, device: Device) -> Rate:
        states = self.__dict__.setdefault("states", {})
        if qp.flow not in states:
            states[qp.flow] = self.state_for(device.rate * GBPS)
        found: Rate = states[qp.flow]
        return found

    def window_of(self, qp: Qp, device: Device) -> int:
        state = self.state_of(qp, device)
        return max(1, qp.window * state.rate // state.line)

    def gap_of(self, qp: Qp, device: Device) -> int:
        return gap_ns(qp.last_size, self.state_of(qp, device).rate)


class Marking(Rated):
    """Switches mark at dequeue, by the bytes left behind. Every draw takes a stream of its own, and
    so does every PFC frame."""

    #: Gb/s -> kmin and kmax in bytes, pmax.
    marks: dict[int, tuple[int, int, float]]
    first_stream: int

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.draws = Streams(self.first_stream)
        super().__init__(*args, **keywords)

    def send_pfc(self, device: Device, group: int, pause: bool) -> None:
        self.draws.skip()
        super().send_pfc(device, group, pause)

    def leave(self, source: Device, packet: Packet, out: Device) -> None:
        kmin, kmax, pmax = self.marks[out.rate]
        left = sum(waiting.size for waiting in out.queues[packet.group])
        hit = left > kmax
        if kmin < left <= kmax:
            hit = self.draws.next() < pmax * (left - kmin) / (kmax - kmin)
        if packet.kind == "data":  # of an ACK, ``marked`` is the echo
            packet.marked |= hit
        super().leave(source, packet, out)
