"""``pyfabric bench``: what it prints, and each bad option."""

from __future__ import annotations

import dataclasses
import json

import pytest

import pyfabric as pf
from pyfabric.bench import CASES, jobs, suite, text, with_ratios
from pyfabric.bench.cases import custom_case
from pyfabric.bench.measure import Job, measure
from pyfabric.cli import main
from pyfabric.errors import PyfabricError

KEYS = {
    "name",
    "about",
    "hosts",
    "flows",
    "rounds",
    "stop_reason",
    "simulated_ps",
    "delivered_bytes",
    "packet_hops",
    "data_packet_hops",
    "events",
    "events_per_packet_hop",
    "compile_cpu_seconds",
    "build_cpu_seconds",
    "run_cpu_seconds",
    "run_cpu_seconds_of_rounds",
    "run_wall_seconds",
    "packet_hops_per_cpu_second",
    "data_packet_hops_per_cpu_second",
    "cpu_seconds_per_gigabyte",
    "yardstick",
    "ratio_to_yardstick",
    "ratio_to_permutation",
    "engine_memory_bytes",
    "peak_memory_bytes",
    "threads",
    "lossless",
    "fingerprint",
    "plan_hash",
    "versions",
}


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json", "--k", "4", "--until", "100us", "--rounds", "2"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["cases"]
    assert set(row) == KEYS
    assert (row["name"], row["hosts"], row["rounds"]) == ("permutation-k4", 16, 2)
    assert row["simulated_ps"] == 100_000_000
    assert row["packet_hops"] > row["data_packet_hops"] > 10_000
    case = custom_case(4, 100_000_000)
    assert row["fingerprint"] == pf.simulate(case.make(case.volume)).fingerprint
    assert set(row["yardstick"]) == {"k", "packets_per_host", "packet_hops_per_cpu_second"}


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--k", "4", "--until", "20us", "--rounds", "1"]) == 0
    out = capsys.readouterr().out
    rows = [line for line in out.splitlines() if line.startswith("permutation-k4")]
    assert len(rows) == 2
    assert "lossless" in rows[0]
    assert max(map(len, out.splitlines())) < 160


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(CASES)


def test_which_jobs_options_mean() -> None:
    ordinary = [name for name, case in CASES.items() if not case.scale]
    assert [job.case.name for job in jobs()] == ordinary
    large = [(job.case.name, job.rounds) for job in jobs(scale=True)]
    assert large == [(name, 1) for name in CASES if name not in ordinary]
    assert {job.rounds for job in jobs()} == {5}
    assert {(job.rounds, job.case.hosts <= 320) for job in jobs(quick=True)} == {(1, True)}
    chosen = jobs(["ring-128", "incast-32", "ring-128"], rounds=7, quick=True, threads="1")
    assert [job.case.name for job in chosen] == ["incast-32", "ring-128"]
    assert {(job.rounds, job.quick, job.threads) for job in chosen} == {(7, True, ())}
    (job,) = jobs(k=6)
    assert (job.case.name, job.case.hosts, job.volume) == ("permutation-k6", 54, 2 * 10**9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "ring128"], "bench.only: unknown case 'ring128'; did you mean 'ring-128'?"),
        (["--rounds", "0"], "bench.rounds: must be an integer from 1 to 1000, got 0"),
        (["--threads", "0"], "bench.threads: must be integers from 1 to 256"),
        (["--threads", "1,x"], "separated by commas, got '1,x'"),
        (["--threads", ""], "separated by commas, got ''"),
        (["--threads", "1,257"], "bench.threads: must be integers from 1 to 256"),
        (["--k", "5"], "bench.k: must be even, got 5 (allowed: even numbers from 2 to 64)"),
        (["--scale", "--quick"], "bench.scale: goes without only, quick and k"),
        (["--k", "66"], "bench.k: must be an integer from 2 to 64, got 66"),
        (["--k", "4", "--until", "soon"], "bench.until: "),
        (["--k", "4", "--only", "ring-128"], "bench.k: 4 goes without only"),
        (["--until", "2ms"], "bench.until: '2ms' needs k"),
    ],
)
def test_bad_options(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["bench", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_threads_need_an_engine_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite.os, "sched_getaffinity", lambda pid: {0, 1, 2})
    monkeypatch.setattr(suite, "engine_has_threads", lambda: True)
    assert jobs(["ring-128"])[0].threads == (3,)
    assert jobs(["ring-128"], threads="4, 1,2,2")[0].threads == (2, 4)
    monkeypatch.setattr(suite, "engine_has_threads", lambda: False)
    assert jobs(["ring-128"])[0].threads == ()
    with pytest.raises(pf.ScenarioError, match=r"bench.threads: this version runs on one thread"):
        jobs(["ring-128"], threads="1,2")


def test_all_faults_at_once() -> None:
    with pytest.raises(pf.ScenarioError) as caught:
        jobs(["x"], rounds=0, threads="0", until="1ms")
    fields = [fault.path for fault in caught.value.faults]
    assert fields == ["bench.only", "bench.rounds", "bench.threads", "bench.until"]


def test_scaling_is_wall_time_over_wall_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that needs half the wall time with two threads scales by 2."""
    case = custom_case(2, 5_000_000)
    result = pf.simulate(case.make(case.volume))

    def simulate(plan: object, threads: int = 1) -> pf.Result:
        stats = {**result.stats, "run_wall_seconds": 3.0 / threads}
        return dataclasses.replace(result, stats=stats)

    monkeypatch.setattr("pyfabric.bench.measure.simulate", simulate)
    row = measure(Job(case, rounds=3, threads=(2, 4)))
    assert row["threads"] == [
        {"threads": 2, "run_wall_seconds": 1.5, "speedup": 2.0},
        {"threads": 4, "run_wall_seconds": 0.75, "speedup": 4.0},
    ]
    shown = [line for line in text(with_ratios([row])).splitlines() if line.startswith(case.name)]
    assert shown[1].split()[-2:] == ["2.00x", "4.00x"]


def test_ratio_to_permutation() -> None:
    def row(name: str, k: int, speed: float) -> dict[str, object]:
        return {"name": name, "yardstick": {"k": k}, "packet_hops_per_cpu_second": speed}

    rows = [row("ring-128", 8, 8.0), row("permutation-128", 8, 16.0), row("incast-32", 16, 3.0)]
    assert [r["ratio_to_permutation"] for r in with_ratios(rows)] == [0.5, 1.0, None]


def test_a_failing_child_names_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(custom_case(3, 1000), rounds=1)
    with pytest.raises(PyfabricError, match=r"case permutation-k3: fat_tree.k: must be even"):
        suite.measure_apart(job)
    monkeypatch.setattr(suite, "CHILD", "import sys; sys.exit(130)  # {root}")
    with pytest.raises(KeyboardInterrupt):
        suite.measure_apart(job)


def test_interrupted_suite_prints_what_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = measure(Job(custom_case(2, 5_000_000), rounds=1))
    answers = iter([row])

    def apart(job: Job) -> dict[str, object]:
        try:
            return next(answers)
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr("pyfabric.cli.bench.measure_apart", apart)
    assert main(["bench", "--json"]) == 130
    assert len(json.loads(capsys.readouterr().out)["cases"]) == 1
    assert main(["bench"]) == 130
    assert "interrupted before there was a result" in capsys.readouterr().err


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["cases"]
    assert [row["name"] for row in rows] == list(CASES)


def test_a_single_case_says_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json", "--k", "4", "--until", "10us", "--rounds", "1"]) == 0
    assert "permutation-k4, 1 of 1" in capsys.readouterr().err
