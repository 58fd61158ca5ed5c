"""``pyfabric compare``: variants of a scenario over seeds, from one file."""

from __future__ import annotations

import csv
import io
import logging
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pyfabric.cli.outcome import DONE, INTERRUPTED, PERMIT, RUN_FAILED, printable, write_output

if TYPE_CHECKING:
    from pyfabric.results import Table
    from pyfabric.scenario import Scenario
    from pyfabric.study import Comparison, StudyProgress

LOG_SECONDS: Final = 10.0

Workers = Annotated[
    int | None,
    typer.Option(help="Runs at the same time; default: one per core, or per --threads cores."),
]
Threads = Annotated[int, typer.Option(help="How many share the work of each run.")]


def compare(
    file: Annotated[
        Path, typer.Argument(help="Scenario file, also with variants: and seeds: (YAML).")
    ],
    cc: Annotated[
        str | None,
        typer.Option(
            help="Congestion controls as the variants: dcqcn,none,window, or module:attribute."
        ),
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="Seeds: 0:3 or 1,2,5.")] = None,
    workers: Workers = None,
    threads: Threads = 1,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Directory for tables and text.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change all variants: switch.buffer=16MB. Repeatable."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option(help="Write into a directory that is not empty.")
    ] = False,
) -> int:
    """Compare the variants of a file, or congestion controls, over the same traffic."""
    from pyfabric.cli.runs import parse_changes
    from pyfabric.results.storage import claim
    from pyfabric.study import StudyError, load_comparison
    from pyfabric.study import compare as run_all
    from pyfabric.study.files import parse_seeds

    wanted = load_comparison(file)
    edits = parse_changes(changes or [])
    scenario = wanted.scenario.replace(edits) if edits else wanted.scenario
    variants = wanted.variants
    if cc is not None or variants is None:
        variants = control_variants(scenario, cc)
    chosen: Any = wanted.seeds if seeds is None else parse_seeds(seeds)
    if output is not None:
        claim(output, overwrite=overwrite, permit=PERMIT)
    failure = None
    with _watch() as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the text has them
        try:
            comparison = run_all(
                scenario,
                variants,
                seeds=chosen,
                workers=workers,
                threads=threads,
                progress=progress,
            )
        except StudyError as error:
            comparison, failure = error.comparison, error
    print(printable(str(comparison)))
    if output is not None:
        save(comparison, scenario, output)
        print(f"Saved in {output}")
    if failure is not None:
        return RUN_FAILED
    return INTERRUPTED if comparison.interrupted else DONE


def control_variants(scenario: Scenario, names: str | None) -> dict[str, Any]:
    """Variants of congestion controls by name (None: all), the scenario's own with its settings."""
    from pyfabric.cc import ALGORITHMS, by_name
    from pyfabric.errors import Fault, ScenarioError

    listed = list(dict.fromkeys(kind.name for kind in ALGORITHMS.values()))
    if names is not None:
        listed = [name.strip() for name in names.split(",")]
    faults, variants = [], dict[str, Any]()
    for name in listed:
        if name in variants:
            faults.append(Fault("--cc", f"{name!r} is named twice"))
            continue
        try:
            control = by_name(name)
        except ScenarioError as error:
            faults += error.under("--cc").faults
            continue
        own = scenario.congestion_control
        variants[name] = own if control.title == own.title else control
    if faults:
        raise ScenarioError(faults)
    return variants


def save(comparison: Comparison, base: Scenario, directory: Path) -> None:
    """Write ``runs.csv``, ``summary.csv``, ``comparison.txt`` and the base as ``scenario.yaml``."""
    texts = {
        "runs.csv": _csv(comparison.runs),
        "summary.csv": _csv(comparison.summary),
        "comparison.txt": f"{comparison}\n",
    }
    for name, text in texts.items():
        write_output(directory / name, text)
    base.save(directory / "scenario.yaml")


def _csv(table: Table) -> str:
    """A table as CSV; what has no value is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    rows: Sequence[dict[str, Any]] = [table.row(index) for index in range(len(table))]
    for row in rows:
        writer.writerow(["" if value != value else value for value in row.values()])
    return text.getvalue()


@contextmanager
def _watch() -> Iterator[Callable[[StudyProgress], None]]:
    """Progress: a live line on a terminal, else a log line every ten seconds."""
    if not sys.stderr.isatty():
        yield _logged()
        return
    from rich.console import Console
    from rich.status import Status

    with Status("running", console=Console(stderr=True)) as status:
        yield lambda progress: status.update(_line(progress))


def _logged() -> Callable[[StudyProgress], None]:
    due = LOG_SECONDS

    def report(progress: StudyProgress) -> None:
        nonlocal due
        if progress.wall_seconds >= due:
            due = (progress.wall_seconds // LOG_SECONDS + 1) * LOG_SECONDS
            logging.getLogger("pyfabric.study").info("%s", _line(progress))

    return report


def _line(progress: StudyProgress) -> str:
    return (
        f"{progress.done} of {progress.runs} runs done, last: {progress.variant}, seed "
        f"{progress.seed}; {progress.wall_seconds:.0f} s"
    )
