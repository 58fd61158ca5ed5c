"""Figures of the trace of congestion control: rate, window, the algorithm's own values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.analysis import sending_rates
from pyfabric.reports import figures

if TYPE_CHECKING:
    from pyfabric.results import Result, Table

#: Points over time, each at least 1 us apart, and queue pairs that are shown.
POINTS: Final = 100
PAIRS_SHOWN: Final = 7

Series = dict[str, tuple[NDArray[Any], NDArray[Any]]]


def interval_of(result: Result) -> int:
    """Time between two points in ps."""
    return max(result.end_ps // POINTS, 10**6)


def largest_pairs(result: Result) -> list[int]:
    """The queue pairs that delivered most."""
    delivered = np.zeros(len(result.queue_pairs), dtype=np.int64)
    np.add.at(delivered, result.flows["qp"], result.flows["delivered_bytes"])
    return [int(qp) for qp in np.argsort(-delivered, kind="stable")[:PAIRS_SHOWN]]


def name_of(result: Result, qp: int) -> str:
    """A queue pair in a legend."""
    pair = result.queue_pairs.row(qp)
    return f"{pair['tx_node_name']} to {pair['rx_node_name']} ({qp})"


def cc_figures(result: Result, heading: str) -> dict[str, Any]:
    """``rates``, ``cc_window`` where there are windows, and a figure for each observed value."""
    allowed = sending_rates(result, f"{interval_of(result)}ps", "allowed")
    drawn = {
        "rates": figures.over_time(_means(result, allowed, "rate_bps"), heading, "rate", "b/s")
    }
    if allowed["window_bytes"].any():
        windows = _means(result, allowed, "window_bytes")
        drawn["cc_window"] = figures.over_time(windows, heading, "window", "B")
    for name in result.cc.nullable:
        series = _in_force(result, name)
        if not series:
            continue
        words, _, unit = name.rpartition("_")
        if unit == "ps":
            series = {pair: (times, values / 1e6) for pair, (times, values) in series.items()}
        known = {"ps": "µs", "bytes": "B", "bps": "b/s"}
        label = (words if unit in known else name).replace("_", " ")
        drawn[f"cc_{name}"] = figures.over_time(series, heading, label, known.get(unit, ""))
    return drawn


def _means(result: Result, allowed: Table, column: str) -> Series:
    found: Series = {}
    for qp in largest_pairs(result):
        rows = allowed["qp"] == qp
        if rows.any():
            times = allowed["time_ps"][rows] / 1e6
            found[name_of(result, qp)] = (times, allowed[column][rows])
    return found


def _in_force(result: Result, column: str) -> Series:
    """What was in force at the beginning of each interval, where there was a value."""
    slots = np.arange(result.end_ps // interval_of(result) + 1) * interval_of(result)
    found: Series = {}
    for qp in largest_pairs(result):
        rows = np.flatnonzero(result.cc["qp"] == qp)
        if not len(rows):
            continue
        last = np.searchsorted(result.cc["time_ps"][rows], slots, side="right") - 1
        values = np.where(last < 0, np.nan, result.cc[column][rows[np.maximum(last, 0)]])
        there = ~np.isnan(values)
        if there.any():
            found[name_of(result, qp)] = (slots[there] / 1e6, values[there])
    return found
