"""Figures of a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.reports import figures
from pyfabric.reports import numbers as show
from pyfabric.reports.figures import Bars, Distribution
from pyfabric.workload.part import as_workload

if TYPE_CHECKING:
    from pyfabric.study.comparison import Comparison

#: The figure of queues ends when all are below this share of the deepest for good.
QUIET: Final = 0.005


def plot(comparison: Comparison, directory: Any, *, format: str, title: str | None) -> list[Path]:
    """Write the figures of ``comparison``; see :meth:`Comparison.plot`."""
    form = figures.check_format(format)
    return figures.write(drawn(comparison, title), directory, form)


def drawn(comparison: Comparison, title: str | None = None) -> dict[str, Any]:
    """The figures by name."""
    about = _title(comparison) if title is None else title
    seeds = show.count(len(comparison.seeds), "seed")
    heading = f"{about}; {seeds}" if title is None else title
    several = len(comparison.seeds) > 1
    found = {
        "fct": figures.fct_distribution(_distributions(comparison), heading),
        "slowdown": figures.slowdown_by_size(
            _bars(comparison, "slowdown_p50"),
            _bars(comparison, "slowdown_p99"),
            heading,
            "bars: 95 % intervals of the mean" if several else "",
        ),
    }
    if queues := _queues(comparison):
        found["queues"] = figures.over_time(
            queues,
            f"{about}; seed {comparison.seeds[0]}" if several else heading,
            "deepest switch queue",
            "B",
            quiet=QUIET,
        )
    return found


def _title(comparison: Comparison) -> str:
    base = next(iter(comparison.variants.values()))
    names = [name for name in (part.name for part in as_workload(base.workload).parts) if name]
    traffic = " + ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    hosts = show.count(base.topology.endpoints, "host")
    return f"{hosts}, {traffic or 'no traffic'}"


def _distributions(comparison: Comparison) -> dict[str, Distribution]:
    found = {}
    for variant in comparison.variants:
        curves = [curve for (name, _), curve in comparison.curves.items() if name == variant]
        values = [curve.fct_us for curve in curves] or [np.zeros(0)]
        weights = [np.full(len(c.fct_us), c.flows_each) for c in curves] or [np.zeros(0)]
        found[variant] = Distribution(np.concatenate(values), np.concatenate(weights))
    return found


def _bars(comparison: Comparison, metric: str) -> dict[str, Bars]:
    table = comparison.by_size
    values: dict[str, dict[tuple[int, int], float]] = {name: {} for name in comparison.variants}
    halves: dict[str, dict[tuple[int, int], float]] = {name: {} for name in comparison.variants}
    for row in (table.row(index) for index in range(len(table))):
        key = (row["above_bytes"], row["upto_bytes"])
        values[row["variant"]][key] = row[metric]
        halves[row["variant"]][key] = row[f"{metric}_half_width"]
    return {name: Bars(values[name], halves[name]) for name in comparison.variants}


def _queues(comparison: Comparison) -> dict[str, tuple[Any, Any]]:
    """Of the first seed; empty for variants that have none, so that all keep their colours."""
    seed, nothing = comparison.seeds[0], np.zeros(0)
    curves = {name: comparison.curves.get((name, seed)) for name in comparison.variants}
    if not any(curve is not None and len(curve.queue_us) for curve in curves.values()):
        return {}
    return {
        name: (nothing, nothing) if curve is None else (curve.queue_us, curve.queue_bytes)
        for name, curve in curves.items()
    }
