"""A comparison as files: CSV, JSON, Markdown, text."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyfabric.errors import Fault, ScenarioError
from pyfabric.files import as_path, write_text
from pyfabric.reports import numbers as show
from pyfabric.study.errors import grouped
from pyfabric.study.report import conclusion, labels_of, table_cells

if TYPE_CHECKING:
    from pyfabric.results import Table
    from pyfabric.study.comparison import Comparison

#: Version of the JSON object.
FORMAT: Final = 1
TABLES: Final = ("runs", "summary", "sizes", "by_size", "pairs")


def save(comparison: Comparison, directory: str | os.PathLike[str]) -> Path:
    """All tables as CSV, and ``comparison.txt``, ``.md``, ``.json``."""
    path = as_path(directory, "directory")
    texts = {f"{name}.csv": to_csv(getattr(comparison, name)) for name in TABLES}
    texts["comparison.txt"] = f"{comparison}\n"
    texts["comparison.md"] = to_markdown(comparison)
    texts["comparison.json"] = to_json(comparison)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_text(path / name, text)
    except (OSError, ValueError) as error:
        place = str(getattr(error, "filename", None) or path).replace("\0", "\\0")
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(Fault(place, f"cannot be written: {reason}")) from None
    return path


def to_csv(table: Table) -> str:
    """A table as CSV; what has no value is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    for row in _rows(table):
        writer.writerow(["" if value is None else value for value in row.values()])
    return text.getvalue()


def to_json(comparison: Comparison) -> str:
    """Tables as lists of rows; no value is null."""
    whole = {
        "format": FORMAT,
        "variants": list(comparison.variants),
        "seeds": list(comparison.seeds),
        "measured": {
            "warm_up_ps": comparison.measure.warm_up_ps,
            "until_ps": comparison.measure.until_ps,
            "size_edges_bytes": list(comparison.measure.edges),
        },
        "interrupted": comparison.interrupted,
        "warnings": list(comparison.warnings),
        "failures": [str(failure) for failure in comparison.failures],
        **{name: _rows(getattr(comparison, name)) for name in TABLES},
    }
    return json.dumps(whole, indent=1, allow_nan=False) + "\n"


def to_markdown(comparison: Comparison) -> str:
    """Means, slowdown by size, the order of variants, significant differences, warnings."""
    head, cells = table_cells(comparison)
    names = list(cells)
    lines = [head, "", *_markdown(["", *names], _metric_rows(comparison, cells))]
    sizes = _size_rows(comparison, names)
    if sizes:
        lines += ["", "Slowdown p50 / p99 / p99.9 by size of the message:", ""]
        lines += _markdown(["size", *names], sizes)
    told = conclusion(comparison, width=10_000)
    heads = [f"{line}:" for line in told[:1] if len(told) > 1]
    lines += ["", *heads, "", *(f"- {line.strip()}" for line in told[len(heads) :])]
    lines += ["", *_differences(comparison)]
    lines += [f"\nWarning: {sentence}." for sentence in comparison.warnings]
    lines += [f"\nFailed: {failure}" for failure in grouped(comparison.failures)]
    return "\n".join(lines).rstrip() + "\n"


def _rows(table: Table) -> list[dict[str, Any]]:
    rows = [table.row(index) for index in range(len(table))]
    return [
        {name: None if name in table.nullable and _no_value(v) else v for name, v in row.items()}
        for row in rows
    ]


def _no_value(value: Any) -> bool:
    return math.isnan(value) if isinstance(value, float) else value == -1


def _metric_rows(comparison: Comparison, cells: dict[str, dict[str, str]]) -> list[list[str]]:
    labels = labels_of(comparison).values()
    rows = [[label.strip(), *(of.get(label, "-") for of in cells.values())] for label in labels]
    return [row for row in rows if any(cell != "-" for cell in row[1:])]


def _size_rows(comparison: Comparison, names: list[str]) -> list[list[str]]:
    bins: dict[tuple[int, int], dict[str, str]] = {}
    table = comparison.by_size
    for row in (table.row(index) for index in range(len(table))):
        points = [row[f"slowdown_{point}"] for point in ("p50", "p99", "p999")]
        cell = " / ".join(f"{value:.3g}" for value in points)
        bins.setdefault((row["above_bytes"], row["upto_bytes"]), {})[row["variant"]] = cell
    rows = []
    for (above, upto), cells in sorted(bins.items()):
        label = f"up to {show.size(upto)}" if upto >= 0 else f"above {show.size(above)}"
        rows.append([label, *(cells.get(name, "-") for name in names)])
    return rows


def _differences(comparison: Comparison) -> list[str]:
    """Significant differences of the metrics that the text shows, in rows."""
    labels, pairs = labels_of(comparison), comparison.pairs
    rows = []
    for row in (pairs.row(index) for index in range(len(pairs))):
        if row["significant"] and row["metric"] in labels:
            relative = row["relative"]
            change = "-" if math.isnan(relative) else f"{relative:+.1%}"
            amounts = [f"{row['difference']:.4g} ± {row['half_width']:.2g}", change]
            names = [row["metric"], row["base"], row["variant"]]
            rows.append([*names, *amounts, f"{row['p_holm']:.2g}"])
    if not rows:
        return ["No difference is significant, or there are too few seeds to say."]
    head = ["metric", "base", "variant", "difference", "relative", "p"]
    return [
        "Differences over seeds with p < 0.05 (paired t test, Holm's correction):",
        "",
        *_markdown(head, rows),
    ]


def _markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
