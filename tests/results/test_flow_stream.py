"""Flows streamed to a file: the rows of the table of flows, in the order of closing, whatever the
threads and slices; nothing written is lost when the process is killed.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.cli import main
from pyfabric.engine import Progress, runner
from pyfabric.results.flow_stream import COLUMNS, OWN

ROOT = Path(pf.__file__).resolve().parents[1]


def mixed(**settings: object) -> pf.Scenario:
    """Writes and reads over a damaged link, on which some fail, several on one queue pair."""
    links = [(f"host{i}", f"switch{i // 3}", "100Gbps", "1us", 0.2 * (i == 4)) for i in range(6)]
    links += [("switch0", "switch1", "100Gbps", "1us", 0.0)]
    topology = pf.Topology.from_edges(6, 2, links)
    return pf.Scenario(
        topology=topology,
        workload=pf.all_to_all("20kB", qp="per_pair", name="all, to all")
        + pf.permutation("30kB", op="read", name="read")
        + pf.incast("host0", size="60kB", name="incast")
        + pf.poisson(0.2, "9kB", "300us", name="chatter"),
        nic=pf.Nic(rto="100us", retries=1),
        seed=3,
    ).replace(settings)


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def rows_of(result: pf.Result) -> list[dict[str, Any]]:
    """Rows of the table of flows that are closed, in plan order, nulls as None."""
    flows = result.flows
    null = {name: flows.null(name) for name in flows.columns}
    return [
        {name: None if null[name][i] else value for name, value in flows.row(i).items()}
        | {"flow": i}
        for i in range(len(flows))
        if flows["status"][i] in ("finished", "failed")
    ]


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_those_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "finished.csv"
    result = pf.simulate(mixed(), stream_flows=path)
    assert len(result.flows) > 40  # the table is there as ever
    assert {"finished", "failed"} == set(result.flows["status"])
    rows = read_csv(path)
    assert tuple(rows[0]) == COLUMNS
    wanted = {row["flow"]: row for row in rows_of(result)}
    assert sorted(int(row["flow"]) for row in rows) == sorted(wanted)
    shared = [name for name in COLUMNS if name not in OWN]
    for row in rows:
        full = wanted[int(row["flow"])]
        late = full["status"] == "failed" and row["fct_ps"] == ""  # what came after it failed
        for name in shared:
            if not (late and name in ("fct_ps", "slowdown", "finished")):
                assert row[name] == text_of(full[name]), name
        if full["status"] == "finished":
            closed = full["start_ps"] + full["sender_fct_ps"]
            assert int(row["closed_ps"]) == closed >= full["start_ps"] + full["fct_ps"]
    keys = [(int(row["closed_ps"]), int(row["flow"])) for row in rows]
    assert keys == sorted(keys)


def test_json_lines_hold_the_same(tmp_path: Path) -> None:
    pf.simulate(mixed(), stream_flows=tmp_path / "a.csv")
    pf.simulate(mixed(), stream_flows=str(tmp_path / "a.jsonl"))
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [{name: text_of(value) for name, value in row.items()} for row in rows] == read_csv(
        tmp_path / "a.csv"
    )


@pytest.mark.parametrize("slices", [runner.SLICE_SECONDS, 1e-9])
def test_the_file_is_the_same_for_threads_and_slices(
    slices: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "first.csv"
    pf.simulate(mixed(), stream_flows=first)
    monkeypatch.setattr(runner, "SLICE_SECONDS", slices)
    for threads in (1, 2, 3, 8):
        path = tmp_path / f"{threads}.csv"
        pf.simulate(mixed(), stream_flows=path, threads=threads)
        assert path.read_bytes() == first.read_bytes()


def test_streaming_changes_no_result(tmp_path: Path) -> None:
    bare = pf.simulate(mixed())
    streamed = pf.simulate(mixed(), stream_flows=tmp_path / "a.csv")
    assert (streamed.fingerprint, streamed.tables) == (bare.fingerprint, bare.tables)


def test_rows_are_in_the_file_while_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    monkeypatch.setattr(runner, "SLICE_SECONDS", 1e-9)
    seen: list[int] = []

    def look(progress: Progress) -> None:
        rows = len(path.read_bytes().splitlines()) - 1
        assert rows == progress.flows - progress.open_flows
        seen.append(rows)

    pf.simulate(mixed(), stream_flows=path, progress=look)
    assert len(set(seen)) > 2


def test_an_interrupted_run_has_all_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interrupt comes in the middle of a batch: after its bytes, before it is known."""
    from pyfabric.results import flow_stream

    monkeypatch.setattr(runner, "SLICE_SECONDS", 1e-9)
    path, write, calls = tmp_path / "a.csv", os.pwrite, []

    def interrupted(file: int, text: Any, offset: int) -> int:
        count = write(file, text, offset)
        calls.append(offset)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return count

    monkeypatch.setattr(flow_stream.os, "pwrite", interrupted)
    result = pf.simulate(mixed(), stream_flows=path)
    assert result.stop_reason == "interrupted"
    assert calls[3] == calls[2]
    rows = [int(row["flow"]) for row in read_csv(path)]
    assert sorted(rows) == [row["flow"] for row in rows_of(result)]


