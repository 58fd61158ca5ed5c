"""User instructions and events per packet-hop, which do not depend on how busy the machine is.

One case of the suite runs in two lengths, each in a process of its own; what the longer one has
more is the run alone: importing, compiling, building and filling memory cancel. ``perf`` counts
instructions where the machine lets it; ``callgrind`` (valgrind) does anywhere, in minutes. The two
do not agree to the last instruction: compare like with like.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyfabric
from pyfabric.bench import CASES
from pyfabric.compile import compile_scenario
from pyfabric.engine import run

#: Where this very pyfabric is imported from.
PACKAGE: Final = Path(pyfabric.__file__).resolve().parents[1]

#: Without these, hashes and numpy's idle threads make a program count differently each time.
STEADY: Final = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

PERF: Final = ("perf", "stat", "-e", "instructions:u", "-x", ",")
PATTERNS: Final = {"perf": r"^(\d+),[^,]*,instructions:u", "callgrind": r"Collected : (\d+)"}


@dataclass(frozen=True)
class Lengths:
    """What two runs of a case differ in. ``instructions`` is None where nothing counted them."""

    packet_hops: int
    events: int
    instructions: int | None

    @property
    def events_per_hop(self) -> float:
        return self.events / self.packet_hops

    @property
    def instructions_per_hop(self) -> float | None:
        return None if self.instructions is None else self.instructions / self.packet_hops


def counter() -> str | None:
    """``callgrind`` if PYFABRIC_CALLGRIND=1 asks for it, else ``perf`` if it counts here."""
    if os.environ.get("PYFABRIC_CALLGRIND") == "1":
        return "callgrind"
    if shutil.which("perf") is None:
        return None
    done = subprocess.run([*PERF, "true"], stderr=subprocess.PIPE, text=True, check=False)
    return "perf" if re.search(PATTERNS["perf"], done.stderr, re.M) else None


def between(case: str, short: int, long: int, counted_by: str | None) -> Lengths:
    """The difference of runs of ``case`` with two volumes (see ``pyfabric.bench.cases.Case``).

    Raises RuntimeError when a run fails or nothing was counted.
    """
    first, second = (_sample(case, volume, counted_by) for volume in (short, long))
    instructions = None
    if first["instructions"] is not None and second["instructions"] is not None:
        instructions = second["instructions"] - first["instructions"]
    hops, events = ((second[n] or 0) - (first[n] or 0) for n in ("packet_hops", "events"))
    return Lengths(hops, events, instructions)


def _sample(case: str, volume: int, counted_by: str | None) -> dict[str, int | None]:
    child = [sys.executable, __file__, case, str(volume)]
    with tempfile.TemporaryDirectory() as folder:
        out = f"--callgrind-out-file={Path(folder) / 'callgrind'}"
        wrappers = {None: (), "perf": PERF, "callgrind": ("valgrind", "--tool=callgrind", out)}
        done = subprocess.run(
            [*wrappers[counted_by], *child],
            env=os.environ | STEADY | {"PYTHONPATH": str(PACKAGE)},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{case} failed: {done.stderr.strip()[-300:]}")
    sample: dict[str, int | None] = {**json.loads(done.stdout), "instructions": None}
    if counted_by is not None:
        found = re.search(PATTERNS[counted_by], done.stderr, re.M)
        if found is None:
            raise RuntimeError(
                f"{counted_by} counted no instructions: {done.stderr.strip()[-300:]}"
            )
        sample["instructions"] = int(found[1])
    return sample


if __name__ == "__main__":
    stats = run(compile_scenario(CASES[sys.argv[1]].make(int(sys.argv[2])))).stats
    sys.stdout.write(json.dumps({name: stats[name] for name in ("packet_hops", "events")}))
