"""SONiC's formula: its table for Spectrum-2/3, doubles as in its script, shipped lookup tables."""

from __future__ import annotations

import math
import os
import random
from pathlib import Path

import pytest

import pyfabric as pf

#: A folder with hwsku/PLATFORM/pg_profile_lookup.ini of sonic-buildimage.
DATA = Path(os.environ.get("PYFABRIC_SONIC_DATA", "no such folder"))

#: XOFF of Spectrum-2 and -3 by buffer_headroom_mellanox.lua: MTU 9,100, lossless MTU 1,024, small
#: packets only, no gearbox, fewer than 8 lanes, no shared headroom pool.
SPEEDS = ("25G", "50G", "100G", "200G", "400G", "800G")
TABLE = {
    "5m": (47_104, 60_416, 108_544, 121_856, 212_992, 220_160),
    "40m": (50_176, 67_584, 121_856, 148_480, 265_216, 326_656),
    "300m": (74_752, 116_736, 220_160, 345_088, 659_456, 1_114_112),
}


@pytest.mark.parametrize("asic", ["spectrum-2", "spectrum-3"])
@pytest.mark.parametrize("cable", TABLE)
def test_the_table(asic: str, cable: str) -> None:
    found = [pf.headroom(speed, cable, asic=asic) for speed in SPEEDS]
    assert tuple(entry.bytes for entry in found) == TABLE[cable]
    assert {entry.xon_bytes for entry in found} == {19_456}


def test_profiles() -> None:
    assert pf.headroom("100G", "40m", asic="spectrum-2").size_bytes == 141_312
    wide = pf.headroom("400G", "40m", asic="spectrum-3", lanes=8)
    assert (wide.xon_bytes, wide.size_bytes) == (38_912, 313_344)
    shared = pf.headroom("400G", "40m", asic="spectrum-3", shared_headroom=True)
    assert (shared.bytes, shared.size_bytes) == (265_216, 19_456)


#: Cell, pipeline KiB, tile, addition in KiB: asic_table.j2.
CHIPS = {
    "spectrum-1": (96, 19, False, 0),
    "spectrum-2": (144, 19, False, 0),
    "spectrum-3": (144, 19, False, 0),
    "spectrum-4": (192, 19, True, 0),
    "spectrum-5": (192, 19, True, 0),
    "spectrum-6": (256, 42, False, 18),
}
QUANTA = {100: 1, 1_000: 2, 10_000: 67, 25_000: 80, 40_000: 118, 50_000: 147, 100_000: 394}
QUANTA |= {200_000: 453, 400_000: 905, 800_000: 905}


def in_doubles(
    asic: str, mbps: int, metres: int, mtu: int, small: tuple[int, int], gearbox: int, lanes: int
) -> tuple[int, int]:
    """XOFF and size with the arithmetic of a script: doubles, no shared pool."""
    cell, pipeline, tile, addition = CHIPS[asic]
    lossless, percent = small
    worst = math.ceil(cell / 64) if cell > 128 else 2
    weight = 100 * 64 / ((percent * 64 + (100 - percent) * lossless) / 100)
    occupancy = (100 - weight + weight * worst) / 100
    sent = mtu + 2 * metres * mbps * 1e9 / 198e6 / 8000 + 2 * mbps * gearbox / 8192 + 0.8 * 1024
    sent += QUANTA[mbps] * 64 if mbps in QUANTA else 3.8 * 1024
    sent += mbps / 1000 * 15 if tile else 0
    xoff = math.ceil((lossless + sent * occupancy) / 1024) * 1024 + addition * 1024
    full = math.ceil((lossless + sent * worst) / 1024) * 1024
    if percent != 100 and xoff + 2048 < full:
        xoff += 2048
    wide = lanes == 8
    xon = pipeline * 1024 * (2 if wide else 1)
    return xoff, math.ceil((xoff + xon + (mtu if wide else 0)) / 1024) * 1024


def test_fractions_give_what_doubles_give() -> None:
    draw = random.Random(802)
    for _ in range(1_500):
        mbps = draw.choice([*QUANTA, 56_000])
        metres = draw.choice([5, 40, 300, 80_000, draw.randrange(1, 120_000)])
        asic, mtu = draw.choice(list(CHIPS)), draw.choice([1_500, 9_100, 9_216])
        small = draw.choice([1_024, 1_500, 4_096, 9_100]), draw.choice([0, 50, 100, 37])
        gearbox, lanes = draw.choice([0, 400]), draw.choice([1, 4, 8])
        found = pf.headroom(
            mbps * 10**6,
            f"{metres}m",
            asic=asic,
            mtu=mtu,
            lossless_mtu=small[0],
            small_packet_percent=small[1],
            gearbox=f"{gearbox}ns",
            lanes=lanes,
        )
        expected = in_doubles(asic, mbps, metres, mtu, small, gearbox, lanes)
        assert (found.bytes, found.size_bytes) == expected, (asic, mbps, metres, mtu, small)
        assert all(term.bytes >= 0 for term in found.terms)


#: Rows (Gb/s, cable) of shipped tables whose XOFF is below the upper bounds of the standards.
BELOW_THE_BOUNDS = {
    "ACS-MSN2700": {(50, "5m"), (100, "5m"), (100, "40m")},
    "ACS-MSN4700": {(g, cable) for g in (100, 200, 400) for cable in ("5m", "40m")},
}
PLATFORMS = sorted(DATA.glob("hwsku/*/pg_profile_lookup.ini"))


@pytest.mark.skipif(not PLATFORMS, reason="PYFABRIC_SONIC_DATA has no lookup tables")
def test_shipped_tables_cover_the_cable() -> None:
    """All rows cover round trip, frames and PFC frame; some rely on a peer that reacts sooner than
    IEEE 802.3 demands.
    """
    below: dict[str, set[tuple[int, str]]] = {}
    for path in PLATFORMS:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        for speed, cable, _, _, xoff, *_ in (row for row in rows if row and row[0].isdigit()):
            sizes = {"mtu": 9_100, "lossless_mtu": 1_024}
            rate = int(speed) * 10**6
            least = pf.headroom(rate, cable, reaction=0, interface=0, **sizes)
            assert int(xoff) >= least.bytes, (path, speed, cable)
            if int(xoff) < pf.headroom(rate, cable, **sizes).bytes:
                below.setdefault(path.parent.name, set()).add((int(speed) // 1000, cable))
    assert below == {name: BELOW_THE_BOUNDS[name] for name in below}
