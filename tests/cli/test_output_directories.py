"""Where the output cannot go is said before the run, in the user's own words, with code 2."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from result_tools import incast_scenario

from pyfabric.cli import main


@pytest.fixture
def incast_file(tmp_path: Path) -> Path:
    path = tmp_path / "incast.yaml"
    incast_scenario().save(path)
    return path


@pytest.mark.parametrize("command", ["run", "compare"])
@pytest.mark.parametrize(
    ("name", "words"), [("n" * 300, "File name too long"), ("a\0b", "null byte")]
)
def test_impossible_names(
    command: str,
    name: str,
    words: str,
    incast_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([command, str(incast_file), "-o", str(tmp_path / name)]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert words in out.err
    assert "Traceback" not in out.err


def test_no_permission(
    incast_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "tmpxyz"))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert main(["run", str(incast_file), "-o", str(tmp_path / "out")]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert f"{tmp_path / 'out'}: cannot be written into: Permission denied" in out.err
    assert "tmpxyz" not in out.err


def test_a_directory_that_is_not_empty(
    incast_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(incast_file), "-o", str(tmp_path)]) == 2
    assert "is not empty; choose another directory or allow it with --overwrite" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_reader_that_stops_costs_no_result(
    command: str, incast_file: Path, tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "pyfabric.cli", command, str(incast_file), "-o"]
    words += [str(tmp_path / "out"), *(["--cc", "none"] if command == "compare" else [])]
    done = subprocess.run(words, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.returncode == 0, done.stderr
    saved = "manifest.json" if command == "run" else "comparison.json"
    assert (tmp_path / "out" / saved).exists()
