"""Figures of one result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.analysis import deepest_queue, sending_rates, slowdown_by_size, thinned
from pyfabric.reports import figures
from pyfabric.reports.figures import Bars, Distribution

if TYPE_CHECKING:
    from pyfabric.results import Result, Table

#: Intervals of the figure of rates, each at least 1 us, and its queue pairs.
RATE_POINTS: Final = 100
PAIRS_SHOWN: Final = 7


def plot(result: Result, directory: Any, *, format: str, title: str | None) -> list[Path]:
    """Write completion times, slowdown by size and, if recorded, queues; see Result.plot."""
    form = figures.check_format(format)
    heading = f"{len(result.flows):,} flows, seed {result.seed}" if title is None else title
    parts = _parts(result.flows)
    drawn = {
        "fct": figures.fct_distribution({n: _distribution(t) for n, t in parts.items()}, heading),
        "slowdown": figures.slowdown_by_size(
            {name: _bars(table, "p50") for name, table in parts.items()},
            {name: _bars(table, "p99") for name, table in parts.items()},
            heading,
        ),
    }
    if len(result.queues):
        times, depths = thinned(*deepest_queue(result.queues))
        series = {"deepest of all switches": (times / 1e6, depths)}
        drawn["queues"] = figures.over_time(series, heading, "queue", "B")
    if len(result.trace) and not result.rows_not_kept.get("trace", 0):
        drawn["rates"] = figures.over_time(_rates(result), heading, "sending rate", "b/s")
    return figures.write(drawn, directory, form)


def _rates(result: Result) -> dict[str, tuple[Any, Any]]:
    """Rates of the queue pairs that sent most, 0 where they sent nothing."""
    interval_ps = max(result.end_ps // RATE_POINTS, 10**6)
    table = sending_rates(result, f"{interval_ps}ps")
    pairs = result.queue_pairs
    sent = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(sent, table["qp"], table["sent_bytes"])
    slots = np.arange(result.end_ps // interval_ps + 1)
    found = {}
    for qp in np.argsort(-sent, kind="stable")[:PAIRS_SHOWN].tolist():
        rows = table["qp"] == qp
        rates = np.zeros(len(slots))
        rates[table["time_ps"][rows] // interval_ps] = table["rate_bps"][rows]
        pair = pairs.row(qp)
        name = f"{pair['tx_node_name']} to {pair['rx_node_name']} ({qp})"
        found[name] = (slots * interval_ps / 1e6, rates)
    return found


def _parts(flows: Table) -> dict[str, Table]:
    """The flows of each workload."""
    workload = flows["workload"]
    return {name: flows.take(workload == name) for name in dict.fromkeys(workload.tolist())}


def _distribution(flows: Table) -> Distribution:
    fct = flows["fct_ps"][flows["finished"]] / 1e6
    return Distribution(fct, np.ones(len(fct)))


def _bars(flows: Table, point: str) -> Bars:
    found = {
        (entry.above_bytes, -1 if entry.upto_bytes is None else entry.upto_bytes): float(
            getattr(entry.slowdown, point)
        )
        for entry in slowdown_by_size(flows)
    }
    return Bars(found, {})
