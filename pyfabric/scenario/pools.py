"""Buffer pools, profiles and WRED curves of a switch (docs/model.md 6), as SONiC has them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from pyfabric.errors import shorten
from pyfabric.scenario.alphas import check_alpha, shift_of
from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import Quantity, format_size, parse_fraction, parse_size

#: ``alpha_shift`` of a profile without a threshold.
UNLIMITED: Final = 127

POOL_TYPES: Final = ("ingress", "egress", "both")


@spec
class BufferPool(Spec):
    """A part of a switch's memory that priority groups, or queues, share.

    type: "ingress" (priority groups), "egress" (queues), or "both": groups are counted, and queues
        compare themselves with what these leave free.
    size: bytes, or "auto": what the buffer leaves; one pool of each direction may have it.
    mode: "dynamic" (profiles have an alpha) or "static" (profiles have bytes).
    shared_headroom: bytes of headroom that all groups of the pool share, "auto" (the sum of their
        headrooms over headroom_oversubscription), or None: every group has its own.
    headroom_oversubscription: of an automatic shared headroom, 1 to 1000 (1).
    """

    type: str = "ingress"
    size: Quantity = "auto"
    mode: str = "dynamic"
    shared_headroom: Quantity | None = None
    headroom_oversubscription: str | float | Fraction = 1

    def check(self, faults: Faults) -> None:
        faults.choice("type", self.type, POOL_TYPES)
        if self.size != "auto":
            faults.size("size", self.size, high=10**11)
        faults.choice("mode", self.mode, ("dynamic", "static"))
        check_shared_headroom(
            faults, "shared_headroom", self.shared_headroom, self.headroom_oversubscription
        )
        if self.type == "egress" and self.shared_headroom is not None:
            faults.add("shared_headroom", "has no effect in a pool of queues (type egress)")

    @property
    def size_bytes(self) -> int | None:
        """Size in bytes; None: auto."""
        return None if self.size == "auto" else parse_size(self.size)

    @property
    def shared_headroom_bytes(self) -> int | None:
        """Shared headroom in bytes; None: auto, or none at all."""
        return fixed_bytes(self.shared_headroom)


@spec
class BufferProfile(Spec):
    """How a priority group, or a queue, takes part in a pool.

    pool: name of the pool.
    reserved: bytes of its own, outside of the pool (0).
    alpha, dynamic_th, static_th: its threshold on the pool, exactly one of them: alpha times the
        free bytes, a power of two from 1/128 to 8; 2**dynamic_th times the free bytes, -8 to 7,
        where 7 is unlimited (as Mellanox SAI has it); bytes.
    headroom: bytes of a lossless group beyond its threshold (SONiC: xoff), or "auto": what the link
        needs.
    xon, xon_offset: a paused group resumes at or below the larger of xon (0) and the threshold less
        xon_offset ("auto": two full frames).
    """

    pool: str
    reserved: Quantity = 0
    alpha: str | float | Fraction | None = None
    dynamic_th: int | None = None
    static_th: Quantity | None = None
    headroom: Quantity = "auto"
    xon: Quantity = 0
    xon_offset: Quantity = "auto"

    def check(self, faults: Faults) -> None:
        name: object = self.pool
        if not isinstance(name, str):
            faults.add("pool", f"must be the name of a pool, got {shorten(name)}")
        faults.size("reserved", self.reserved, high=10**11)
        names = ("alpha", "dynamic_th", "static_th")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            listed = " and ".join(given) or "none"
            faults.add("", f"needs exactly one of {', '.join(names)}, got {listed}")
        if self.alpha is not None:
            check_alpha(faults, "alpha", self.alpha)
        if self.dynamic_th is not None:
            faults.integer("dynamic_th", self.dynamic_th, -8, 7)
        if self.static_th is not None:
            faults.size("static_th", self.static_th, high=10**11)
        for name in ("headroom", "xon_offset"):
            if getattr(self, name) != "auto":
                faults.size(name, getattr(self, name), high=10**11)
        faults.size("xon", self.xon, high=10**11)

    @property
    def reserved_bytes(self) -> int:
        """Bytes of its own."""
        return parse_size(self.reserved)

    @property
    def static_bytes(self) -> int | None:
        """Static threshold in bytes; None: dynamic."""
        return None if self.static_th is None else parse_size(self.static_th)

    @property
    def alpha_shift(self) -> int:
        """Threshold = free >> shift (negative: << -shift); :data:`UNLIMITED`: none."""
        if self.dynamic_th is not None:
            return UNLIMITED if self.dynamic_th == 7 else -self.dynamic_th
        return 0 if self.alpha is None else shift_of(parse_fraction(self.alpha))

    @property
    def headroom_bytes(self) -> int | None:
        """Headroom in bytes; None: auto."""
        return fixed_bytes(self.headroom)

    @property
    def xon_bytes(self) -> int:
        """Shared bytes at which a paused group resumes in any case."""
        return parse_size(self.xon)

    @property
    def xon_offset_bytes(self) -> int | None:
        """Distance of XON below the threshold in bytes; None: auto."""
        return fixed_bytes(self.xon_offset)


@spec
class WRED(Spec):
    """Early drop in a lossy queue of q bytes, before the frame that joins it.

    q > kmax: always; kmin < q <= kmax: with probability pmax * (q - kmin) / (kmax - kmin). Frames
    that ECN would mark in this queue are left to it.

    kmin, kmax: sizes. pmax: 0 to 1 (1).
    """

    kmin: Quantity
    kmax: Quantity
    pmax: str | float | Fraction = 1

    def check(self, faults: Faults) -> None:
        low = faults.size("kmin", self.kmin)
        high = faults.size("kmax", self.kmax)
        faults.fraction("pmax", self.pmax, 0, 1)
        if low is not None and high is not None and low > high:
            faults.add(
                "kmin",
                f"{format_size(low)} is above kmax {format_size(high)} (allowed: up to kmax)",
            )

    @property
    def kmin_bytes(self) -> int:
        """Queue above which frames may be dropped."""
        return parse_size(self.kmin)

    @property
    def kmax_bytes(self) -> int:
        """Queue above which all frames are dropped."""
        return parse_size(self.kmax)


def fixed_bytes(value: Quantity | None) -> int | None:
    """A size in bytes; None for None and ``"auto"``."""
    return None if value is None or value == "auto" else parse_size(value)


def check_shared_headroom(faults: Faults, field: str, value: object, ratio: object) -> None:
    """Report a bad shared headroom, or a bad oversubscription beside it."""
    if value is not None and value != "auto":
        faults.size(field, value, high=10**11)
    number = faults.fraction("headroom_oversubscription", ratio, 1, 1000)
    if number is not None and number != 1 and value != "auto":
        faults.add("headroom_oversubscription", f"has no effect unless {field} is 'auto'")
