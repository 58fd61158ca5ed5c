"""Streams that cannot encode every letter, and interrupts before there is a command."""

import builtins
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from result_tools import incast_scenario

import pyfabric as pf
from pyfabric.cli import main

ROOT = str(Path(pf.__file__).resolve().parents[1])


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONPATH": ROOT, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "pyfabric.cli", *arguments]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=False)


def test_ascii_output(tmp_path: Path) -> None:
    incast_scenario().save(tmp_path / "incast.yaml")
    options = ["--cc", "dcqcn,none", "--seeds", "0:2", "--workers", "1", "-o", "größe"]
    done = run(tmp_path, "compare", "incast.yaml", *options)
    assert done.returncode == 0, done.stderr
    assert b"mean +- 95 %" in done.stdout
    assert b"Saved in gr" in done.stdout
    text = (tmp_path / "größe" / "comparison.txt").read_text(encoding="utf-8")
    assert "mean ± 95 %" in text


def test_ascii_messages(tmp_path: Path) -> None:
    done = run(tmp_path, "run", "größe.yaml")
    assert done.returncode == 2
    assert b"no such file" in done.stderr
    assert b"Traceback" not in done.stderr


def test_interrupted_imports(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = builtins.__import__

    def interrupt(name: str, *rest: Any) -> Any:
        if name == "pyfabric.cli.app":
            raise KeyboardInterrupt
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", interrupt)
    assert main(["--version"]) == 130
    assert capsys.readouterr().err == ""
