"""``pyfabric compare``: variants of a scenario over seeds, from one file."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from pyfabric.cli.outcome import DONE, INTERRUPTED, RUN_FAILED, printable

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario
    from pyfabric.study import Comparison, StudyProgress

LOG_SECONDS: Final = 10.0
#: How often --plots records queues, unless --record says otherwise.
PLOT_SAMPLE: Final = "10us"

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
            help="Congestion controls as the variants: all, or dcqcn:hpcc,none,module:attribute."
        ),
    ] = None,
    seeds: Annotated[str | None, typer.Option(help="Seeds: 0:3 or 1,2,5.")] = None,
    workers: Workers = None,
    threads: Threads = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Directory of the study: runs, tables, text; resumes a killed one.",
        ),
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(help="Directory for figures; queues are recorded for them.")
    ] = None,
    plot_format: Annotated[str, typer.Option(help="Of figures: png, svg, pdf.")] = "png",
    record: Annotated[
        list[str] | None, typer.Option(help="Record queues[=TIME], cc[=TIME]. Repeatable.")
    ] = None,
    warm_up: Annotated[
        str | None, typer.Option(help="Leave out flows that start before this time.")
    ] = None,
    measure_until: Annotated[
        str | None, typer.Option(help="Leave out flows that start at or after this time.")
    ] = None,
    size_bins: Annotated[
        str, typer.Option(help="decades, quantiles, websearch, fb_hadoop, or 10kB,100kB,1MB.")
    ] = "decades",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change all variants: switch.buffer=16MB. Repeatable."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option(help="Make runs of another scenario in the directory again.")
    ] = False,
) -> int:
    """Compare the variants of a file, or congestion controls, over the same traffic."""
    from pyfabric.cli.runs import check_figures, parse_changes, parse_records
    from pyfabric.study import StudyError, load_comparison
    from pyfabric.study import compare as run_all
    from pyfabric.study.controls import control_variants
    from pyfabric.study.files import parse_seeds

    check_figures(plots, plot_format)
    wanted = load_comparison(file)
    edits = parse_changes(changes or [])
    scenario = wanted.scenario.replace(edits) if edits else wanted.scenario
    variants = wanted.variants
    if cc is not None or variants is None:
        variants = control_variants(scenario, cc)
    chosen: Any = wanted.seeds if seeds is None else parse_seeds(seeds)
    records = {"queues": PLOT_SAMPLE} if plots is not None else {}
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
                record=records | parse_records(record or []),
                keep_results=False,
                directory=output,
                overwrite=overwrite,
                warm_up=warm_up,
                measure_until=measure_until,
                size_bins=[s.strip() for s in size_bins.split(",")]
                if "," in size_bins
                else size_bins,
            )
        except StudyError as error:
            comparison, failure = error.comparison, error
    _show(comparison, scenario, output)
    if plots is not None:
        written = comparison.plot(plots, format=plot_format)
        print(f"Figures in {plots}: {', '.join(path.name for path in written)}")
    if failure is not None:
        return RUN_FAILED
    return INTERRUPTED if comparison.interrupted else DONE


def _show(comparison: Comparison, base: Scenario, output: Path | None) -> None:
    from pyfabric.reports.numbers import count

    print(printable(str(comparison)))
    if output is None:
        return
    comparison.save(output)
    base.save(output / "scenario.yaml")
    there = f", {count(comparison.reused, 'run')} found there" if comparison.reused else ""
    print(f"Saved in {output}{there}")


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
