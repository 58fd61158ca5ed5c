"""Experiments of the ns-3 RDMA simulators: ``pyfabric.io.ns3`` reads and writes their files.

It offers ``load(config)``, whose result has ``scenario``, ``ignored_keys`` and
``write(result, directory)``.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfabric.cli.outcome import complain
from pyfabric.cli.runs import run_and_report
from pyfabric.results.storage import claim

if TYPE_CHECKING:
    from pyfabric.results import Result


def run_experiment(
    config: Path, output: Path | None, *, overwrite: bool = False, max_wall: str | None = None
) -> Result:
    """Run the experiment of a configuration file; ``output`` also gets its fct.txt and pfc.txt."""
    ns3: Any = importlib.import_module("pyfabric.io.ns3")
    if output is not None:
        claim(output, overwrite=overwrite)
    experiment = ns3.load(config)
    if experiment.ignored_keys:
        complain(f"ignored (no effect here): {', '.join(experiment.ignored_keys)}")
    result = run_and_report(experiment.scenario, output, overwrite=True, max_wall=max_wall)
    if output is not None:
        experiment.write(result, output)
    return result
