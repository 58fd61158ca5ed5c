"""Flow completion times, slowdown by size, goodput."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyfabric.results import Table

#: Upper edges of the size bins in bytes, inclusive; the last bin is open.
SIZE_EDGES: Final = (10_000, 100_000, 1_000_000, 10_000_000)


@dataclass(frozen=True)
class Quantiles:
    """Nearest-rank percentiles of ``count`` values: always values that occurred."""

    count: int
    p50: float
    p95: float
    p99: float
    p999: float
    largest: float


@dataclass(frozen=True)
class SizeBin:
    """Finished flows with ``above_bytes < size <= upto_bytes`` (None: no limit)."""

    above_bytes: int
    upto_bytes: int | None
    slowdown: Quantiles
    fct_ps: Quantiles


def quantiles(values: NDArray[Any]) -> Quantiles | None:
    """Percentiles of ``values``; None when there are none."""
    if not len(values):
        return None
    points = np.percentile(values, (50, 95, 99, 99.9, 100), method="inverted_cdf").tolist()
    return Quantiles(len(values), *points)


def fct_quantiles(flows: Table) -> Quantiles | None:
    """Completion times of the finished flows in ps."""
    return quantiles(flows["fct_ps"][flows["finished"]])


def slowdown_by_size(flows: Table, edges: Sequence[int] = SIZE_EDGES) -> list[SizeBin]:
    """Slowdown (fct / ideal fct) by message size; bins without finished flows are left out."""
    known = flows["finished"] & ~flows.null("slowdown")
    size, slowdown = flows["size_bytes"][known], flows["slowdown"][known]
    fct = flows["fct_ps"][known]
    bins = np.searchsorted(np.asarray(edges), size, side="left")
    found = []
    for index in range(len(edges) + 1):
        points, times = quantiles(slowdown[bins == index]), quantiles(fct[bins == index])
        if points is not None and times is not None:
            lower = edges[index - 1] if index else 0
            upper = edges[index] if index < len(edges) else None
            found.append(SizeBin(lower, upper, points, times))
    return found


def jain_index(shares: NDArray[Any]) -> float | None:
    """Fairness of ``shares``: (sum x)^2 / (n sum x^2), from 1/n (one has all) to 1 (all equal).

    Jain, Chiu, Hawe, "A quantitative measure of fairness and discrimination for resource
    allocation in shared computer systems", DEC-TR-301, 1984. None without a share above 0.
    """
    squares = float((shares * shares).sum())
    return float(shares.sum()) ** 2 / (len(shares) * squares) if squares > 0 else None


def goodput_bps(flows: Table, end_ps: int) -> float | None:
    """Payload delivered by all flows over the time from the first start to the last completion.

    Unfinished flows extend that time to ``end_ps``. None when nothing was delivered.
    """
    delivered = int(flows["delivered_bytes"].sum())
    started = flows["start_ps"] < end_ps
    if not delivered or not started.any():
        return None
    finished = flows["finished"]
    last = end_ps
    if finished[started].all():
        last = int((flows["start_ps"] + flows["fct_ps"])[started].max())
    span = last - int(flows["start_ps"].min())
    return delivered * 8e12 / span if span > 0 else None
