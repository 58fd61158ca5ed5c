"""Counter-based random words in numpy: the generator of ``csrc/fabric/base/rng.h``, for draws made
while compiling.

Philox4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11. A draw is a pure
function of (seed, stream, purpose, index), so no draw depends on how many others are made.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ROUNDS: Final = 10
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL: Final = (0x9E3779B9, 0xBB67AE85)


class Purpose(IntEnum):
    """What a compile-time draw is for. The native engine owns purposes 1 to 3."""

    START_JITTER = 4
    ENTROPY = 5
    ECMP_SEED = 6


def draw32(
    seed: int, stream: ArrayLike, purpose: Purpose, index: ArrayLike = 0
) -> NDArray[np.uint64]:
    """32 uniform bits per element of the broadcast of ``stream`` (32 bits) and ``index`` (64 bits).

    ``seed``: 64 bits, taken modulo 2**64. Equal to ``draw32`` of the native engine.
    """
    streams, indices = np.broadcast_arrays(
        np.asarray(stream, dtype=np.uint64), np.asarray(index, dtype=np.uint64)
    )
    counter = [
        indices & _LOW,
        indices >> _SHIFT,
        streams & _LOW,
        np.full(streams.shape, int(purpose), dtype=np.uint64),
    ]
    key = [seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF]
    for _ in range(_ROUNDS):
        a = _MULTIPLIERS[0] * counter[0]
        b = _MULTIPLIERS[1] * counter[2]
        counter = [
            (b >> _SHIFT) ^ counter[1] ^ np.uint64(key[0]),
            b & _LOW,
            (a >> _SHIFT) ^ counter[3] ^ np.uint64(key[1]),
            a & _LOW,
        ]
        key = [(k + w) & 0xFFFFFFFF for k, w in zip(key, _WEYL, strict=True)]
    return counter[0]
