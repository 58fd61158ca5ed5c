"""A scenario file and its repeat, by the command line."""

import re
from pathlib import Path

import pytest
from result_tools import incast_scenario

import pyfabric as pf
from pyfabric.cli import main


def fingerprint(text: str) -> str:
    found = re.search(r"fingerprint ([0-9a-f]{16})", text)
    assert found
    return found[1]


@pytest.fixture
def incast_file(tmp_path: Path) -> Path:
    incast_scenario().save(tmp_path / "incast.yaml")
    return tmp_path / "incast.yaml"


def test_a_plan_is_saved_and_replayed(
    incast_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, out = tmp_path / "plan.npz", tmp_path / "out"
    run = ["run", str(incast_file), "--set", "seed=4", "--until", "60us"]
    assert main([*run, "--save-plan", str(plan)]) == 0
    first = fingerprint(capsys.readouterr().out)
    assert main(["replay", str(plan), "-o", str(out), "--record", "queues"]) == 0
    assert fingerprint(capsys.readouterr().out) == first
    result = pf.load_result(out)
    assert (result.fingerprint, result.seed, result.end_ps) == (first, 4, 60_000_000)
    assert len(result.queues) > 0
    assert main(["replay", str(plan), "--until", "40us"]) == 0
    assert fingerprint(capsys.readouterr().out) != first


def test_replay_has_the_exit_codes_of_run(
    incast_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.npz"
    small = ["--set", "switch.headroom=10kB"]
    assert main(["run", str(incast_file), *small, "--save-plan", str(plan)]) == 0
    assert main(["replay", str(plan), "--assert-lossless"]) == 3
    assert "headroom of at least" in capsys.readouterr().out
    assert main(["replay", str(incast_file)]) == 2
    assert "is no plan" in capsys.readouterr().err
    assert main(["run", str(incast_file), "--save-plan", str(tmp_path / "no" / "plan.npz")]) == 2
    assert "cannot be written" in capsys.readouterr().err
