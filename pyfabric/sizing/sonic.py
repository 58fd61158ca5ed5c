"""SONiC's dynamic buffer model for NVIDIA chips: XOFF, XON and size of a lossless profile.

The formula is that of cfgmgr/buffer_headroom_mellanox.lua in sonic-swss (kB there means 1,024 B),
with the chips of platform/mellanox/asic_table.j2 in sonic-buildimage; computed in fractions.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Final

from pyfabric.sizing.request import Request
from pyfabric.sizing.result import Headroom, Term
from pyfabric.sizing.standards import ASICS, SMALLEST_BYTES, SONIC_QUANTA

_KIB: Final = 1024
_MM_PER_S: Final = 198_000_000_000  # light in fibre
_MAC_PHY_BYTES: Final = Fraction(8, 10) * _KIB
#: For rates that have no number of quanta.
_RESPONSE_BYTES: Final = Fraction(38, 10) * _KIB
_WIDE: Final = 8  # lanes of ports that buffer more

Part = tuple[str, Fraction, str]


def sonic_nvidia(request: Request) -> Headroom:
    """XOFF in bytes as the headroom; XON and size beside it."""
    asic = ASICS[request.asic or ""]
    shared, wide = bool(request.shared_headroom), (request.lanes or 1) == _WIDE
    waits = _waits(request)
    sent = sum((amount for _, amount, _ in waits), Fraction(0))
    largest = request.lossless_bytes
    factor = _worst_factor(asic.cell_bytes)
    xoff = _kib(largest + sent * _occupancy(request, factor))
    more = asic.extra_kib * _KIB
    slack = 2 * _KIB
    # With large packets in the pattern one small burst is allowed for.
    if not shared and request.small_percent_text != "100":
        more += slack * (xoff + more + slack < _kib(largest + sent * factor))
    xon = asic.pipeline_kib * _KIB * (2 if wide else 1)
    parts = [
        ("lossless frame", Fraction(largest), "LOSSLESS_TRAFFIC_PATTERN"),
        *waits,
        ("cells filled in part", sent * (_occupancy(request, factor) - 1), "cell_size"),
    ]
    cable_mm = request.cable_mm or 0
    return Headroom(
        model=request.kind,
        asic=request.asic,
        rate_bps=request.rate_bps,
        cable_mm=cable_mm,
        delay_ps=ceil(Fraction(cable_mm * 10**12, _MM_PER_S)),
        reaction_ps=_time_ps(_response_bytes(request.rate_bps), request.rate_bps),
        mtu_bytes=request.mtu_bytes,
        lossless_mtu_bytes=largest,
        terms=_terms(parts, xoff, more, request.rate_bps),
        cell_size_bytes=asic.cell_bytes,
        cells=-(-(xoff + more) // asic.cell_bytes),
        xon_bytes=xon,
        size_bytes=xon if shared else _kib(xoff + more + xon + wide * request.mtu_bytes),
        classes=request.classes,
        ports=request.ports,
    )


def _waits(request: Request) -> list[Part]:
    """(name, bytes, source) of what is sent until the pause binds."""
    rate = request.rate_bps
    cable = Fraction(2 * (request.cable_mm or 0) * rate, _MM_PER_S * 8)
    # Mb/s x ns / 8192 in the script.
    gearbox = Fraction(rate * request.gearbox_ps, 10**9 * 8 * _KIB)
    tile = Fraction(rate * ASICS[request.asic or ""].tile_ns, 8 * 10**9)
    parts: list[Part] = [
        ("frame on the reverse wire", Fraction(request.mtu_bytes), "PORT mtu"),
        ("cable, both ways", cable, "CABLE_LENGTH"),
        ("gearbox, both ways", 2 * gearbox, "gearbox_delay"),
        ("own MAC and PHY", _MAC_PHY_BYTES, "mac_phy_delay"),
        ("reaction of the peer", _response_bytes(rate), "802.3 31B.3.7"),
        ("tile", tile, "buffer_headroom_mellanox.lua"),
    ]
    return [part for part in parts if part[1]]


def _response_bytes(rate_bps: int) -> Fraction:
    quanta = SONIC_QUANTA.get(rate_bps)
    return _RESPONSE_BYTES if quanta is None else Fraction(quanta * 64)


def _worst_factor(cell: int) -> int:
    """Memory over bytes when every frame is the worst for cells of this size."""
    if cell > 2 * SMALLEST_BYTES:
        return -(-cell // SMALLEST_BYTES)
    return -(-2 * cell // (1 + cell))


def _occupancy(request: Request, factor: int) -> Fraction:
    """Memory over bytes with a percentage of small packets, as the script weighs them: by 64 B over
    the mean size, whatever the percentage.
    """
    percent = Fraction(request.small_percent_text)
    mean = (percent * SMALLEST_BYTES + (100 - percent) * request.lossless_bytes) / 100
    weight = 100 * SMALLEST_BYTES / mean
    return (100 - weight + weight * factor) / 100


def _kib(amount: Fraction | int) -> int:
    return -(-amount // _KIB) * _KIB


def _time_ps(amount: Fraction, rate_bps: int) -> int:
    return floor(amount * 8 * 10**12 / rate_bps)


def _terms(parts: list[Part], xoff: int, more: int, rate_bps: int) -> tuple[Term, ...]:
    """Whole bytes that sum to XOFF: sums are rounded up, not parts."""
    terms, exact, before = [], Fraction(0), 0
    for name, amount, source in parts:
        exact += amount
        timed = name not in ("lossless frame", "cells filled in part")
        time_ps = _time_ps(amount, rate_bps) if timed else None
        terms.append(Term(name, ceil(exact) - before, time_ps, source))
        before = ceil(exact)
    terms.append(Term("rounding to 1 KiB", xoff - before, None, "buffer_headroom_mellanox.lua"))
    if more:
        terms.append(Term("fixed addition", more, None, "buffer_headroom_mellanox.lua"))
    return tuple(terms)
