"""Results that somebody has edited, or that cannot be written."""

import json
from pathlib import Path
from typing import Any

import pytest
from result_tools import lossless_run

import pyfabric as pf
from pyfabric import files
from pyfabric.results import load

CHANGES: dict[str, Any] = {
    "seed": "one",
    "end_ps": 1.5,
    "stop_reason": ["until"],
    "fingerprint": 7,
    "plan_hash": None,
    "stats": [1],
    "versions": "1",
    "rows_not_kept": {"drops": "many"},
    "scenario": [5],
    "tables": {},
}


@pytest.mark.parametrize("name", CHANGES)
def test_wrong_types_in_the_manifest(name: str, tmp_path: Path) -> None:
    lossless_run().save(tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: CHANGES[name]}))
    with pytest.raises(pf.ScenarioError, match=rf"is damaged: manifest.json: {name}"):
        load(tmp_path / "out")


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(pf.PyfabricError, match="cannot be written: No space left") as caught:
        lossless_run().save(tmp_path / "out")
    assert str(tmp_path / "out") in str(caught.value)
    assert ".saving" not in str(caught.value)
    with pytest.raises(pf.ScenarioError, match="cannot be written: No space left"):
        lossless_run().scenario.save(tmp_path / "scenario.yaml")


def test_python_is_told_of_its_own_argument(tmp_path: Path) -> None:
    lossless_run().save(tmp_path)
    with pytest.raises(pf.ScenarioError, match="overwrite=True"):
        lossless_run().save(tmp_path)
