"""Figures of one result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfabric.analysis import deepest_queue, sending_rates, slowdown_by_size, thinned
from pyfabric.reports import figures
from pyfabric.reports.cc_figures import cc_figures, interval_of, largest_pairs, name_of
from pyfabric.reports.figures import Bars, Distribution

if TYPE_CHECKING:
    from pyfabric.results import Result, Table


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
    if "ecn_marks" in result.queues and result.queues["ecn_marks"].any():
        drawn["marks"] = figures.over_time(_marks(result.queues), heading, "frames marked", "")
    if len(result.cc) and not result.rows_not_kept.get("cc", 0):
        drawn |= cc_figures(result, heading)
    if len(result.trace) and not result.rows_not_kept.get("trace", 0):
        drawn["rates"] = figures.over_time(_rates(result), heading, "sending rate", "b/s")
    return figures.write(drawn, directory, form)


def _rates(result: Result) -> dict[str, tuple[Any, Any]]:
    """Rates of the queue pairs that delivered most, 0 where they sent nothing."""
    interval_ps = interval_of(result)
    table = sending_rates(result, f"{interval_ps}ps", "sent")
    slots = np.arange(result.end_ps // interval_ps + 1)
    found = {}
    for qp in largest_pairs(result):
        rows = table["qp"] == qp
        rates = np.zeros(len(slots))
        rates[table["time_ps"][rows] // interval_ps] = table["rate_bps"][rows]
        found[name_of(result, qp)] = (slots * interval_ps / 1e6, rates)
    return found


def _marks(queues: Table) -> dict[str, tuple[Any, Any]]:
    """Frames that all switches marked between two samples."""
    times, place = np.unique(queues["time_ps"], return_inverse=True)
    marks = np.zeros(len(times), dtype=np.int64)
    np.add.at(marks, place.reshape(-1), queues["ecn_marks"])
    times, marks = thinned(times, marks)
    return {"all switches, since the sample before": (times / 1e6, marks)}


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
