"""Means with confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

#: 0.975 quantiles of Student's t for 1 to 30 degrees of freedom, rounded to four decimals.
_T_975: Final = (
    *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
    *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860),
    *(2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423),
)
_Z_975: Final = 1.959963984540054


def student_t_975(freedom: int) -> float:
    """The 0.975 quantile of Student's t with ``freedom`` >= 1 degrees of freedom.

    Up to 30 from the table, above by the expansion about the normal quantile (Abramowitz and
    Stegun 26.7.5, three terms; the error is below 1e-5 there).
    """
    if freedom <= len(_T_975):
        return _T_975[freedom - 1]
    z = _Z_975
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """(mean, half-width of its 95 % confidence interval); NaN where there are too few values.

    t * s / sqrt(n) with the sample standard deviation s and n - 1 degrees of freedom; one value
    has no interval.
    """
    count = len(values)
    if not count:
        return math.nan, math.nan
    mean = math.fsum(values) / count
    if count == 1:
        return mean, math.nan
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, student_t_975(count - 1) * math.sqrt(variance / count)
