"""Random numbers of traffic: raw Philox words, and our own inversion with + - * / only.

One stream per (workload seed, part, purpose, lane), so that no part's traffic depends on another's,
and results do not depend on numpy's distributions or on a maths library. Word k of a stream is word
k of numpy's ``Philox(key=[seed, TRAFFIC + part], counter=[0, 0, purpose, lane])``, whose raw words
numpy keeps stable (NEP 19).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Keeps these keys apart from those of other rooms.
TRAFFIC: Final = 0x7472616666 << 20

#: Purposes.
GAPS, SIZES, DESTINATIONS, ORDER, REPAIR = range(5)

_LN2: Final = 0.6931471805599453
_SQRT_HALF: Final = 0.7071067811865476


class Stream:
    """The random words of one part of a workload."""

    def __init__(self, seed: int, part: int) -> None:
        self._key = np.array([seed, TRAFFIC + part], dtype=np.uint64)

    def words(self, purpose: int, lane: int, count: int) -> Words:
        """The first ``count`` words [uint64] of a stream; more words begin with the same ones."""
        counter = np.array([0, 0, purpose, lane], dtype=np.uint64)
        words: Words = np.random.Philox(key=self._key, counter=counter).random_raw(count)
        return words


def unit(words: Words) -> Floats:
    """Words to multiples of 2**-53 in [0, 1)."""
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def below(words: Words, limit: int) -> Ints:
    """Words to integers in [0, limit), limit <= 2**31; the bias is below limit / 2**32."""
    return (((words >> np.uint64(32)) * np.uint64(limit)) >> np.uint64(32)).astype(np.int64)


def exponential(words: Words) -> Floats:
    """Words to exponentially distributed numbers with mean 1, by inversion."""
    return -log(1.0 - unit(words))


def log(x: Floats) -> Floats:
    """Natural logarithm of positive doubles: equal on every machine, good to a few last places.

    x = 2**e * m with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh s with s = (m - 1) / (m + 1),
    |s| < 0.1716, as a series.
    """
    mantissa, exponent = np.frexp(x)
    low = mantissa < _SQRT_HALF
    m = np.where(low, mantissa * 2.0, mantissa)
    e = exponent - low
    s = (m - 1.0) / (m + 1.0)
    square = s * s
    series = np.zeros_like(s)
    for divisor in range(23, 0, -2):
        series = series * square + 1.0 / divisor
    result: Floats = 2.0 * s * series + e * _LN2
    return result


def sizes(words: Words, points: tuple[tuple[int, float], ...]) -> Ints:
    """Words to flow sizes in whole bytes (at least 1) by a distribution's (bytes, per cent)."""
    size = np.array([point[0] for point in points], dtype=np.float64)
    percent = np.array([float(point[1]) for point in points], dtype=np.float64)
    drawn = unit(words) * 100.0
    above = np.searchsorted(percent, drawn, side="right")
    below_ = np.maximum(above - 1, 0)
    rise = np.where(above > 0, percent[above] - percent[below_], 1.0)
    along = np.where(above > 0, (drawn - percent[below_]) / rise, 0.0)
    exact = size[below_] + (size[above] - size[below_]) * along
    return np.maximum(np.floor(exact + 0.5).astype(np.int64), 1)
