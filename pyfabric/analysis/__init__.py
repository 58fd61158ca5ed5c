"""Tables to numbers: completion times, slowdown, goodput, pauses, deadlock. No files, no plots."""

from pyfabric.analysis.completion import (
    Quantiles,
    SizeBin,
    fct_quantiles,
    goodput_bps,
    quantiles,
    slowdown_by_size,
)
from pyfabric.analysis.deadlock import Cycle, deadlock_cycles, pause_cycle

__all__ = [
    "Cycle",
    "Quantiles",
    "SizeBin",
    "deadlock_cycles",
    "fct_quantiles",
    "goodput_bps",
    "pause_cycle",
    "quantiles",
    "slowdown_by_size",
]
