"""What figures need of a run: a few thousand points, however long it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.analysis import deepest_queue, thinned

if TYPE_CHECKING:
    from pyfabric.results import Result
    from pyfabric.study.measuring import Measure

#: Completion times kept of a run; more flows are represented by as many quantiles.
FCT_POINTS: Final = 2000


@dataclass(frozen=True)
class Curves:
    """Points of one run.

    fct_us: completion times of measured finished flows, rising, each standing for ``flows_each``
    flows. queue_us, queue_bytes: the deepest switch queue over time; empty when not recorded,
    and when samples were beyond the bound of the table (``queues_cut``).
    """

    fct_us: NDArray[np.float64]
    flows_each: float
    queue_us: NDArray[np.float64]
    queue_bytes: NDArray[np.int64]
    queues_cut: bool = False


def curves_of(result: Result, measure: Measure) -> Curves:
    """The points of ``result``."""
    flows = measure.flows(result)
    fct = np.sort(flows["fct_ps"][flows["finished"]]) / 1e6
    kept = fct
    if len(fct) > FCT_POINTS:  # the last is the largest
        ranks = -(-np.arange(1, FCT_POINTS + 1) * len(fct) // FCT_POINTS) - 1
        kept = fct[ranks]
    cut = bool(result.rows_not_kept.get("queues", 0))
    queues = result.queues.take(np.zeros(0, dtype=np.int64)) if cut else result.queues
    times, depths = thinned(*deepest_queue(queues))
    return Curves(kept, len(fct) / max(len(kept), 1), times / 1e6, depths, cut)
