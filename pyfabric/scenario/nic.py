"""Network cards and the bytes of frames. Defaults as in docs/model.md, sections 2 and 8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pyfabric.scenario.switch import check_classes
from pyfabric.spec import EMPTY, Faults, Spec, spec
from pyfabric.units import Quantity, parse_rate, parse_size, parse_time

_MS: Final = 10**9
_SECOND: Final = 10**12


@spec
class Nic(Spec):
    """A RoCEv2 network card.

    mtu: RDMA payload of a full packet, 256 to 9216 B (4096 B).
    ack_every: data packets per acknowledgement (1); the last packet of a message is always
        acknowledged.
    ack_priority: class of ACK and NAK; None: the class of the data.
    cnp_priority, cnp_interval: class of CNPs (6) and their smallest spacing (50 us; 0: one per
        mark) within cnp_scope: "qp" (DCQCN, SIGCOMM'15), "destination" or "port". cnp_style:
        "packet", or "ack": no CNP frames, the congestion echo of ACKs counts instead (HPCC
        repository).
    rto, retries: retransmission timeout (1 ms; None: none) and how often before the queue pair
        fails (7).
    nak_interval: repeat a NAK for the same PSN after this time; None: once per PSN.
    pfc, pfc_reaction: obey and send PFC (True); from receiving XOFF until it binds at the next
        frame boundary (200 ns).
    recovery: "go_back_n", or "go_back_0": a gap restarts the whole message (early NICs).
    receive_rate, receive_buffer: rate at which received data reach the host (None: at once), and
        the memory in which they wait (1 MB); the NIC pauses its switch when it is full.
    start_jitter: each host starts its work late by a seeded time below this (100 ns; 0: exact).
    strict_priorities, weights: as in Switch.
    """

    mtu: Quantity = "4096B"
    ack_every: int = 1
    ack_priority: int | None = None
    cnp_priority: int = 6
    cnp_interval: Quantity = "50us"
    cnp_scope: str = "qp"
    cnp_style: str = "packet"
    rto: Quantity | None = "1ms"
    retries: int = 7
    nak_interval: Quantity | None = None
    pfc: bool = True
    pfc_reaction: Quantity = "200ns"
    recovery: str = "go_back_n"
    receive_rate: Quantity | None = None
    receive_buffer: Quantity = "1MB"
    start_jitter: Quantity = "100ns"
    pause_watchdog: Quantity | None = None
    strict_priorities: Sequence[int] = (6,)
    weights: Mapping[int, int] = EMPTY

    def check(self, faults: Faults) -> None:
        faults.size("mtu", self.mtu, low=256, high=9216)
        faults.integer("ack_every", self.ack_every, 1, 65536)
        if self.ack_priority is not None:
            faults.integer("ack_priority", self.ack_priority, 0, 7)
        faults.integer("cnp_priority", self.cnp_priority, 0, 7)
        faults.time("cnp_interval", self.cnp_interval, high=_SECOND)
        faults.choice("cnp_scope", self.cnp_scope, ("qp", "destination", "port"))
        faults.choice("cnp_style", self.cnp_style, ("packet", "ack"))
        if self.rto is not None:
            faults.time("rto", self.rto, low=10**6, high=100 * _SECOND)
        faults.integer("retries", self.retries, 0, 255)
        if self.nak_interval is not None:
            faults.time("nak_interval", self.nak_interval, low=10**3, high=_SECOND)
        faults.choice("recovery", self.recovery, ("go_back_n", "go_back_0"))
        if self.receive_rate is not None:
            faults.rate("receive_rate", self.receive_rate)
        faults.size("receive_buffer", self.receive_buffer, low=1)
        if self.receive_rate is None and self.receive_buffer != "1MB":
            faults.add("receive_buffer", "has no effect without receive_rate (set both or neither)")
        faults.boolean("pfc", self.pfc)
        if self.pause_watchdog is not None:
            faults.time("pause_watchdog", self.pause_watchdog, low=10**6)
            if self.pfc is False:
                faults.add("pause_watchdog", "has no effect: pfc is False, so the NIC never pauses")
        faults.time("pfc_reaction", self.pfc_reaction, high=_MS)
        faults.time("start_jitter", self.start_jitter, high=_MS)
        check_classes(faults, self.strict_priorities, self.weights)

    @property
    def mtu_bytes(self) -> int:
        """Payload of a full packet in bytes."""
        return parse_size(self.mtu)

    @property
    def cnp_interval_ps(self) -> int:
        """Smallest spacing of CNPs in ps; 0: every mark."""
        return parse_time(self.cnp_interval)

    @property
    def rto_ps(self) -> int:
        """Retransmission timeout in ps; 0: none."""
        return 0 if self.rto is None else parse_time(self.rto)

    @property
    def nak_interval_ps(self) -> int:
        """Repetition time of NAKs in ps; 0: never repeated."""
        return 0 if self.nak_interval is None else parse_time(self.nak_interval)

    @property
    def pfc_reaction_ps(self) -> int:
        """PFC reaction time in ps."""
        return parse_time(self.pfc_reaction)

    @property
    def receive_rate_bps(self) -> int:
        """Rate at which received data reach the host in bit/s; 0: at once."""
        return 0 if self.receive_rate is None else parse_rate(self.receive_rate)

    @property
    def receive_buffer_bytes(self) -> int:
        """Memory in which received data wait for the host, in bytes."""
        return parse_size(self.receive_buffer)

    @property
    def pause_watchdog_ps(self) -> int:
        """Longest time for which the NIC pauses its peer, in ps; 0: no bound."""
        return 0 if self.pause_watchdog is None else parse_time(self.pause_watchdog)

    @property
    def start_jitter_ps(self) -> int:
        """Upper bound (exclusive) of the start delay of a host in ps; 0: none."""
        return parse_time(self.start_jitter)

    @property
    def class_weights(self) -> tuple[int, ...]:
        """DWRR weight of each of the eight classes."""
        return tuple(self.weights.get(priority, 1) for priority in range(8))


_SIZES: Final = ("header", "reth", "aeth", "ack", "cnp", "pfc", "gap")


@spec
class Framing(Spec):
    """Bytes of frames on the wire, and how times are rounded; the defaults are RoCEv2 over untagged
    IPv4.

    header: L2 bytes of a data packet beside its payload (62 = Ethernet 14, IPv4 20, UDP 8, BTH 12,
        ICRC 4, FCS 4).
    reth, aeth: extra bytes of WRITE-first packets and READ requests (16), of READ-response first
        and last packets (4).
    ack, cnp, pfc: L2 bytes of these frames (66, 78, 64).
    gap: preamble and inter-frame gap, on the wire only (20). pad: payload is padded to a multiple
        of this (4).
    rounding: "ps" (up to a whole ps) or "ns" (down to a whole ns, as ns-3 simulators do).
    """

    header: Quantity = "62B"
    reth: Quantity = "16B"
    aeth: Quantity = "4B"
    ack: Quantity = "66B"
    cnp: Quantity = "78B"
    pfc: Quantity = "64B"
    gap: Quantity = "20B"
    pad: int = 4
    rounding: str = "ps"

    @classmethod
    def rocev2(cls) -> Framing:
        """Real RoCEv2 frames: the default."""
        return cls()

    @classmethod
    def ns3(cls) -> Framing:
        """The frames of the HPCC ns-3 simulator: headers 48 B, ACK 60 B, PFC 43 B, no gap."""
        return cls("48B", "0B", "0B", "60B", "60B", "43B", "0B", 1, "ns")

    def check(self, faults: Faults) -> None:
        for field in _SIZES:
            smallest = 1 if field in ("header", "ack", "cnp", "pfc") else 0
            faults.size(field, getattr(self, field), low=smallest, high=1000)
        faults.integer("pad", self.pad, 1, 64)
        faults.choice("rounding", self.rounding, ("ps", "ns"))

    @property
    def header_bytes(self) -> int:
        """L2 bytes of a data packet beside its payload."""
        return parse_size(self.header)

    @property
    def reth_bytes(self) -> int:
        """Extra bytes of the first packet of a WRITE and of a READ request."""
        return parse_size(self.reth)

    @property
    def aeth_bytes(self) -> int:
        """Extra bytes of the first, last or only packet of a READ response."""
        return parse_size(self.aeth)

    @property
    def ack_bytes(self) -> int:
        """L2 bytes of ACK and NAK."""
        return parse_size(self.ack)

    @property
    def cnp_bytes(self) -> int:
        """L2 bytes of a CNP."""
        return parse_size(self.cnp)

    @property
    def pfc_bytes(self) -> int:
        """L2 bytes of a PFC frame."""
        return parse_size(self.pfc)

    @property
    def gap_bytes(self) -> int:
        """Bytes on the wire beside L2."""
        return parse_size(self.gap)
