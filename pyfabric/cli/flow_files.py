"""Flow files of the ns-3 RDMA simulators (HPCC repository): seeded Poisson traffic as text.

The first line has the number of flows, every further one ``src dst pg dport size start``: node
numbers, priority group, destination port, bytes, seconds; in the order of their starts.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyfabric.errors import ScenarioError
from pyfabric.scenario.scenario import MAX_SEED
from pyfabric.spec import Faults
from pyfabric.workload import poisson

_NS_PS: Final = 1000
_SECOND_NS: Final = 10**9
MAX_FLOWS: Final = 10**8


@dataclass(frozen=True)
class FlowFile:
    """What to generate; quantities as they were typed."""

    hosts: int
    rate: str
    load: str
    sizes: str
    duration: str
    start: str
    seed: int = 1
    priority: int = 3
    port: int = 100


def flow_lines(wanted: FlowFile) -> list[str]:
    """The lines of the file; starts are floored to a whole ns. ScenarioError for bad input."""
    import numpy as np

    from pyfabric.workload.arrays import WorkloadContext

    faults = Faults("flows")
    faults.integer("hosts", wanted.hosts, 2, 2**20)
    faults.integer("seed", wanted.seed, 0, MAX_SEED)
    faults.integer("priority", wanted.priority, 0, 7)
    faults.integer("port", wanted.port, 0, 65535)
    rate_bps = faults.rate("rate", wanted.rate, low=10**6)
    faults.raise_all()
    try:
        workload = poisson(
            load=wanted.load, sizes=wanted.sizes, duration=wanted.duration, start=wanted.start
        )
    except ScenarioError as error:
        raise error.under("flows") from None
    names = {f"host{host}": (host, 1) for host in range(wanted.hosts)}
    rates = np.full(wanted.hosts, rate_bps, dtype=np.int64)
    context = WorkloadContext(rates, names, wanted.seed)
    expected = workload.estimate(context)
    if expected > MAX_FLOWS:
        faults.add("", f"about {expected} flows are too many for a file (allowed: {MAX_FLOWS})")
        faults.raise_all()
    flows = workload.expand(context)
    rows = zip(
        flows.src.tolist(),
        flows.dst.tolist(),
        flows.size_bytes.tolist(),
        (flows.start_ps // _NS_PS).tolist(),
        strict=True,
    )
    label = f"{wanted.priority} {wanted.port}"
    lines = [
        f"{src} {dst} {label} {size} {ns // _SECOND_NS}.{ns % _SECOND_NS:09d}"
        for src, dst, size, ns in rows
    ]
    return [str(len(lines)), *lines]


def write_flow_file(wanted: FlowFile, output: Path | None) -> int:
    """Write the file, or to standard output; returns the exit code."""
    from pyfabric.results.storage import write_text

    text = "\n".join(flow_lines(wanted)) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        write_text(output, text)
        print(f"{text.count(chr(10)) - 1} flows in {output}")
    return 0
