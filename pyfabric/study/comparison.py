"""The outcome of a comparison: tables of runs and of means, and their text."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.errors import Fault, ScenarioError, unknown
from pyfabric.results import Table
from pyfabric.study.intervals import mean_interval
from pyfabric.study.measuring import Measure
from pyfabric.study.metrics import BIN_METRICS
from pyfabric.study.pairs import pairs_table
from pyfabric.study.words import words

if TYPE_CHECKING:
    from pyfabric.results import Result
    from pyfabric.scenario import Scenario
    from pyfabric.study.curves import Curves
    from pyfabric.study.errors import RunFailure
    from pyfabric.study.runs import Outcome

#: Columns of ``runs`` that are no metrics.
LABELS: Final = ("variant", "seed", "stop_reason", "fingerprint")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Variants side by side over seeds; ``print(comparison)`` shows means and intervals.

    runs: one row per variant and seed: ``variant, seed``, the metrics, ``stop_reason,
        fingerprint``; NaN where a run has no such value.
    summary: one row per variant and metric: over the ``runs`` with a value their ``mean``, the
        ``half_width`` of its 95 % confidence interval (Student's t; NaN for one run), ``smallest``,
        ``largest``. The mean of ``lossless`` is the share of lossless runs.
    sizes: one row per variant, seed and size bin with finished flows: ``above_bytes, upto_bytes``
        (-1: no limit), ``flows``, p50, p99 and p999 of FCT and slowdown.
    variants: the scenario of each, the base first; ``seeds`` replace theirs.
    measure: which flows count, and the edges of the size bins.
    reused: runs that were found finished in the directory of the study.
    warnings: what limits what can be concluded, in sentences.
    failures: runs that failed. interrupted: Ctrl-C ended it early; what is missing is not in runs.
    results: whole results by (variant, seed), kept when something was recorded.
    curves: points for figures by (variant, seed).
    """

    runs: Table
    summary: Table
    sizes: Table
    variants: Mapping[str, Scenario]
    seeds: tuple[int, ...]
    warnings: tuple[str, ...] = ()
    failures: tuple[RunFailure, ...] = ()
    interrupted: bool = False
    results: Mapping[tuple[str, int], Result] = field(default_factory=dict)
    curves: Mapping[tuple[str, int], Curves] = field(default_factory=dict)
    measure: Measure = field(default_factory=Measure)
    reused: int = 0

    @functools.cached_property
    def pairs(self) -> Table:
        """Differences between every two variants, paired over seeds, with their significance.

        One row per metric and pair: ``metric, base, variant, pairs, difference, half_width,
        relative, p, p_permutation, p_holm, significant``. ``p`` is that of the paired t test,
        ``p_permutation`` of the sign-flip permutation test, ``p_holm`` is ``p`` corrected by
        Holm's method for all pairs of the metric; NaN below three seeds, which are too few.
        """
        return pairs_table(self.runs, list(self.variants))

    @functools.cached_property
    def by_size(self) -> Table:
        """One row per variant and size bin: ``runs`` with flows in it, means over them.

        ``variant, above_bytes, upto_bytes`` (-1: no limit)``, runs``, and for ``flows`` and p50,
        p99, p999 of FCT and slowdown the mean and its ``_half_width`` (95 %, Student's t).
        """
        return by_size_table(self.sizes)

    def table(self, *metrics: str) -> Table:
        """One row per variant: mean and ``_half_width`` of the metrics (none: all of them).

        Raises ScenarioError for an unknown metric.
        """
        return wide_table(self.summary, list(self.variants), metrics)

    def to_markdown(self) -> str:
        """Means, slowdown by size and significant differences as Markdown tables."""
        from pyfabric.study.export import to_markdown

        return to_markdown(self)

    def to_json(self) -> str:
        """All tables, warnings and failures as one JSON object; no value is null."""
        from pyfabric.study.export import to_json

        return to_json(self)

    def save(self, directory: str | os.PathLike[str]) -> Path:
        """Write ``runs, summary, sizes, by_size, pairs`` as CSV, text, Markdown and JSON.

        The files are ``runs.csv`` and so on, ``comparison.txt``, ``.md`` and ``.json``; others in
        the directory, which is made if needed, are left alone. Returns its path.
        """
        from pyfabric.study.export import save

        return save(self, directory)

    def plot(
        self, directory: str | os.PathLike[str], *, format: str = "png", title: str | None = None
    ) -> list[Path]:
        """Draw the figures into a directory and return their files; needs the extra ``plots``.

        ``fct``: distribution of completion times over all seeds; ``slowdown``: p50 and p99 by
        size bin with confidence intervals; ``queues``, when they were recorded: the deepest switch
        queue over time at the first seed. format: "png", "svg" or "pdf". title: above each figure;
        None: what the variants are of.
        """
        from pyfabric.study.plots import plot

        return plot(self, directory, format=format, title=title)

    def __str__(self) -> str:
        from pyfabric.study.report import text

        return text(self)

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return (
            f"<Comparison of {len(self.variants)} variants x {len(self.seeds)} seeds: "
            f"{len(self.runs)} runs{failed}, {len(self.warnings)} warnings>"
        )


