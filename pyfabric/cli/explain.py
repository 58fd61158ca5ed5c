"""``pyfabric explain``: what happened in a saved run, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyfabric.cli.outcome import DONE


def explain(
    result: Annotated[Path, typer.Argument(help="Directory of a result, from `run -o`.")],
    plan: Annotated[
        Path | None,
        typer.Option(help="Plan file of the run, if the result was saved without a scenario."),
    ] = None,
    counters: Annotated[
        str | None,
        typer.Option(help="Instead: counters that are not 0, by the names of ethtool or sonic."),
    ] = None,
) -> int:
    """Trace the pauses of a saved result to their causes; victims, drops, margins."""
    from pyfabric.compile import Plan
    from pyfabric.results import load

    loaded = load(result)
    if counters is None:
        print(loaded.explain(None if plan is None else Plan.load(plan)))
        return DONE
    table = loaded.counters(counters)
    for row in map(table.row, range(len(table))):
        if row["value"]:
            print(f"{row['port_name'] or row['node_name']}  {row['counter']}  {row['value']}")
    return DONE
