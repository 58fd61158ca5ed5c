"""Differences between every two variants, paired over seeds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from pyfabric.results import Table
from pyfabric.study.intervals import mean_interval
from pyfabric.study.significance import holm, paired_t_p, sign_flip_p
from pyfabric.study.words import words

#: Level of the tests.
LEVEL: Final = 0.05
#: Metrics that say how a run was made, or that are the same for all variants.
_UNTESTED: Final = ("variant", "seed", "stop_reason", "fingerprint", "flows", "end_us")
_COSTS: Final = ("packet_hops", "cpu_seconds")


def pairs_table(runs: Table, variants: Sequence[str]) -> Table:
    """One row per metric and two variants, ``base`` before ``variant`` in their order.

    Over the seeds at which both have a value: ``pairs`` of them, ``difference`` (mean of variant
    less base), ``half_width`` of its 95 % confidence interval (Student's t), ``relative`` (to the
    mean of the base), ``p`` of the paired t test, ``p_permutation`` of the sign-flip test,
    ``p_holm``: ``p`` corrected by Holm's method over all pairs of variants of the metric,
    ``significant``: 1 iff p_holm is below 0.05. NaN: fewer than three pairs, or none.
    """
    rows: list[dict[str, Any]] = []
    for metric in runs.columns:
        if metric in (*_UNTESTED, *_COSTS):
            continue
        values = _by_seed(runs, metric)
        of_metric = [
            _row(metric, base, variant, values.get(base, {}), values.get(variant, {}))
            for base, variant in itertools.combinations(variants, 2)
        ]
        corrected = holm([row["p"] for row in of_metric])
        for row, p_holm in zip(of_metric, corrected, strict=True):
            rows.append({**row, "p_holm": p_holm, "significant": int(p_holm < LEVEL)})
    return _table(rows)


def _by_seed(runs: Table, metric: str) -> dict[str, dict[int, float]]:
    """Variant -> seed -> value, where there is one."""
    found: dict[str, dict[int, float]] = {}
    columns = (runs["variant"].tolist(), runs["seed"].tolist(), runs[metric].tolist())
    for variant, seed, value in zip(*columns, strict=True):
        if not math.isnan(value):
            found.setdefault(variant, {})[seed] = value
    return found


def _row(
    metric: str, base: str, variant: str, ones: dict[int, float], others: dict[int, float]
) -> dict[str, Any]:
    seeds = [seed for seed in ones if seed in others]
    differences = [float(others[seed] - ones[seed]) for seed in seeds]
    mean, half_width = mean_interval(differences)
    of_base = math.fsum(ones[seed] for seed in seeds) / len(seeds) if seeds else math.nan
    return {
        "metric": metric,
        "base": base,
        "variant": variant,
        "pairs": len(seeds),
        "difference": mean,
        "half_width": half_width,
        "relative": mean / of_base if of_base else math.nan,
        "p": paired_t_p(differences),
        "p_permutation": sign_flip_p(differences),
    }


_WORDS: Final = ("metric", "base", "variant")
_WHOLE: Final = ("pairs", "significant")
_REAL: Final = ("difference", "half_width", "relative", "p", "p_permutation", "p_holm")


def _table(rows: list[dict[str, Any]]) -> Table:
    columns: dict[str, Any] = {name: words([row[name] for row in rows]) for name in _WORDS}
    for name in ("pairs", *_REAL, "significant"):
        kind = np.int64 if name in _WHOLE else np.float64
        columns[name] = np.array([row[name] for row in rows], dtype=kind)
    return Table("pairs", columns, _REAL)
