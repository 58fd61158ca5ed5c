"""``--threads``: every command that runs something takes it, and no result knows of it."""

from __future__ import annotations

import csv
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from ns3_files import write_files
from result_tools import incast_scenario
from study_tools import small_incast

import pyfabric as pf
from pyfabric.cli import main
from pyfabric.engine.memory import memory_of_the_machine
from pyfabric.results import load
from pyfabric.study import executors
from pyfabric.study.runs import Job


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "incast.yaml"
    incast_scenario().save(path)
    return path


def test_run_and_replay(file: Path, tmp_path: Path) -> None:
    plan = str(tmp_path / "plan.npz")
    assert main(["run", str(file), "-o", str(tmp_path / "one"), "--save-plan", plan]) == 0
    assert main(["run", str(file), "-o", str(tmp_path / "two"), "--threads", "2"]) == 0
    assert main(["replay", plan, "-o", str(tmp_path / "three"), "--threads", "3"]) == 0
    one, two, three = (load(tmp_path / name) for name in ("one", "two", "three"))
    assert [result.stats["threads"] for result in (one, two, three)] == [1, 2, 3]
    for other in (two, three):
        assert other.fingerprint == one.fingerprint
        assert other.tables == one.tables


def test_ns3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write_files(tmp_path)
    monkeypatch.chdir(tmp_path)  # the files it names are relative to there
    for threads in ("1", "3"):
        assert main(["ns3", str(config), "-o", str(tmp_path / threads), "--threads", threads]) == 0
    one, three = load(tmp_path / "1"), load(tmp_path / "3")
    assert three.stats["threads"] == 3
    assert (one.fingerprint, one.tables) == (three.fingerprint, three.tables)


def test_the_rules_of_ns3_have_one_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["ns3", str(config), "--model", "ns3", "--threads", "2"]) == 2
    assert "threads: must be 1, got 2: the rules of ns-3" in capsys.readouterr().err


def test_demo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from pyfabric.cli import demo

    monkeypatch.setattr(demo, "scenario", incast_scenario)
    told = []
    for threads in ("1", "2"):
        assert main(["demo", "--threads", threads]) == 0
        told.append(capsys.readouterr().out.rpartition(" in ")[0])  # CPU time comes last
    assert told[0] == told[1] != ""


def test_compare(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    small_incast().save(scenario)
    rows = []
    for threads in ("1", "2"):
        out = tmp_path / threads
        options = ["--cc", "dcqcn,none", "--seeds", "0:2", "--threads", threads, "-o", str(out)]
        assert main(["compare", str(scenario), *options]) == 0
        with (out / "runs.csv").open() as text:
            rows.append([{**row, "cpu_seconds": ""} for row in csv.DictReader(text)])
    assert rows[0] == rows[1]
    assert len(rows[0]) == 4


@pytest.mark.parametrize("threads", ["0", "257"])
@pytest.mark.parametrize("command", ["run", "replay", "compare"])
def test_a_bad_number_is_refused(
    command: str, threads: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if command == "replay":
        plan = tmp_path / "plan.npz"
        pf.compile_plan(incast_scenario()).save(plan)
        file = plan
    assert main([command, str(file), "--threads", threads]) == 2
    err = capsys.readouterr().err
    assert "threads: must be" in err
    assert err.rstrip().endswith(f"got {threads}")


@pytest.mark.parametrize(("threads", "at_once"), [(1, 6), (2, 3), (4, 1), (9, 1)])
def test_a_study_does_not_need_more_cores_than_there_are(
    threads: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of six cores each run takes as many as it has threads."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    pools: list[int] = []

    class Pool(executors.ThreadPoolExecutor):
        def __init__(self, count: int, **options: Any) -> None:
            pools.append(count)
            super().__init__(count, **options)

    seen: list[int] = []
    shares: set[int] = set()
    lock = threading.Lock()

    def run_job(job: Job, stopped: object, max_memory: int) -> executors.Outcome:
        with lock:
            seen.append(job.threads)
            shares.add(max_memory)
        return executors.Outcome(job.variant, job.seed, error=pf.PyfabricError("not run"))

    monkeypatch.setattr(executors, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(executors, "run_job", run_job)
    with pytest.raises(pf.PyfabricError):
        pf.compare(small_incast(), {"as it is": {}}, seeds=range(8), threads=threads)
    assert pools == [at_once]
    assert shares == {memory_of_the_machine(at_once)}
    assert seen == [threads] * 8
