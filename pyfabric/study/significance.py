"""Whether two variants differ, from pairs of runs with the same traffic."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

#: Pairs below which nothing is tested: with two, Student's t has one degree of freedom.
MIN_PAIRS: Final = 3
#: Pairs up to which all signs are tried (65,536); above, as many signs are drawn.
EXACT_PAIRS: Final = 16
#: Relative size of a rounding error between sums that are equal.
_ROUNDING: Final = 1e-12


def student_t_p(t: float, freedom: int) -> float:
    """Two-sided p-value of Student's t: the chance of a larger \\|t\\|, ``freedom`` >= 1.

    The finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4, exact but for rounding (absolute
    1e-15, so smaller values are 0).
    """
    if math.isinf(t):
        return 0.0
    angle = math.atan(abs(t) / math.sqrt(freedom))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    total = 0.0
    if freedom % 2:
        term = math.cos(angle)
        for index in range(1, freedom - 1, 2):
            total += term
            term *= square * (index + 1) / (index + 2)
        inside = 2 / math.pi * (angle + sine * total)
    else:
        term = 1.0
        for index in range(0, freedom - 1, 2):
            total += term
            term *= square * (index + 1) / (index + 2)
        inside = sine * total
    return min(max(1 - inside, 0.0), 1.0)


def paired_t_p(differences: Sequence[float]) -> float:
    """Two-sided p-value of the paired t test that the mean difference is 0; NaN below 3 pairs.

    The same difference at every seed leaves no variance to judge by: then 1 when it is 0, else
    the p-value of :func:`sign_flip_p`, which needs none.
    """
    count = len(differences)
    if count < MIN_PAIRS:
        return math.nan
    if not any(differences):
        return 1.0
    mean = math.fsum(differences) / count
    variance = math.fsum((value - mean) ** 2 for value in differences) / (count - 1)
    if math.sqrt(variance) <= _ROUNDING * abs(mean):
        return sign_flip_p(differences)
    return student_t_p(mean / math.sqrt(variance / count), count - 1)


def sign_flip_p(differences: Sequence[float]) -> float:
    """Two-sided p-value of the permutation test of paired differences; NaN below 3 pairs.

    Were the variants alike, each difference could as well have the other sign (Fisher, "The design
    of experiments", 1935, section 21): the share of sign choices whose sum is at least as far from
    0. All choices up to 16 pairs; above, 65,536 choices of a fixed random sequence with the
    observed one added. With n pairs it is never below 2 / 2**n.
    """
    count = len(differences)
    if count < MIN_PAIRS:
        return math.nan
    observed = abs(math.fsum(differences)) - _ROUNDING * math.fsum(map(abs, differences))
    if count <= EXACT_PAIRS:
        choices = itertools.product((1, -1), repeat=count - 1)  # the mirrored half counts alike
        reached = [abs(_sum(differences, (1, *signs))) >= observed for signs in choices]
        return sum(reached) / len(reached)
    sums = _drawn_sums(differences)
    return (sum(abs(value) >= observed for value in sums) + 1) / (len(sums) + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for testing all of them at once; NaN stays and is not counted.

    Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6, 1979: the
    k-th smallest of m times m - k + 1, never below the ones before, at most 1.
    """
    known = sorted((value, place) for place, value in enumerate(p_values) if value == value)
    corrected = [math.nan] * len(p_values)
    largest = 0.0
    for rank, (value, place) in enumerate(known):
        largest = max(largest, min(value * (len(known) - rank), 1.0))
        corrected[place] = largest
    return corrected


def _sum(values: Sequence[float], signs: Sequence[int]) -> float:
    return math.fsum(value * sign for value, sign in zip(values, signs, strict=True))


def _drawn_sums(differences: Sequence[float]) -> list[float]:
    import numpy as np

    signs = np.random.Generator(np.random.Philox(0)).integers(
        0, 2, size=(2**EXACT_PAIRS, len(differences)), dtype=np.int8
    )
    sums: list[float] = ((2.0 * signs - 1) @ np.asarray(differences)).tolist()
    return sums
