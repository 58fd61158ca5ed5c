"""Tables to numbers: completion times, slowdown, goodput, pauses to their
causes and victims, deadlock. No files, no plots."""

from pyfabric.analysis.completion import (
    Quantiles,
    SizeBin,
    fct_quantiles,
    goodput_bps,
    jain_index,
    quantiles,
    slowdown_by_size,
)
from pyfabric.analysis.deadlock import Cycle, deadlock_cycles, pause_cycle
from pyfabric.analysis.pause_tree import NO_TREES, PauseTrees, pause_trees
from pyfabric.analysis.queue_depth import deepest_queue, thinned
from pyfabric.analysis.rates import sending_rates
from pyfabric.analysis.victims import NOTHING_MET, PausesMet, pauses_met

__all__ = [
    "NOTHING_MET",
    "NO_TREES",
    "Cycle",
    "PauseTrees",
    "PausesMet",
    "Quantiles",
    "SizeBin",
    "deadlock_cycles",
    "deepest_queue",
    "fct_quantiles",
    "goodput_bps",
    "jain_index",
    "pause_cycle",
    "pause_trees",
    "pauses_met",
    "quantiles",
    "sending_rates",
    "slowdown_by_size",
    "thinned",
]
