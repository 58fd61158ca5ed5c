"""Experiments of the ns-3 RDMA simulators: ``pyfabric.io.ns3`` reads and writes their files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyfabric.cli.outcome import PERMIT, complain
from pyfabric.cli.runs import run_and_report
from pyfabric.io import ns3
from pyfabric.results.storage import claim

if TYPE_CHECKING:
    from pyfabric.results import Result


def run_experiment(
    config: Path,
    output: Path | None,
    *,
    overwrite: bool = False,
    max_wall: str | None = None,
    threads: int = 1,
    max_memory: str | None = None,
    verdict: bool = False,
    model: str = "pyfabric",
) -> Result:
    """Run the experiment of a configuration file; ``output`` also gets its fct.txt and pfc.txt."""
    if output is not None:
        claim(output, overwrite=overwrite, permit=PERMIT)
    experiment = ns3.load(config, model=model)
    if experiment.ignored_keys:
        complain(f"ignored (no effect here): {', '.join(experiment.ignored_keys)}")
    return run_and_report(
        experiment.scenario,
        output,
        overwrite=True,
        max_wall=max_wall,
        threads=threads,
        max_memory=max_memory,
        verdict=verdict,
        also=experiment.write,
    )