def runs_table(outcomes: Sequence[Outcome]) -> Table:
    """One row per finished run, in the given order."""
    rows = [outcome for outcome in outcomes if outcome.metrics is not None]
    names = list(rows[0].metrics or ()) if rows else []
    columns: dict[str, Any] = {
        "variant": words([row.variant for row in rows]),
        "seed": np.array([row.seed for row in rows], dtype=np.int64),
    }
    for name in names:
        columns[name] = np.array([(row.metrics or {})[name] for row in rows])
    columns["stop_reason"] = words([row.stop_reason for row in rows])
    columns["fingerprint"] = words([row.fingerprint for row in rows])
    floats = [name for name in names if columns[name].dtype.kind == "f"]
    return Table("runs", columns, floats)


def summary_table(runs: Table, variants: Sequence[str]) -> Table:
    """Mean and interval of every metric of every variant that has a run."""
    rows: list[tuple[str, str, int, float, float, float, float]] = []
    for variant in variants:
        of_variant = runs["variant"] == variant
        for metric in [name for name in runs.columns if name not in LABELS]:
            values = runs[metric][of_variant].astype(float)
            known = values[~np.isnan(values)].tolist()
            if not len(values):
                continue
            low, high = (min(known), max(known)) if known else (math.nan, math.nan)
            rows.append((variant, metric, len(known), *mean_interval(known), low, high))
    columns: dict[str, Any] = {
        "variant": words([row[0] for row in rows]),
        "metric": words([row[1] for row in rows]),
        "runs": np.array([row[2] for row in rows], dtype=np.int64),
    }
    numbers = ("mean", "half_width", "smallest", "largest")
    for position, name in enumerate(numbers, 3):
        columns[name] = np.array([row[position] for row in rows], dtype=np.float64)
    return Table("summary", columns, numbers)


def sizes_table(outcomes: Sequence[Outcome], measure: Measure) -> Table:
    """One row per finished run and size bin."""
    rows = [(outcome, row) for outcome in outcomes for row in outcome.bins]
    bounds = (0, *measure.edges, -1)
    index = np.array([row["bin"] for _, row in rows], dtype=np.int64)
    columns: dict[str, Any] = {
        "variant": words([outcome.variant for outcome, _ in rows]),
        "seed": np.array([outcome.seed for outcome, _ in rows], dtype=np.int64),
        "above_bytes": np.array(bounds, dtype=np.int64)[index],
        "upto_bytes": np.array(bounds, dtype=np.int64)[index + 1],
    }
    for name in BIN_METRICS:
        kind = np.int64 if name == "flows" else np.float64
        columns[name] = np.array([row[name] for _, row in rows], dtype=kind)
    return Table("sizes", columns, ("upto_bytes",))


def by_size_table(sizes: Table) -> Table:
    """Means over seeds of each variant and bin."""
    groups: dict[tuple[str, int, int], list[int]] = {}
    keys = (sizes["variant"].tolist(), sizes["above_bytes"].tolist(), sizes["upto_bytes"].tolist())
    for row, key in enumerate(zip(*keys, strict=True)):
        groups.setdefault(key, []).append(row)
    variants = list(dict.fromkeys(keys[0]))
    order = sorted(groups, key=lambda key: (variants.index(key[0]), key[1]))
    columns: dict[str, Any] = {
        "variant": words([key[0] for key in order]),
        "above_bytes": np.array([key[1] for key in order], dtype=np.int64),
        "upto_bytes": np.array([key[2] for key in order], dtype=np.int64),
        "runs": np.array([len(groups[key]) for key in order], dtype=np.int64),
    }
    for name in BIN_METRICS:
        values = sizes[name].astype(float)
        means = [mean_interval(values[groups[key]].tolist()) for key in order]
        columns[name] = np.array([mean for mean, _ in means], dtype=np.float64)
        columns[f"{name}_half_width"] = np.array([half for _, half in means], dtype=np.float64)
    floats = [name for name in columns if name.endswith("_half_width")]
    return Table("by_size", columns, ("upto_bytes", *floats))


def wide_table(summary: Table, variants: Sequence[str], metrics: Sequence[str]) -> Table:
    """Means with half-widths, one row per variant that has runs."""
    known = list(dict.fromkeys(summary["metric"].tolist()))
    faults = [
        Fault("table", unknown("metric", name, known)) for name in metrics if name not in known
    ]
    if faults:
        raise ScenarioError(faults)
    rows = [summary.row(index) for index in range(len(summary))]
    cells = {(row["variant"], row["metric"]): (row["mean"], row["half_width"]) for row in rows}
    shown = [name for name in variants if any(row["variant"] == name for row in rows)]
    columns: dict[str, Any] = {"variant": words(shown)}
    for metric in metrics or known:
        columns[metric] = np.array([cells[name, metric][0] for name in shown])
        columns[f"{metric}_half_width"] = np.array([cells[name, metric][1] for name in shown])
    return Table("comparison", columns, [name for name in columns if name != "variant"])
