"""``python benchmarks/compare.py [ROUNDS]``: engine beside yardstick, one row per size.

Speeds are medians in millions of packet-hops per CPU second; the ratio is the median of pairs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

import yardstick
from measure import Measurement, alternate

HEADER = (
    f"{'K':>3} {'hosts':>6} {'engine':>8} {'data':>8} {'yardstick':>10} {'ratio':>6} "
    f"{'events/hop':>11} {'instr/hop':>12} {'memory':>9} {'peak RSS':>9}\n"
)


def row(measured: Measurement) -> str:
    """One line of the table."""
    counted = measured.instructions_per_hop()
    instructions = "unavailable" if counted is None else f"{counted:.0f}"
    engine, other = median(measured.engine) / 1e6, median(measured.yardstick) / 1e6
    memory = [measured.stats[f"{what}_memory_bytes"] / 1e6 for what in ("engine", "peak")]
    return (
        f"{measured.k:>3} {measured.k**3 // 4:>6} {engine:>8.2f} {measured.data_speed / 1e6:>8.2f} "
        f"{other:>10.2f} {measured.ratio:>6.3f} {measured.events_per_hop:>11.3f} "
        f"{instructions:>12} {memory[0]:>6.1f} MB {memory[1]:>6.0f} MB\n"
    )


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sys.stdout.write(HEADER)
    with tempfile.TemporaryDirectory() as folder:
        program = yardstick.build(Path(folder))
        for k in (8, 16):
            sys.stdout.write(row(alternate(program, k, rounds=rounds)))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
