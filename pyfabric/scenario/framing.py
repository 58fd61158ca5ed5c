"""The bytes of frames. Defaults as in docs/model.md, section 2."""

from __future__ import annotations

from typing import Final

from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import Quantity, parse_size

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
    int_hop, int_count, int_hops: in-band telemetry, where the congestion control uses it: every
        data packet, ACK and NAK has room for int_hops records (5, up to 16) of int_hop bytes (8)
        and a count (2), as in the simulator published with HPCC (SIGCOMM'19).
    int_ack: L2 bytes of ACK and NAK with telemetry; None: ack and telemetry.
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
    int_hop: Quantity = "8B"
    int_count: Quantity = "2B"
    int_hops: int = 5
    int_ack: Quantity | None = None

    @classmethod
    def rocev2(cls) -> Framing:
        """Real RoCEv2 frames: the default."""
        return cls()

    @classmethod
    def ns3(cls) -> Framing:
        """The frames of the HPCC ns-3 simulator: headers 48 B, ACK 60 B, PFC 43 B, no gap.

        With telemetry: headers 90 B, ACK 88 B (of which 60 B hold 14 B of padding without it).
        """
        return cls("48B", "0B", "0B", "60B", "60B", "43B", "0B", 1, "ns", int_ack="88B")

    def check(self, faults: Faults) -> None:
        for field in _SIZES:
            smallest = 1 if field in ("header", "ack", "cnp", "pfc") else 0
            faults.size(field, getattr(self, field), low=smallest, high=1000)
        faults.integer("pad", self.pad, 1, 64)
        faults.choice("rounding", self.rounding, ("ps", "ns"))
        for field in ("int_hop", "int_count"):
            faults.size(field, getattr(self, field), high=64)
        faults.integer("int_hops", self.int_hops, 1, 16)
        if self.int_ack is not None:
            faults.size("int_ack", self.int_ack, low=1, high=1000)

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

    @property
    def int_bytes(self) -> int:
        """L2 bytes of the telemetry of a data packet."""
        return parse_size(self.int_count) + self.int_hops * parse_size(self.int_hop)

    @property
    def int_ack_bytes(self) -> int:
        """L2 bytes of ACK and NAK with telemetry."""
        return self.ack_bytes + self.int_bytes if self.int_ack is None else parse_size(self.int_ack)
