"""Numbers of standards and of switch chips that the formulas need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_GBPS: Final = 10**9

#: Bits of a pause quantum (IEEE 802.3 annex 31B.2).
QUANTUM_BITS: Final = 512
#: Preamble, start delimiter and inter-frame gap (IEEE 802.3 clause 4.4.2), bytes.
GAP_BYTES: Final = 20
#: A PFC frame, and the smallest frame of Ethernet, bytes.
PFC_BYTES: Final = 64
SMALLEST_BYTES: Final = 64

#: Rate -> quanta between the arrival of a PAUSE frame at the medium and the last start of a frame
#: (IEEE 802.3 annex 31B.3.7, as SONiC's buffer_headroom_mellanox.lua has it). Upper bounds.
RESPONSE_QUANTA: Final = {
    10 * _GBPS: 67,
    25 * _GBPS: 80,
    40 * _GBPS: 118,
    50 * _GBPS: 147,
    100 * _GBPS: 394,
    200 * _GBPS: 453,
    400 * _GBPS: 905,
    800 * _GBPS: 905,
}
#: Further rates in SONiC's script alone.
SONIC_QUANTA: Final = RESPONSE_QUANTA | {10**8: 1, _GBPS: 2}

#: Rate -> bit times through the sublayers of one station, both ways (IEEE 802.3, as summarised in
#: "Detecting, Troubleshooting, and Preventing Congestion in Storage Networks", Cisco Press 2023).
INTERFACE_BITS: Final = {
    10 * _GBPS: 8_192,
    25 * _GBPS: 6_144,
    40 * _GBPS: 24_576,
    100 * _GBPS: 122_880,
}


@dataclass(frozen=True)
class Asic:
    """One chip in SONiC's asic_table.j2: cell size in bytes, pipeline latency in KiB.

    tile_ns: line rate of this time is added before cells are counted. extra_kib: added to XOFF.
    """

    cell_bytes: int
    pipeline_kib: int
    tile_ns: int = 0
    extra_kib: int = 0


#: NVIDIA chips by name.
ASICS: Final = {
    "spectrum-1": Asic(96, 19),
    "spectrum-2": Asic(144, 19),
    "spectrum-3": Asic(144, 19),
    "spectrum-4": Asic(192, 19, tile_ns=120),
    "spectrum-5": Asic(192, 19, tile_ns=120),
    "spectrum-6": Asic(256, 42, extra_kib=18),
}

#: Packet memory in bytes: the egress_lossless_pool of buffers_defaults_t0.j2 in sonic-buildimage.
PACKET_MEMORY: Final = {
    "SN2700 (Spectrum-1)": 13_945_824,
    "SN4700 (Spectrum-3)": 60_817_392,
    "Z9664f (Tomahawk-4)": 113_620_296,
    "SN5600 (Spectrum-4)": 158_229_504,
    "7060X6 (Tomahawk-5)": 164_505_640,
}
