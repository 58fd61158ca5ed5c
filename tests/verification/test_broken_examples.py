"""The examples in examples/verify: explained by ``verify``, confirmed by ``run``, clean once
repaired, by hand and by the fix that is printed.
"""

import json
import shlex
from pathlib import Path

import pytest

import pyfabric as pf
from pyfabric.cli import main

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "verify"
BROKEN = {"short_cable_headroom": "headroom", "ring": "dependency", "ecn_above_pfc": "ecn"}


def options_of(text: str) -> list[str]:
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Fix all: "))
    end = lines.index("", start)
    return shlex.split(" ".join(lines[start:end]).removeprefix("Fix all: "))


def confirmed(name: str, result: pf.Result) -> bool:
    """Whether the run shows what the check said."""
    if name == "ecn_above_pfc":
        return result.ports["ecn_marks"].sum() == 0 and len(result.pauses) > 0
    if name == "ring":
        return result.stop_reason == "deadlock"
    return len(result.drops) > 0


def test_all_are_here() -> None:
    names = {f"{name}{end}" for name in BROKEN for end in ("", "_repaired")}
    assert {path.stem for path in FOLDER.glob("*.yaml")} == names


@pytest.mark.parametrize("name", BROKEN)
def test_broken_and_repaired(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FOLDER / f"{name}.yaml")
    code = main(["verify", path])
    text = capsys.readouterr().out
    assert code == (0 if name == "ecn_above_pfc" else 3)
    assert BROKEN[name] in text
    assert len(text.splitlines()) < 40
    scenario = pf.Scenario.load(path)
    assert confirmed(name, pf.simulate(scenario))
    repaired = pf.Scenario.load(FOLDER / f"{name}_repaired.yaml")
    for good in (repaired, scenario.replace(pf.verify(scenario).fixes)):
        report = pf.verify(good)
        assert not report.errors
        assert not report.warnings
        result = pf.simulate(good)
        assert not confirmed(name, result)
        assert result.lossless()
    assert main(["verify", path, *options_of(text), "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert {f["severity"] for f in plain["findings"]} <= {"note"}


def test_switches_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FOLDER / "ring_repaired.yaml")
    assert main(["verify", path, "--no-failures"]) == 0
    assert "failures" not in capsys.readouterr().out
    assert main(["verify", path, "--all-pairs"]) == 3
    assert "all pairs of hosts" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.yaml"], "missing.yaml"),
        ([str(FOLDER / "ring.yaml"), "--set", "switch.hedroom=1kB"], "did you mean 'headroom'"),
        ([str(FOLDER / "ring.yaml"), "--set", "switch.buffer=10kB"], "is too small"),
    ],
)
def test_bad_input(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
