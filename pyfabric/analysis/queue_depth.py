"""Depth of queues over time, from samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyfabric.results import Table

#: Points over time that a figure can show.
TIME_POINTS: Final = 1000


def deepest_queue(queues: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(sampling times in ps, bytes of the deepest egress queue of any switch then).

    ``queues`` is the table of a result; empty unless queues were recorded, and where none was ever
    used.
    """
    times, place = np.unique(queues["time_ps"], return_inverse=True)
    depth = np.zeros(len(times), dtype=np.int64)
    np.maximum.at(depth, place.reshape(-1), queues["size_bytes"].astype(np.int64))
    return times.astype(np.int64), depth


def thinned(
    times: NDArray[Any], values: NDArray[Any], points: int = TIME_POINTS
) -> tuple[NDArray[Any], NDArray[Any]]:
    """At most ``points`` points: of equal runs of samples the first time and the largest value."""
    if len(times) <= points:
        return times, values
    starts = np.unique(np.arange(points) * len(times) // points)
    return times[starts], np.maximum.reduceat(values, starts)
