"""``python benchmarks/gate.py [--valgrind] [--update]``: has the engine become slower?

Compares events and user instructions per packet-hop with ``baseline.json``; more than 5 % more of
either fails. Events are the same everywhere and always checked. Instructions are kept by compiler,
processor and how they were counted; where this combination is not in the file, or the machine has
no counters, a line says loudly that they were not checked.

--valgrind: count with callgrind, in minutes, instead of with perf.
--update: write what was measured into the file instead of judging it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import instructions
from instructions import Lengths

from pyfabric.bench.cases import MTU_BYTES
from pyfabric.engine.native import _core

BASELINE: Final = Path(__file__).with_name("baseline.json")
TOLERANCE: Final = 0.05

#: Packets per flow of the two lengths of each case.
PACKETS: Final = {
    "permutation-128": (100, 500),
    "permutation-128-copper": (100, 500),
    "incast-32": (200, 1000),
    "all-to-all-128": (2, 8),
    "ring-128": (200, 1000),
}

#: The parts of the baseline file.
EVENTS: Final = "events_per_packet_hop"
INSTRUCTIONS: Final = "instructions_per_packet_hop"

Baseline = dict[str, Any]


@dataclass(frozen=True)
class Judgement:
    """One figure beside its baseline, None if there is none."""

    case: str
    what: str
    measured: float
    baseline: float | None

    @property
    def verdict(self) -> str:
        """``ok``, ``worse`` or ``better`` (by more than 5 %), ``unknown``."""
        if self.baseline is None:
            return "unknown"
        if self.measured > self.baseline * (1 + TOLERANCE):
            return "worse"
        return "better" if self.measured < self.baseline * (1 - TOLERANCE) else "ok"

    def __str__(self) -> str:
        text = f"{self.case:24}{self.what:30}{self.measured:9.3f}"
        if self.baseline is None:
            return f"{text}  no baseline: write one with --update"
        change = 100 * (self.measured / self.baseline - 1)
        ends = {
            "ok": "",
            "worse": ": WORSE by more than 5 %",
            "better": ": better by more than 5 %, take it up with --update",
        }
        return f"{text}  baseline {self.baseline:9.3f}  {change:+6.1f} %{ends[self.verdict]}"


def build_key(compiler: str, machine: str) -> str:
    """What instructions are kept by, such as ``gcc 12.2.0 x86_64``."""
    return f"{'gcc ' if compiler[:1].isdigit() else ''}{compiler} {machine}"


def judge(
    measured: Mapping[str, Lengths], baseline: Baseline, key: str, counted_by: str | None
) -> tuple[list[Judgement], list[str]]:
    """(the judgements, the loud lines about what was not checked)."""
    events = baseline.get(EVENTS, {})
    found = [Judgement(c, EVENTS, m.events_per_hop, events.get(c)) for c, m in measured.items()]
    if counted_by is None:
        return found, [
            "SKIPPED: no hardware counters: instructions per packet-hop were NOT checked "
            "(--valgrind counts them anywhere, in minutes)"
        ]
    known = baseline.get(INSTRUCTIONS, {}).get(key, {}).get(counted_by)
    if known is None:
        return found, [
            f"SKIPPED: no baseline of instructions for {key!r} counted by {counted_by}: they were "
            "NOT checked (write one with --update)"
        ]
    for case, lengths in measured.items():
        if lengths.instructions_per_hop is not None:
            per_hop = lengths.instructions_per_hop
            found.append(Judgement(case, INSTRUCTIONS, per_hop, known.get(case)))
    return found, []


def updated(
    measured: Mapping[str, Lengths], baseline: Baseline, key: str, counted_by: str | None
) -> Baseline:
    """The baseline with the measured figures; those of other builds and counters stay."""
    new: Baseline = json.loads(json.dumps(baseline))
    new[EVENTS] = {case: round(m.events_per_hop, 4) for case, m in measured.items()}
    if counted_by is not None:
        counts = {c: m.instructions_per_hop for c, m in measured.items()}
        kept = {c: round(n, 1) for c, n in counts.items() if n is not None}
        new.setdefault(INSTRUCTIONS, {}).setdefault(key, {})[counted_by] = kept
    return new


def passed(judgements: list[Judgement]) -> bool:
    """Whether nothing is worse and no case lacks its baseline."""
    return not any(each.verdict in ("worse", "unknown") for each in judgements)


def main() -> int:
    """Measure and judge; 0 iff nothing is worse."""
    parser = argparse.ArgumentParser(description="Compare the engine's work with its baseline.")
    parser.add_argument("--valgrind", action="store_true", help="count with callgrind")
    parser.add_argument("--update", action="store_true", help="write the baseline anew")
    options = parser.parse_args()
    if _core.build_type != "release":
        sys.stderr.write(f"gate.py: needs a release build, got {_core.build_type}\n")
        return 2
    if options.valgrind:
        os.environ["PYFABRIC_CALLGRIND"] = "1"
    counted_by, key = instructions.counter(), build_key(_core.compiler, platform.machine())
    measured = {
        case: instructions.between(case, short * MTU_BYTES, long * MTU_BYTES, counted_by)
        for case, (short, long) in PACKETS.items()
    }
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    if options.update:
        new = updated(measured, baseline, key, counted_by)
        BASELINE.write_text(json.dumps(new, indent=2) + "\n", encoding="utf-8")
        baseline = new
    judgements, loud = judge(measured, baseline, key, counted_by)
    sys.stdout.writelines(f"{line}\n" for line in (*judgements, *loud))
    return 0 if passed(judgements) else 1


if __name__ == "__main__":
    sys.exit(main())
