"""Sizes of packets and their time on a link, as the engine computes them (docs/model.md 1, 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfabric.compile.plan import OPS

if TYPE_CHECKING:
    from pyfabric.scenario import Framing

Ints = NDArray[np.int64]

_BYTE_PS: Final = 8 * 10**12  # ps that one byte takes at 1 bit/s
_NS: Final = 1000
_BITS: Final = 8
_SECOND_NS: Final = 10**9


@dataclass(frozen=True)
class Frames:
    """Frame sizes of one plan in L2 bytes, and the serialisation rule.

    ``header`` and ``ack`` include in-band telemetry where the plan has it. ``gap``: bytes on the
    wire beside L2. ``truncate_ns``: 1: times are floored to 1 ns, 2: floored in fixed point, by
    which most whole ns lose one (docs/ns3.md), 0: rounded up to 1 ps.
    """

    mtu: int
    header: int
    reth: int
    aeth: int
    ack: int
    cnp: int
    pfc: int
    gap: int
    pad: int
    truncate_ns: int

    @classmethod
    def of(
        cls, framing: Framing, mtu_bytes: int, *, telemetry: bool = False, below: bool = False
    ) -> Frames:
        """The sizes of ``framing`` with full packets of ``mtu_bytes`` payload.

        ``telemetry``: data packets, ACKs and NAKs carry it. ``below``: rounding to ns cuts whole
        ones, too (docs/ns3.md).
        """
        return cls(
            mtu=mtu_bytes,
            header=framing.header_bytes + (framing.int_bytes if telemetry else 0),
            reth=framing.reth_bytes,
            aeth=framing.aeth_bytes,
            ack=framing.int_ack_bytes if telemetry else framing.ack_bytes,
            cnp=framing.cnp_bytes,
            pfc=framing.pfc_bytes,
            gap=framing.gap_bytes,
            pad=framing.pad,
            truncate_ns=(2 if below else 1) if framing.rounding == "ns" else 0,
        )

    @property
    def full_packet(self) -> int:
        """L2 bytes of a full data packet without extension headers."""
        return self.header + -(-self.mtu // self.pad) * self.pad

    @property
    def read_request(self) -> int:
        """L2 bytes of a READ request."""
        return self.header + self.reth

    @property
    def largest(self) -> int:
        """L2 bytes of the largest frame of the plan."""
        data = self.full_packet + max(self.reth, self.aeth)
        return max(data, self.read_request, self.ack, self.cnp)

    def scalars(self) -> dict[str, int]:
        """The plan's scalars about frames."""
        sizes = ("mtu", "header", "reth", "aeth", "ack", "cnp", "pfc", "gap", "pad")
        return {f"{name}_bytes": getattr(self, name) for name in sizes} | {
            "truncate_ns": self.truncate_ns
        }

    def packets(self, size_bytes: Ints) -> Ints:
        """Packets of messages of ``size_bytes`` > 0."""
        return -(-size_bytes // self.mtu)

    def message(self, op: NDArray[np.uint8], size_bytes: Ints) -> tuple[Ints, Ints, Ints]:
        """L2 bytes of the first, a middle and the last packet of messages; all [F].

        A one-packet message has only its first packet; RETH is on the first packet of a WRITE, AETH
        on the first and the last one of a READ response (IBTA volume 1, 9.4 and 9.7).
        """
        count = self.packets(size_bytes)
        rest = size_bytes - (count - 1) * self.mtu
        padded = -(-rest // self.pad) * self.pad
        middle = np.full(len(size_bytes), self.full_packet, dtype=np.int64)
        is_read = op == OPS["read"]
        extra = np.where(op == OPS["write"], self.reth, 0) + np.where(is_read, self.aeth, 0)
        first = np.where(count == 1, self.header + padded, middle) + extra
        last = self.header + padded + np.where(is_read, self.aeth, 0)
        return first, middle, last

    def wire_ps(self, l2_bytes: ArrayLike, rate_bps: ArrayLike) -> Ints:
        """Time that frames with their gap occupy a link; broadcasts. Sizes below 64 KiB."""
        size = np.asarray(l2_bytes, dtype=np.int64) + self.gap
        rate = np.asarray(rate_bps, dtype=np.int64)
        if self.truncate_ns == 2:
            return _fixed_point_ns(size * _BITS / rate) * _NS
        bits = size * _BYTE_PS
        if self.truncate_ns:
            return bits // _NS // rate * _NS
        return -(-bits // rate)


def _fixed_point_ns(seconds: NDArray[np.float64]) -> Ints:
    """Times in fixed point with 64 binary digits behind the point, then in ns, each step cut."""
    whole = np.floor(seconds)
    fixed = ((seconds - whole) * 2.0**64).astype(np.uint64)
    high, low = fixed >> np.uint64(32), fixed & np.uint64(0xFFFFFFFF)
    second = np.uint64(_SECOND_NS)
    part = high * second + (low * second >> np.uint64(32)) >> np.uint64(32)
    return whole.astype(np.int64) * _SECOND_NS + part.astype(np.int64)
