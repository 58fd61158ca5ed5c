"""``pyfabric verify``: can this fabric lose a packet or lock up? Before any run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyfabric.cli.outcome import DONE, NOT_LOSSLESS, printable


def verify(
    file: Annotated[Path, typer.Argument(help="Scenario file (YAML).")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a setting, such as a fix. Repeatable."),
    ] = None,
    all_pairs: Annotated[
        bool, typer.Option("--all-pairs", help="Judge routes between all hosts.")
    ] = False,
    no_failures: Annotated[
        bool, typer.Option("--no-failures", help="Leave out the failures of single links.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Find what makes a fabric lossy or lock up, with the fix; exit with 3 when there is any."""
    from pyfabric.cli.runs import load_scenario
    from pyfabric.verification import verify as judge

    scenario = load_scenario(file, changes or [], None)
    report = judge(scenario, all_pairs=all_pairs, failures=not no_failures)
    print(report.to_json() if as_json else printable(str(report)))
    return DONE if report else NOT_LOSSLESS
