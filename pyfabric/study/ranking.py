"""The order of variants by what decides between them, and which of them may be equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.reports import numbers as show

if TYPE_CHECKING:
    from pyfabric.study.comparison import Comparison

#: Metric -> whether more is better. The p99 slowdown of the smallest messages comes second.
_RANKED: Final = {
    "slowdown_p99": False,
    "goodput_bps": True,
    "queue_p99_bytes": False,
    "paused_us": False,
}
_BY_SIZE: Final = "slowdown_p99_to_"


@dataclass(frozen=True)
class Place:
    """A variant in the order of one metric."""

    variant: str
    mean: float
    differs: bool  #: significantly from the best; False where nothing was tested


@dataclass(frozen=True)
class Ranking:
    """Variants by the mean of a metric, best first; ``missing``: those whose runs have no value."""

    metric: str
    places: tuple[Place, ...]
    missing: tuple[str, ...]


def rankings(comparison: Comparison) -> list[Ranking]:
    """One per metric in which variants are not all the same."""
    summary = comparison.summary
    rows = [summary.row(index) for index in range(len(summary))]
    made = set(comparison.runs["variant"].tolist())
    found = []
    for metric, more_is_better in _metrics(comparison):
        means = {r["variant"]: r["mean"] for r in rows if r["metric"] == metric and r["runs"]}
        if len(set(means.values())) < 2:
            continue
        names = sorted(means, key=means.__getitem__, reverse=more_is_better)
        differing = _differing(comparison, metric, names[0])
        places = tuple(Place(name, means[name], name in differing) for name in names)
        missing = tuple(name for name in comparison.variants if name in made - means.keys())
        found.append(Ranking(metric, places, missing))
    return found


def losses(comparison: Comparison) -> list[str]:
    """Sentences: who lost packets, and whose flows did not finish."""
    runs = [comparison.runs.row(index) for index in range(len(comparison.runs))]
    lossy, late = [], []
    for name in comparison.variants:
        own = [row for row in runs if row["variant"] == name]
        bad = [row for row in own if not row["lossless"]]
        if bad:
            drops = sum(row["drops_lossless"] for row in own)
            lossy.append(f"{name} ({len(bad)} of {len(own)} runs, {drops:,.0f} drops)")
        if any(row["flows_finished"] < row["flows"] for row in own):
            late.append(name)
    every = show.count(len(runs), "run")
    told = [f"Not lossless: {', '.join(lossy)}." if lossy else f"Lossless: all {every}."]
    if late:
        told.append(f"Flows did not finish: {', '.join(late)}; times are of those that did.")
    return told


def _metrics(comparison: Comparison) -> list[tuple[str, bool]]:
    metrics = list(_RANKED.items())
    sizes = [name for name in comparison.runs.columns if name.startswith(_BY_SIZE)]
    return [*metrics[:1], *((name, False) for name in sizes[:1]), *metrics[1:]]


def _differing(comparison: Comparison, metric: str, best: str) -> set[str]:
    pairs = comparison.pairs
    if not len(pairs):
        return set()
    chosen = np.flatnonzero((pairs["significant"] == 1) & (pairs["metric"] == metric))
    rows: list[dict[str, Any]] = [pairs.row(int(index)) for index in chosen]
    both = [{row["base"], row["variant"]} for row in rows]
    return {name for pair in both if best in pair for name in pair - {best}}
