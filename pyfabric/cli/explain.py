"""``pyfabric explain``: what happened in a saved run, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pyfabric.cli.outcome import DONE, complain
from pyfabric.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from pyfabric.results import Result, Table


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

    loaded = _loaded(result, plan is not None or counters is not None)
    if counters is None:
        print(loaded.explain(None if plan is None else Plan.load(plan)))
        return DONE
    _print_counters(loaded.counters(counters))
    return DONE


def _loaded(directory: Path, needless: bool) -> Result:
    """The result, if need be without its scenario (``needless``: which nobody will miss)."""
    from pyfabric.results import load

    try:
        return load(directory)
    except ScenarioError as error:
        try:
            bare = load(directory, scenario=False)
        except ScenarioError:
            again = f"run again with `pyfabric run FILE.yaml -o {directory} --overwrite`"
            raise ScenarioError(Fault("", f"{error}; {again}")) from None
        if not needless:
            complain(f"{error}")
            complain("explained without the scenario; with --plan PLAN paths of flows are known")
        return bare


def _print_counters(table: Table) -> None:
    """Counters that are not 0: place, class, name and value in columns."""
    shown = [row for row in map(table.row, range(len(table))) if row["value"]]
    if not shown:
        print("All counters are 0.")
        return
    cells = [
        (row["port_name"] or row["node_name"], _class_text(row), row["counter"], str(row["value"]))
        for row in shown
    ]
    place, kind, name, value = (max(map(len, column)) for column in zip(*cells, strict=True))
    for cell in cells:
        print(f"{cell[0]:{place}}  {cell[1]:{kind}}  {cell[2]:{name}}  {cell[3]:>{value}}")


def _class_text(row: dict[str, Any]) -> str:
    """Which class a counter is of: priority group (ingress), queue (egress) or priority."""
    if row["priority"] < 0:
        return "-"
    for part, text in (("PRIORITY_GROUP", "PG"), ("_QUEUE_", "queue")):
        if part in row["counter"]:
            return f"{text} {row['priority']}"
    return f"priority {row['priority']}"
