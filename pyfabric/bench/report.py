"""The measured rows as text: what ran, how fast, and what the figures mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pyfabric.reports import numbers as show

Row = dict[str, Any]

_RAN: Final = (
    "case",
    "hosts",
    "flows",
    "packet-hops",
    "of data",
    "delivered",
    "simulated",
    "verdict",
    "fingerprint",
)
_SPEED: Final = (
    "case",
    "run CPU s",
    "M hops/s",
    "events/hop",
    "CPU s/GB",
    "yardstick",
    "ratio",
    "to perm.",
    "compile s",
    "build s",
    "engine",
    "peak",
)


def text(rows: Sequence[Row]) -> str:
    """Two tables and their legend; ``rows`` as from ``with_ratios``, not empty."""
    counts = [scaling["threads"] for scaling in rows[0]["threads"]]
    speed = [*_SPEED, *(f"{count} threads" for count in counts)]
    versions, rounds = rows[0]["versions"], rows[0]["rounds"]
    parts = [
        f"pyfabric {versions['pyfabric']}, compiler {versions['compiler']}, "
        f"{versions['build_type']}; PFC, ECN, DCQCN and all tables on; "
        f"{show.count(rounds, 'round')}",
        _table(_RAN, [_ran(row) for row in rows]),
        _table(speed, [_speed(row) for row in rows]),
        "Medians. run: without compile (once) and build. M hops/s: million packet-hops per run CPU "
        "second.\nCPU s/GB: run CPU seconds per delivered GB. yardstick: M hops/s of the built-in "
        "program beside it;\nratio: engine over yardstick; to perm.: over the permutation beside "
        "the same yardstick.\nengine, peak: memory of the engine, and of the process with its plan "
        "and tables.",
    ]
    if counts:
        parts[-1] += " threads: wall time of one thread over that of several."
    return "\n\n".join(parts)


def _ran(row: Row) -> list[str]:
    return [
        row["name"],
        f"{row['hosts']:,}",
        f"{row['flows']:,}",
        f"{row['packet_hops']:,}",
        f"{row['data_packet_hops']:,}",
        show.size(row["delivered_bytes"]),
        show.time(row["simulated_ps"]),
        "lossless" if row["lossless"] else "NOT LOSSLESS",
        str(row["fingerprint"]),
    ]


def _speed(row: Row) -> list[str]:
    return [
        row["name"],
        f"{row['run_cpu_seconds']:.3f}",
        f"{row['packet_hops_per_cpu_second'] / 1e6:.2f}",
        f"{row['events_per_packet_hop']:.3f}",
        _number(row["cpu_seconds_per_gigabyte"], ".3f"),
        f"{row['yardstick']['packet_hops_per_cpu_second'] / 1e6:.2f}",
        f"{row['ratio_to_yardstick']:.3f}",
        _number(row["ratio_to_permutation"], ".2f"),
        f"{row['compile_cpu_seconds']:.3f}",
        f"{row['build_cpu_seconds']:.3f}",
        show.size(row["engine_memory_bytes"]),
        show.size(row["peak_memory_bytes"]),
        *(f"{scaling['speedup']:.2f}x" for scaling in row["threads"]),
    ]


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Names to the left, figures to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
