"""The outcome of a comparison: tables of runs and of means, and their text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.results import Table
from pyfabric.results.table import Words
from pyfabric.study.intervals import mean_interval

if TYPE_CHECKING:
    from pyfabric.results import Result
    from pyfabric.scenario import Scenario
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
    variants: the scenario of each, the base first; ``seeds`` replace theirs.
    warnings: what limits what can be concluded, in sentences.
    failures: runs that failed. interrupted: Ctrl-C ended it early; what is missing is not in runs.
    results: whole results by (variant, seed), kept when something was recorded.
    """

    runs: Table
    summary: Table
    variants: Mapping[str, Scenario]
    seeds: tuple[int, ...]
    warnings: tuple[str, ...] = ()
    failures: tuple[RunFailure, ...] = ()
    interrupted: bool = False
    results: Mapping[tuple[str, int], Result] = field(default_factory=dict)

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
        "variant": _words([row.variant for row in rows]),
        "seed": np.array([row.seed for row in rows], dtype=np.int64),
    }
    for name in names:
        columns[name] = np.array([(row.metrics or {})[name] for row in rows])
    columns["stop_reason"] = _words([row.stop_reason for row in rows])
    columns["fingerprint"] = _words([row.fingerprint for row in rows])
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
        "variant": _words([row[0] for row in rows]),
        "metric": _words([row[1] for row in rows]),
        "runs": np.array([row[2] for row in rows], dtype=np.int64),
    }
    numbers = ("mean", "half_width", "smallest", "largest")
    for position, name in enumerate(numbers, 3):
        columns[name] = np.array([row[position] for row in rows], dtype=np.float64)
    return Table("summary", columns, numbers)


def _words(texts: Sequence[str]) -> Words:
    words = list(dict.fromkeys(texts))
    number = {word: index for index, word in enumerate(words)}
    return Words(np.array([number[text] for text in texts], dtype=np.int64), tuple(words))
