"""Seeded Poisson traffic as a flow file of the ns-3 RDMA simulators; host i is node i."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyfabric.cli.outcome import write_output
from pyfabric.errors import ScenarioError
from pyfabric.scenario.scenario import MAX_SEED
from pyfabric.spec import Faults
from pyfabric.workload import poisson

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


def generate(wanted: FlowFile) -> list[str]:
    """The lines of the file with their ends. ScenarioError for bad input."""
    import numpy as np

    from pyfabric.io.ns3.flows import flow_lines
    from pyfabric.workload.arrays import WorkloadContext

    faults = Faults("flows")
    faults.integer("hosts", wanted.hosts, 2, 2**20)
    faults.integer("seed", wanted.seed, 0, MAX_SEED)
    faults.integer("priority", wanted.priority, 1, 7)  # group 0 is for control frames
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
    return list(flow_lines(flows, priority=wanted.priority, dport=wanted.port))


def write_flow_file(wanted: FlowFile, output: Path | None) -> int:
    """Write the file, or to standard output; returns the exit code."""
    lines = generate(wanted)
    if output is None:
        sys.stdout.writelines(lines)
    else:
        write_output(output, "".join(lines))
        print(f"{len(lines) - 1} flows in {output}")
    return 0