KILLED = """
import os, signal, sys
import pyfabric as pf
from pyfabric.engine import runner
runner.SLICE_SECONDS = 1e-9
scenario = pf.Scenario(pf.star(4), pf.permutation("10kB") + pf.permutation("1TB"))
def die(progress):
    if progress.flows - progress.open_flows >= 4:
        os.kill(os.getpid(), signal.SIGKILL)
pf.simulate(scenario, stream_flows="finished.csv", progress=die, max_wall=300, threads=2)
"""


def test_a_killed_run_keeps_what_was_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    rows = read_csv(tmp_path / "finished.csv")
    assert sorted(int(row["flow"]) for row in rows) == [0, 1, 2, 3]
    assert {row["size_bytes"] for row in rows} == {"10000"}
    assert all(row["finished"] == "true" for row in rows)


def test_a_run_that_fails_keeps_what_was_before(tmp_path: Path) -> None:
    """The same rows for any number of threads, all before the fault."""
    late = pf.flows([pf.Flow("host1", "host5", "1kB", "40us", qp="fresh")])
    plan = pf.compile_plan(mixed(workload=mixed().workload + late))
    columns = dict(plan.columns)
    parameters = np.concatenate([columns["cc_parameters"]] * 2)
    parameters.reshape(2, -1)[1, 1] = 0  # no alpha timer: DCQCN refuses to begin
    columns["cc_parameters"] = parameters
    columns["cc_algorithm"] = np.concatenate([columns["cc_algorithm"]] * 2)
    columns["qp_cc"] = columns["qp_cc"].copy()
    columns["qp_cc"][columns["flow_qp"][-1]] = 1
    broken = pf.Plan(**{**vars(plan), "columns": columns})
    texts = []
    for threads in (1, 2, 4):
        path = tmp_path / f"{threads}.csv"
        with pytest.raises(pf.EngineError) as caught:
            pf.simulate(broken, stream_flows=path, threads=threads)
        assert caught.value.time_ps is not None
        rows = read_csv(path)
        assert len(rows) > 10
        assert all(int(row["closed_ps"]) < caught.value.time_ps for row in rows)
        texts.append(path.read_text())
    assert texts[0] == texts[1] == texts[2]


def test_what_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "full.csv").write_text("mine\n")
    (tmp_path / "dir.csv").mkdir()
    cases: dict[object, str] = {
        7: "stream_flows: must be a path, got 7",
        "a.parquet": "stream_flows: must be a file that ends in .csv or .jsonl, got 'a.parquet'",
        tmp_path / "none" / "a.csv": f"there is no directory {tmp_path / 'none'}",
        tmp_path / "full.csv": "is not empty; choose another file or remove it",
        tmp_path / "full.csv" / "a.csv": "cannot be written",
        tmp_path / "dir.csv": "is a directory",
        "a\0.csv": "with a NUL in it",
    }
    for given, message in cases.items():
        with pytest.raises(pf.ScenarioError) as caught:
            pf.simulate(mixed(), stream_flows=given)  # type: ignore[arg-type]
        assert message in str(caught.value)
    assert (tmp_path / "full.csv").read_text() == "mine\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission_is_told_before_the_run(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(pf.ScenarioError, match="Permission denied"):
        pf.simulate(mixed(), stream_flows=tmp_path / "a.csv")


def test_a_full_disk_ends_the_run() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    from pyfabric.results.flow_stream import FlowStream, StreamTarget

    plan = pf.compile_plan(mixed())
    with (
        FlowStream(StreamTarget(_Full("/dev/full")), plan) as stream,
        pytest.raises(pf.PyfabricError, match="/dev/full cannot be written: No space left"),
    ):
        stream.begin()


def test_a_refused_run_leaves_the_file_alone(tmp_path: Path) -> None:
    from pyfabric.results.flow_stream import StreamTarget

    path = tmp_path / "finished.csv"
    path.write_text("of an earlier run\n")
    with pytest.raises(pf.EngineError, match="max_memory"):
        pf.simulate(mixed(), stream_flows=StreamTarget(path, overwrite=True), max_memory=1)
    assert path.read_text() == "of an earlier run\n"
    pf.simulate(mixed(), stream_flows=StreamTarget(path, overwrite=True), max_wall=0)
    (header,) = path.read_text().splitlines()
    assert header.startswith("flow,closed_ps,")


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    with pytest.raises(pf.ScenarioError, match="must be a regular file"):
        pf.simulate(mixed(), stream_flows=path)


class _Full(type(Path())):  # type: ignore[misc]
    suffix = ".csv"


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, path = tmp_path / "mixed.yaml", tmp_path / "out" / "finished.csv"
    mixed().save(file)
    plan = tmp_path / "plan.npz"
    run = ["run", str(file), "-o", str(tmp_path / "out"), "--stream-flows", str(path)]
    assert main([*run, "--save-plan", str(plan)]) == 0
    first = path.read_text()
    assert len(read_csv(path)) == len(rows_of(pf.simulate(mixed())))
    assert (tmp_path / "out" / "manifest.json").exists()
    again = ["replay", str(plan), "--stream-flows", str(path)]
    assert main(again) == 2
    assert "is not empty; choose another file or allow it with --overwrite" in (
        capsys.readouterr().err
    )
    path.write_text(first * 2)
    assert main([*again, "--overwrite", "--threads", "2"]) == 0
    assert path.read_text() == first
    assert main(["run", str(file), "--stream-flows", str(tmp_path / "a.txt")]) == 2
    assert "must be a file that ends in .csv or .jsonl" in capsys.readouterr().err
