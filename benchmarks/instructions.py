"""Instructions per packet-hop, which do not depend on how busy the machine is.

Two processes compile the same plan and build the engine; one of them runs it. The difference of
their user instructions is the run. ``perf stat`` counts where the machine has the counters; with
``PYFABRIC_CALLGRIND=1`` valgrind does instead (minutes).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import fat_tree

from pyfabric.engine import run


def per_packet_hop(k: int, packets: int, packet_hops: int) -> float | None:
    """User instructions of a run over its packet-hops; None where nothing can count them."""
    with tempfile.TemporaryDirectory() as folder:
        counts = [_count(Path(folder), k, packets, what) for what in ("run", "build")]
    if counts[0] is None or counts[1] is None:
        return None
    return (counts[0] - counts[1]) / packet_hops


def _count(folder: Path, k: int, packets: int, what: str) -> int | None:
    child = [sys.executable, __file__, str(k), str(packets), what]
    env = os.environ | {"PYTHONHASHSEED": "0"}
    if os.environ.get("PYFABRIC_CALLGRIND") == "1":
        out = f"--callgrind-out-file={folder / 'callgrind'}"
        command = ["valgrind", "--tool=callgrind", out, *child]
        pattern = r"Collected : (\d+)"
    elif shutil.which("perf"):
        command = ["perf", "stat", "-e", "instructions:u", "-x", ",", *child]
        pattern = r"^(\d+),,instructions:u"
    else:
        return None
    done = subprocess.run(command, env=env, stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(pattern, done.stderr, re.M)
    return int(found[1]) if done.returncode == 0 and found else None


if __name__ == "__main__":
    run(
        fat_tree.plan(int(sys.argv[1]), int(sys.argv[2])),
        max_wall_seconds=None if sys.argv[3] == "run" else 0,
    )
