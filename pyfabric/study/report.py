"""A comparison as text: one row per metric, one column per variant, and their order."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.reports import numbers as show
from pyfabric.study.errors import grouped
from pyfabric.study.pairs import LEVEL
from pyfabric.study.ranking import Ranking, losses, rankings
from pyfabric.study.significance import MIN_PAIRS

if TYPE_CHECKING:
    from pyfabric.study.comparison import Comparison

_ORDER: Final = "Order of the means"
#: Width that the columns of variants are wrapped to.
_WIDTH: Final = 100

_TIMES: Final = ((1e6, "s"), (1e3, "ms"), (1.0, "us"), (1e-3, "ns"))  # of us
_DECIMAL: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_SCALES: Final = {
    "us": _TIMES,
    "bps": tuple((scale, f"{prefix}b/s") for scale, prefix in _DECIMAL),
    "bytes": tuple((scale, f"{prefix}B") for scale, prefix in _DECIMAL),
}

#: Metric -> its label; slowdown by size follows _BEFORE_SIZES. Those of _RARE are shown only when
#: one of them is not 0.
_ROWS: Final[dict[str, str]] = {
    "flows_finished": "flows finished",
    "all_done_us": "all done after",
    "fct_p50_us": "FCT p50",
    "fct_p99_us": "FCT p99",
    "fct_p999_us": "FCT p99.9",
    "slowdown_mean": "slowdown, mean",
    "slowdown_p50": "slowdown p50",
    "slowdown_p99": "slowdown p99",
    "slowdown_p999": "slowdown p99.9",
    "goodput_bps": "goodput",
    "jain_index": "fairness (Jain) of 1/slowdown",
    "pauses": "pauses",
    "paused_us": "paused time, all ports",
    "queue_p99_bytes": "deepest queue, p99 over time",
    "ecn_marks": "ECN marks",
    "cnps": "CNPs",
    "retransmissions": "retransmissions",
    "drops_lossless": "drops, lossless classes",
    "drops_lossy": "drops, lossy classes",
    "drops_link": "drops, damaged on a link",
    "lossless": "lossless runs",
    "headroom_margin_bytes": "smallest headroom margin",
    "packet_hops": "packet-hops",
    "cpu_seconds": "CPU time, seconds",
}
_RARE: Final = ("drops_lossy", "drops_link")
_BEFORE_SIZES: Final = "slowdown_p999"
_SIZE: Final = "slowdown_p99_"


def labels_of(comparison: Comparison) -> dict[str, str]:
    """Metric -> label, in the order of the text."""
    labels: dict[str, str] = {}
    for metric, label in _ROWS.items():
        labels[metric] = label
        if metric == _BEFORE_SIZES:
            sizes = [name for name in comparison.runs.columns if name.startswith(_SIZE)]
            labels |= {name: f"  p99 {name[len(_SIZE) :].replace('_', ' ')}" for name in sizes}
    return labels


def text(comparison: Comparison) -> str:
    """The table of means, the order of variants, then warnings and failures."""
    lines = [_headline(comparison)]
    if sentence := str(comparison.measure):
        lines.append(f"Measured: {sentence}; counters are of whole runs")
    lines += _tables(comparison)
    lines += [*_legend(comparison), *conclusion(comparison)]
    if comparison.interrupted:
        lines.append("Interrupted: only the runs that had finished are counted.")
    lines += [f"Warning: {sentence}." for sentence in comparison.warnings]
    lines += [f"Failed: {failure}" for failure in grouped(comparison.failures)]
    return "\n".join(lines)


def table_cells(comparison: Comparison) -> tuple[str, dict[str, dict[str, str]]]:
    """(headline, variant -> label -> cell)."""
    return _headline(comparison), _columns(comparison)


def conclusion(comparison: Comparison, width: int = _WIDTH) -> list[str]:
    """Variants in the order of the metrics that decide, and who lost packets."""
    if len(comparison.variants) < 2 or not len(comparison.runs):
        return []
    labels, found = labels_of(comparison), rankings(comparison)
    tested = len(comparison.seeds) >= MIN_PAIRS
    others = "in brackets: not shown to differ from it" if tested else "differences are not tested"
    lines = [f"{_ORDER}, as multiples of the first; {others}"] if found else []
    for ranking in found:
        label = labels[ranking.metric].strip()
        label = f"slowdown {label}" if ranking.metric.startswith(_SIZE) else label
        lines += textwrap.wrap(
            f"  {label}: {_order(ranking, tested)}",
            width,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines + losses(comparison)


def _order(ranking: Ranking, tested: bool) -> str:
    """``window 21.04 (swift 1.01x), none 3.70x``."""
    best, *others = ranking.places
    divisor, unit = _scale(ranking.metric, [{**vars(best), "metric": ranking.metric, "runs": 1}])
    first = f"{best.variant} {best.mean / divisor:.4g} {unit}".rstrip()
    told = {False: list[str](), True: list[str]()}
    for place in others:
        if best.mean > 0:
            ratio = place.mean / best.mean
            multiple = f"{ratio:.2f}x" if ratio < 10 else f"{ratio:,.0f}x"
        else:
            multiple = f"{place.mean / divisor:.4g} {unit}".rstrip()
        told[place.differs or not tested].append(f"{place.variant} {multiple}")
    equal = f" ({', '.join(told[False])})" if told[False] else ""
    missing = [f"{name} -" for name in ranking.missing]
    return ", ".join([f"{first}{equal}", *told[True], *missing])


def _headline(comparison: Comparison) -> str:
    variants, seeds = len(comparison.variants), len(comparison.seeds)
    size = f"{show.count(variants, 'variant')} x {show.count(seeds, 'seed')}"
    if seeds == 1:
        return f"{size}: one run each, so there are no confidence intervals"
    return (
        f"{size}, the same traffic for the same seed; mean ± 95 % confidence interval of the mean"
    )


def _legend(comparison: Comparison) -> list[str]:
    """What the stars mean, or why there are none."""
    if len(comparison.variants) < 2 or not len(comparison.runs):
        return []
    base, seeds = next(iter(comparison.variants)), len(comparison.seeds)
    if seeds < MIN_PAIRS:
        few = show.count(seeds, "seed")
        return [f"{few}: too few to test differences (at least {MIN_PAIRS})."]
    if not len(comparison.pairs):
        return []
    return [
        f"* differs from {base!r}: paired t test over seeds, p < {LEVEL} after Holm's correction "
        "over all pairs"
    ]


def _tables(comparison: Comparison) -> list[str]:
    """Lines of as many tables as the width needs."""
    columns = _columns(comparison)
    labels = [
        label
        for label in labels_of(comparison).values()
        if any(label in cells for cells in columns.values())
    ]
    head = max(map(len, labels), default=0)
    lines: list[str] = []
    block: list[str] = []
    used = head
    for name, cells in columns.items():
        width = 2 + _column_width(name, cells)
        if block and used + width > _WIDTH:
            lines += [*_block(block, columns, labels, head), ""]
            block, used = [], head
        block.append(name)
        used += width
    return lines + _block(block, columns, labels, head)


def _block(
    names: list[str], columns: dict[str, dict[str, str]], labels: list[str], head: int
) -> list[str]:
    widths = {name: _column_width(name, columns[name]) for name in names}
    lines = [" " * head + "".join(f"  {name:>{widths[name]}}" for name in names)]
    for label in labels:
        cells = "".join(f"  {columns[name].get(label, '-'):>{widths[name]}}" for name in names)
        lines.append(f"{label:<{head}}{cells}")
    return lines if names else []


def _column_width(name: str, cells: dict[str, str]) -> int:
    return max(len(name), *map(len, cells.values())) if cells else len(name)


def _columns(comparison: Comparison) -> dict[str, dict[str, str]]:
    """Variant -> label -> cell, for the rows worth showing."""
    summary, labels = comparison.summary, labels_of(comparison)
    rows = [summary.row(index) for index in range(len(summary))]
    largest: dict[str, float] = {}
    for row in rows:
        value = row["largest"] if row["runs"] else 0.0
        largest[row["metric"]] = max(largest.get(row["metric"], 0.0), value)
    columns: dict[str, dict[str, str]] = {name: {} for name in comparison.variants}
    counts = {row["variant"]: row["runs"] for row in rows if row["metric"] == "flows"}
    totals = {row["variant"]: row["mean"] for row in rows if row["metric"] == "flows"}
    scales = {metric: _scale(metric, rows) for metric in labels}
    differing = _differing(comparison)
    for row in rows:
        variant, metric = row["variant"], row["metric"]
        silent = metric in _RARE or metric.startswith(_SIZE) or metric == "queue_p99_bytes"
        if metric in labels and (largest[metric] > 0 or not silent):
            cell = _cell(row, counts[variant], totals[variant], scales[metric])
            star = " *" if (metric, variant) in differing else ""
            columns[variant][labels[metric]] = cell + star
    return columns


def _differing(comparison: Comparison) -> set[tuple[str, str]]:
    """(metric, variant) that differ from the base."""
    base = next(iter(comparison.variants))
    pairs = comparison.pairs
    chosen = np.flatnonzero(pairs["significant"] == 1)
    rows = [pairs.row(int(index)) for index in chosen]
    return {(row["metric"], row["variant"]) for row in rows if row["base"] == base}


def _scale(metric: str, rows: list[dict[str, Any]]) -> tuple[float, str]:
    """Divisor and unit of a row of the text: that of its largest mean."""
    known = _SCALES.get(metric.rpartition("_")[2])
    if known is None:
        return 1.0, ""
    means = [row["mean"] for row in rows if row["metric"] == metric and row["runs"]]
    largest = max(means, default=0.0)
    return next((entry for entry in known if largest >= entry[0]), known[-1])


def _cell(row: dict[str, Any], runs: int, flows: float, scale: tuple[float, str]) -> str:
    metric, mean, half = row["metric"], row["mean"], row["half_width"]
    if metric == "lossless":
        return f"{round(mean * runs)} of {runs}"
    if not row["runs"]:
        return "-"
    divisor, unit = scale
    shown = f"{mean / divisor:.4g}" if unit else _plain(mean)
    if half > 0:  # NaN: one run
        shown += f" ± {_plain(half / divisor, 2)}"
    if unit:
        shown += f" {unit}"
    if metric == "flows_finished":
        shown += f" of {_plain(flows)}"
    return shown if row["runs"] == runs else f"{shown} ({row['runs']} of {runs} runs)"


def _plain(value: float, digits: int = 4) -> str:
    """Counts in full, other numbers with ``digits`` digits."""
    if abs(value) >= 10 ** (digits - 1) or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"
