"""Algorithms named ``module:attribute`` on the command line and in scenario files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import pyfabric as pf
from pyfabric.cli import main

MODULE = """
class Half:
    def __init__(self, part=0.5):
        self.part = part

    def init(self, event, wishes):
        wishes.rate_bps = event.line_rate_bps * self.part


class Failing:
    def on_ack(self, event, wishes):
        wishes.window_bytes = -1
"""
FILE = """
version: 1
topology: {star: {hosts: 3}}
workload: [{incast: {receiver: 0, size: 20kB}}]
congestion_control: {custom: {algorithm: "half_rate:Half", parameters: {part: 1/4}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "half_rate.py").write_text(MODULE)
    (tmp_path / "own.yaml").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "half_rate", raising=False)
    return tmp_path


def test_a_module_beside_the_file_is_found(folder: Path) -> None:
    before = list(sys.path)
    assert main(["run", "own.yaml", "-o", "out", "--save-plan", "own.npz"]) == 0
    assert sys.path == before
    result = pf.load_result("out")
    assert result.scenario is not None
    control = result.scenario.congestion_control
    assert control == pf.CustomCongestionControl("half_rate:Half", {"part": "1/4"})
    assert main(["replay", "own.npz", "-o", "again"]) == 0
    assert pf.load_result("again").fingerprint == result.fingerprint
    assert result.queue_pairs["rate_bps"].max() == 100 * 10**9


def test_compare_takes_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    names = "none,half_rate:Half"
    assert main(["compare", "own.yaml", "--cc", names, "--seeds", "0:2"]) == 0
    assert "half_rate:Half" in capsys.readouterr().out


def test_parameters_are_set_by_path(capsys: pytest.CaptureFixture[str]) -> None:
    change = "congestion_control.parameters={part: 1}"
    assert main(["run", "own.yaml", "-o", "whole", "--set", change]) == 0
    assert main(["run", "own.yaml", "-o", "name", "--set", "congestion_control=none"]) == 0
    whole, none = (pf.load_result(name) for name in ("whole", "name"))
    assert whole.fingerprint == none.fingerprint


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("half_rate:Hafl", 2, "no 'Hafl'; did you mean 'Half'?"),
        ("half_raet:Half", 2, "cannot be imported"),
        ("':Half'", 2, "must be 'module:attribute'"),
        ("half_rate:Failing", 1, "congestion control 'Failing' wished a window of -1 B"),
        ("{custom: {algorithm: half_rate.Half}}", 2, "must be 'module:attribute'"),
        ("{custom: {parameters: {part: 1}}}", 2, "algorithm"),
        ("{custom: {algorithm: 'half_rate:Half', parameters: {prat: 1}}}", 2, "mean 'part'?"),
    ],
)
def test_faults_are_told(
    value: str, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "own.yaml", "--set", f"congestion_control={value}"]) == code
    assert message in capsys.readouterr().err
