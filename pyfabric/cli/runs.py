"""Loading scenarios, applying changes, running, reporting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfabric.api import simulate
from pyfabric.cli.outcome import PERMIT
from pyfabric.cli.watch import watch
from pyfabric.compile import Plan, compile_scenario
from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.results.flow_stream import StreamTarget
from pyfabric.results.storage import claim
from pyfabric.scenario import Scenario
from pyfabric.scenario.yaml_reader import read_value

if TYPE_CHECKING:
    from pyfabric.results import Result


def load_scenario(file: Path, changes: Sequence[str], seed: int | None) -> Scenario:
    """The scenario of a file with ``path=value`` changes and another seed applied."""
    scenario = Scenario.load(file)
    wanted = parse_changes(changes)
    if seed is not None:
        wanted["seed"] = seed
    return scenario.replace(wanted) if wanted else scenario


def parse_changes(changes: Sequence[str]) -> dict[str, Any]:
    """``["switch.ecn.kmin=400kB"]`` as paths and values; values are read as in a scenario file."""
    parsed: dict[str, Any] = {}
    for change in changes:
        path, text = _split(change)
        if not text or not path:
            message = f"must be path=value, such as switch.ecn.kmin=400kB, got {shorten(change)}"
            raise ScenarioError(Fault("--set", message))
        if path in parsed:
            raise ScenarioError(Fault(f"--set {path}", "is set twice"))
        parsed[path] = read_value(text[1:], f"--set {path}")
    return parsed


def _split(change: str) -> tuple[str, str]:
    """Path, and the value with its equals sign: the first one outside of quotes in the path."""
    quote = ""
    for index, letter in enumerate(change):
        if quote:
            quote = "" if letter == quote and change[index + 1 : index + 2] == "]" else quote
        elif letter in "'\"" and change[index - 1 : index] == "[":
            quote = letter
        elif letter == "=":
            return change[:index], change[index:]
    return change, ""


def parse_records(records: Sequence[str]) -> dict[str, Any]:
    """``["queues=10us", "trace"]`` as ``simulate(record=)`` takes it."""
    pairs = (record.partition("=") for record in records)
    return {name: text if equals else True for name, equals, text in pairs}


def run_and_report(
    scenario: Scenario | Plan,
    output: Path | None,
    *,
    overwrite: bool = False,
    max_wall: str | None = None,
    until: str | None = None,
    record: Mapping[str, Any] | None = None,
    plots: Path | None = None,
    plot_format: str = "png",
    threads: int = 1,
    max_memory: str | None = None,
    stream_flows: Path | None = None,
    verdict: bool = False,
    explained: bool = False,
    also: Callable[[Result, Path], None] | None = None,
    save_plan: Path | None = None,
) -> Result:
    """Run, print the summary (with ``verdict`` the whole story of a loss, ``explained``
    causes), save into ``output``.

    A directory that may not be written into is refused before the run. ``also`` writes further
    files there, before the manifest. ``save_plan``: where the plan of the run goes, before the run.
    """
    check_figures(plots, plot_format)
    if output is not None:
        claim(output, overwrite=overwrite, permit=PERMIT)
    if save_plan is not None and isinstance(scenario, Scenario):
        scenario = scenario if until is None else scenario.replace(until=until)
        compile_scenario(scenario).save(save_plan)
    stream = None if stream_flows is None else StreamTarget(stream_flows, overwrite, PERMIT)
    with watch() as progress:
        result = simulate(
            scenario,
            threads=threads,
            until=until,
            max_wall=wall_time(max_wall),
            progress=progress,
            record=record or {},
            stream_flows=stream,
            max_memory=max_memory,
        )
    print(result)
    if verdict and not (report := result.lossless()):
        print(f"\n{report}")
    if explained:
        print(f"\n{result.explain(scenario if isinstance(scenario, Plan) else None)}")
    if plots is not None:
        written = result.plot(plots, format=plot_format)
        print(f"Figures in {plots}: {', '.join(path.name for path in written)}")
    if output is not None:
        if also is not None:
            also(result, output)
        result.save(output, overwrite=True)
        print(f"Saved in         {output}")
    return result


def wall_time(text: str | None) -> float | str | None:
    """``--max-wall``: a plain number means seconds."""
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def check_figures(plots: Path | None, plot_format: str) -> None:
    """Tell before any run that there will be no figures."""
    from pyfabric.errors import Fault, ScenarioError, optional_package
    from pyfabric.reports.figures import check_format

    check_format(plot_format)
    if plots is not None:
        optional_package("matplotlib", "--plots", "plots")
        if plots.exists() and not plots.is_dir():
            raise ScenarioError(Fault("--plots", f"{plots} is a file; name a directory"))
