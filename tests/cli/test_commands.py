"""The command line: output, exit codes, messages without a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from result_tools import incast_scenario, leaf_spine_scenario, ring_scenario

import pyfabric as pf
from pyfabric.cli import main
from pyfabric.cli.runs import parse_changes
from pyfabric.results import load

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(pf.__file__).resolve().parents[1])}


@pytest.fixture
def incast_file(tmp_path: Path) -> Path:
    path = tmp_path / "incast.yaml"
    incast_scenario().save(path)
    return path


def spawn(directory: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pyfabric.cli", *arguments],
        cwd=directory,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_run_prints_the_result(incast_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(incast_file)]) == 0
    out = capsys.readouterr()
    assert "12 of 12 flows finished" in out.out
    assert "Lossless." in out.out
    assert out.err == ""


def test_run_keeps_to_its_memory(incast_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(incast_file), "--max-memory", "1GB"]) == 0
    assert main(["run", str(incast_file), "--max-memory", "10kB"]) == 1
    assert "max_memory is 10.0 kB, but the state of" in capsys.readouterr().err
    assert main(["run", str(incast_file), "--max-memory", "10"]) == 2
    assert "max_memory: '10' has no unit" in capsys.readouterr().err


def test_run_saves(incast_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["run", str(incast_file), "-o", str(out), "--seed", "7", "--record", "queues"]) == 0
    result = load(out)
    assert result.seed == 7
    assert result.scenario == incast_scenario(seed=7)
    assert len(result.queues) > 0
    assert main(["run", str(incast_file), "-o", str(out)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert load(out).seed == 7
    assert main(["run", str(incast_file), "-o", str(out), "--overwrite"]) == 0
    assert load(out).seed == 1


def test_assert_lossless(incast_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(incast_file), "--assert-lossless"]) == 0
    too_small = ["run", str(incast_file), "--set", "switch.headroom=10kB"]
    assert main(too_small) == 0
    capsys.readouterr()
    assert main([*too_small, "--assert-lossless"]) == 3
    out = capsys.readouterr()
    assert "Not lossless, because" in out.out
    assert "what to change: headroom of at least" in out.out


def test_set_reaches_everything(incast_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    changes = ("congestion_control=dcqcn", "switch.ecn.kmin=100kB", "nic.rto=null", "seed=3")
    arguments = [word for change in changes for word in ("--set", change)]
    assert main(["run", str(incast_file), "-o", str(out), "--until", "30us", *arguments]) == 0
    scenario = load(out).scenario
    assert scenario.congestion_control == pf.DCQCN()
    assert scenario.switch.ecn.kmin == "100kB"
    assert scenario.nic.rto is None
    assert (scenario.seed, scenario.until) == (3, "30us")


def test_changes_are_typed() -> None:
    given = ["a=1", "b=0.5", "c=true", "d=400kB", "e=[1, 2]", "f=null", "g=1/8"]
    assert parse_changes(given) == {
        "a": 1,
        "b": 0.5,
        "c": True,
        "d": "400kB",
        "e": [1, 2],
        "f": None,
        "g": "1/8",
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "switch.ecn.kmim=1kB"], "did you mean 'kmin'"),
        (["--set", "switch.ecn.kmin"], "must be path=value"),
        (["--set", "switch.ecn.kmin=[1"], "cannot be read as a value"),
        (["--set", "switch.buffer=1kB"], "switch"),
        (["--set", "congestion_control=dcqnc"], "did you mean 'dcqcn'"),
        (["--until", "5"], "until"),
        (["--max-wall", "-3"], "max_wall: must be a number of seconds"),
        (["--max-wall", "soon"], "max_wall"),
        (["--record", "queue"], "did you mean 'queues'"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_bad_input(
    incast_file: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(incast_file), *arguments]) == 2
    out = capsys.readouterr()
    assert message in out.err
    assert out.err.startswith("pyfabric: ")
    assert "Traceback" not in out.err
    assert out.out == ""


def test_bad_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(tmp_path / "nowhere.yaml")]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: 1\ntopology: {leaf_spine: {leavs: 2}}\n")
    assert main(["run", str(broken)]) == 2
    err = capsys.readouterr().err
    assert "broken.yaml:2:" in err
    assert "did you mean 'leaves'" in err
    assert main(["run", str(tmp_path)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pyfabric {pf.__version__}\n"
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    for name in ("demo", "run", "flows", "ns3", "bench"):
        assert f"  {name} " in listed
    assert main(["runn"]) == 2
    assert main(["run"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_deadlock_is_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring_scenario().save(tmp_path / "ring.yaml")
    assert main(["run", str(tmp_path / "ring.yaml")]) == 0
    assert "Deadlocked at" in capsys.readouterr().out
    assert main(["run", str(tmp_path / "ring.yaml"), "--assert-lossless"]) == 3


def test_max_wall_ends_cleanly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endless = leaf_spine_scenario(pf.permutation(size=None)).replace(until="100s")
    endless.save(tmp_path / "endless.yaml")
    out = tmp_path / "out"
    arguments = ["run", str(tmp_path / "endless.yaml"), "--max-wall", "0.3", "-o", str(out)]
    assert main(arguments) == 0
    assert "Cut short by the wall-time limit" in capsys.readouterr().out
    assert load(out).fingerprint is None


def test_control_c_shows_and_saves_what_was_reached(tmp_path: Path) -> None:
    endless = leaf_spine_scenario(pf.permutation(size=None)).replace(until="100s")
    endless.save(tmp_path / "endless.yaml")
    with spawn(tmp_path, "run", "endless.yaml", "-o", "out") as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "out").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted at" in out
    assert "Traceback" not in err
    result = load(tmp_path / "out")
    assert result.stop_reason == "interrupted"
    assert result.fingerprint is None
    assert result.end_ps > 0


def test_demo_from_any_directory(tmp_path: Path) -> None:
    begin = time.monotonic()
    with spawn(tmp_path, "demo") as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert time.monotonic() - begin < 60
    rows = {line.split("  ")[0]: line.split()[-2:] for line in out.splitlines() if "  " in line}
    assert out.count("Lossless.") == 2
    assert rows["verdict"] == ["lossless", "lossless"]
    assert rows["drops"] == ["0", "0"]
    pauses = [int(text.replace(",", "")) for text in rows["pauses"]]
    assert 0 < pauses[0] < pauses[1]  # DCQCN pauses less than PFC alone
    assert "1,150 of 1,150" in out
    assert list(tmp_path.iterdir()) == []


def test_a_closed_pipe_is_no_error(incast_file: Path) -> None:
    with spawn(incast_file.parent, "run", incast_file.name) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
