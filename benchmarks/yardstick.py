"""Builds and runs ``node_major.cc``: the speed that engines are compared with."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from fat_tree import PACKETS

SOURCE: Final = Path(__file__).with_name("node_major.cc")


def build(folder: Path, compiler: str = "g++") -> Path:
    """The yardstick's program, compiled into ``folder``; CalledProcessError when that fails."""
    program = folder / "node_major"
    subprocess.run([compiler, "-O3", "-march=native", "-o", program, SOURCE], check=True)
    return program


def values(program: Path, k: int, packets: int = PACKETS) -> dict[str, str]:
    """What one run of it printed, by name."""
    done = subprocess.run(
        [program, str(k), str(packets)], stdout=subprocess.PIPE, text=True, check=True
    )
    return dict(word.split("=") for word in done.stdout.split())


def packet_hops_per_cpu_second(program: Path, k: int, packets: int = PACKETS) -> float:
    """Speed of one run of it."""
    return float(values(program, k, packets)["packet_hops_per_cpu_s"])
