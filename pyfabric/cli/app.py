"""The commands and their options; each does its work in a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyfabric.cli.compare import compare
from pyfabric.cli.explain import explain
from pyfabric.cli.headroom import headroom
from pyfabric.cli.outcome import DONE, command, exit_code
from pyfabric.cli.verify import verify
from pyfabric.cli.watch import log_to_stderr

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Packet-level emulator of lossless RoCEv2 fabrics.",
    epilog="Exit codes: 0 done, 1 run failed, 2 bad input, 3 not lossless, 130 interrupted.",
)

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Directory for tables, summary, scenario.")
]
Overwrite = Annotated[bool, typer.Option(help="Write into a directory that is not empty.")]
MaxWall = Annotated[
    str | None, typer.Option(help="Stop after this much wall time: seconds, or such as 90s.")
]
Record = Annotated[
    list[str] | None,
    typer.Option(help="Record queues, queues=10us, cc, cc=10us, or trace. Repeatable."),
]
Plots = Annotated[Path | None, typer.Option(help="Directory for figures of what was recorded.")]
PlotFormat = Annotated[str, typer.Option(help="Of figures: png, svg, pdf.")]
Until = Annotated[str | None, typer.Option(help="Stop at this simulated time, such as 2ms.")]
Threads = Annotated[int, typer.Option(help="How many share the work; the result is the same.")]
MaxMemory = Annotated[
    str | None,
    typer.Option(help="Bound of the engine's state, such as 6GiB; default: 80 % of RAM."),
]
StreamFlows = Annotated[
    Path | None, typer.Option(help="Append flows as they finish or fail: a .csv or .jsonl file.")
]
Explain = Annotated[
    bool,
    typer.Option("--explain", help="Also say why: congestion points, victims, drops, margins."),
]
AssertLossless = Annotated[bool, typer.Option(help="Exit with 3 unless the run was lossless.")]


def _version(wanted: bool) -> None:
    if wanted:
        import pyfabric

        typer.echo(f"pyfabric {pyfabric.__version__}")
        raise typer.Exit(DONE)


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    log_to_stderr()


@app.command()
@command
def demo(threads: Threads = 1) -> int:
    """Incast plus background on 64 GPUs: DCQCN beside PFC alone."""
    from pyfabric.cli.demo import run_demo

    return run_demo(threads)


@app.command()
@command
def run(
    file: Annotated[Path, typer.Argument(help="Scenario file (YAML).")],
    output: Output = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a setting: switch.ecn.kmin=400kB. Repeatable."),
    ] = None,
    assert_lossless: AssertLossless = False,
    max_wall: MaxWall = None,
    until: Until = None,
    seed: Annotated[int | None, typer.Option(help="Seed instead of the scenario's.")] = None,
    record: Record = None,
    plots: Plots = None,
    plot_format: PlotFormat = "png",
    stream_flows: StreamFlows = None,
    threads: Threads = 1,
    max_memory: MaxMemory = None,
    save_plan: Annotated[
        Path | None, typer.Option(help="Also write the compiled plan, for `pyfabric replay`.")
    ] = None,
    overwrite: Overwrite = False,
    explained: Explain = False,
) -> int:
    """Run a scenario file and print its result."""
    from pyfabric.cli.runs import load_scenario, parse_records, run_and_report

    scenario = load_scenario(file, changes or [], seed)
    result = run_and_report(
        scenario,
        output,
        overwrite=overwrite,
        max_wall=max_wall,
        until=until,
        record=parse_records(record or []),
        plots=plots,
        plot_format=plot_format,
        threads=threads,
        max_memory=max_memory,
        stream_flows=stream_flows,
        verdict=assert_lossless,
        explained=explained,
        save_plan=save_plan,
    )
    return exit_code(result, assert_lossless=assert_lossless)


@app.command()
@command
def replay(
    file: Annotated[Path, typer.Argument(help="Plan file, from `pyfabric run --save-plan`.")],
    output: Output = None,
    assert_lossless: AssertLossless = False,
    max_wall: MaxWall = None,
    until: Until = None,
    record: Record = None,
    plots: Plots = None,
    plot_format: PlotFormat = "png",
    stream_flows: StreamFlows = None,
    threads: Threads = 1,
    max_memory: MaxMemory = None,
    overwrite: Overwrite = False,
) -> int:
    """Run a saved plan again: the same bits as the first time."""
    from pyfabric.cli.runs import parse_records, run_and_report
    from pyfabric.compile import Plan

    result = run_and_report(
        Plan.load(file),
        output,
        overwrite=overwrite,
        max_wall=max_wall,
        until=until,
        record=parse_records(record or []),
        plots=plots,
        plot_format=plot_format,
        threads=threads,
        max_memory=max_memory,
        stream_flows=stream_flows,
        verdict=assert_lossless,
    )
    return exit_code(result, assert_lossless=assert_lossless)


@app.command()
@command
def schema() -> int:
    """Print the JSON Schema of scenario files."""
    import json

    from pyfabric.scenario.schema import scenario_schema

    print(json.dumps(scenario_schema(), indent=2))
    return DONE


app.command()(command(compare))
app.command()(command(explain))
app.command()(command(headroom))
app.command()(command(verify))


@app.command()
@command
def flows(
    hosts: Annotated[int, typer.Option(help="Number of hosts.")],
    rate: Annotated[str, typer.Option(help="Rate of each host's link, such as 100Gbps.")],
    load: Annotated[str, typer.Option(help="Offered load of each link, above 0 to 1.")],
    duration: Annotated[str, typer.Option(help="Time span of the arrivals, such as 5ms.")],
    sizes: Annotated[
        str, typer.Option(help="websearch, fb_hadoop, ali_storage, a CDF file, or a fixed size.")
    ] = "websearch",
    seed: Annotated[int, typer.Option(help="Seed of the arrivals.")] = 1,
    start: Annotated[str, typer.Option(help="Time of the first arrivals, such as 2s.")] = "2s",
    priority: Annotated[int, typer.Option(help="Priority group written for each flow.")] = 3,
    port: Annotated[int, typer.Option(help="Destination port written for each flow.")] = 100,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File; default: standard output.")
    ] = None,
) -> int:
    """Generate Poisson traffic as a flow file of the ns-3 RDMA simulators."""
    from pyfabric.cli.flow_files import FlowFile, write_flow_file

    wanted = FlowFile(hosts, rate, load, sizes, duration, start, seed, priority, port)
    return write_flow_file(wanted, output)


@app.command()
@command
def ns3(
    config: Annotated[Path, typer.Argument(help="Configuration file of the HPCC simulator.")],
    output: Output = None,
    model: Annotated[
        str,
        typer.Option(help="pyfabric: its own model; ns3: that simulator's arithmetic and ties."),
    ] = "pyfabric",
    assert_lossless: AssertLossless = False,
    max_wall: MaxWall = None,
    threads: Threads = 1,
    max_memory: MaxMemory = None,
    overwrite: Overwrite = False,
) -> int:
    """Run an experiment of the HPCC ns-3 simulator, in pyfabric's own model or by its rules."""
    from pyfabric.cli.ns3_runs import run_experiment

    result = run_experiment(
        config,
        output,
        overwrite=overwrite,
        max_wall=max_wall,
        threads=threads,
        max_memory=max_memory,
        verdict=assert_lossless,
        model=model,
    )
    return exit_code(result, assert_lossless=assert_lossless)


@app.command()
@command
def bench(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Measure this case; see --list. Repeatable.")
    ] = None,
    rounds: Annotated[int | None, typer.Option(help="Rounds, of which medians are shown.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small cases, short, one round: a first impression.")
    ] = False,
    scale: Annotated[
        bool, typer.Option("--scale", help="The large ones: minutes, gigabytes, one round.")
    ] = False,
    threads: Annotated[
        str | None, typer.Option(help="Numbers of threads to compare, such as 1,2.")
    ] = None,
    k: Annotated[
        int | None, typer.Option("--k", help="Instead: a permutation on a fat tree of this K.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Simulated time of --k, such as 5ms (2ms).")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Name the cases and end.")] = False,
) -> int:
    """Measure the engine beside a yardstick: ten cases with PFC, ECN and DCQCN or HPCC."""
    from pyfabric.bench import jobs
    from pyfabric.cli.bench import list_cases, run_bench

    if listed:
        return list_cases(as_json=json)
    wanted = jobs(
        only or (), rounds=rounds, threads=threads, quick=quick, scale=scale, k=k, until=until
    )
    return run_bench(wanted, as_json=json)
