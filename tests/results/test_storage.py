"""Results in directories."""

import json
from pathlib import Path

import numpy as np
import pytest
from result_tools import deadlocked_run, lossless_run, lossy_run

import pyfabric as pf
from pyfabric.results import load, save


def test_round_trip(tmp_path: Path) -> None:
    for number, result in enumerate((lossless_run(), lossy_run(), deadlocked_run())):
        directory = tmp_path / str(number) / "deep"
        result.save(directory)
        again = load(directory)
        assert again.tables == result.tables
        assert again.scenario == result.scenario
        assert str(again) == str(result)
        assert str(again.lossless()) == str(result.lossless())
        assert {table.name: table.nullable for table in again.tables.values()} == {
            table.name: table.nullable for table in result.tables.values()
        }


def test_files(tmp_path: Path) -> None:
    save(lossy_run(), tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(
        [f"{name}.npz" for name in lossy_run().tables]
        + ["manifest.json", "scenario.yaml", "summary.txt"]
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["fingerprint"] == lossy_run().fingerprint
    assert manifest["tables"]["drops"] == len(lossy_run().drops) > 0
    assert (tmp_path / "out" / "summary.txt").read_text() == f"{lossy_run()}\n"
    assert pf.Scenario.load(tmp_path / "out" / "scenario.yaml") == lossy_run().scenario
    with np.load(tmp_path / "out" / "flows.npz") as arrays:  # no pyfabric needed to read it
        assert arrays["fct_ps"].tolist() == lossy_run().flows["fct_ps"].tolist()
        ops = arrays["op.words"][arrays["op"]]
        assert ops.tolist() == lossy_run().flows["op"].tolist()


def test_a_foreign_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(pf.ScenarioError, match="is not empty"):
        lossless_run().save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    lossless_run().save(tmp_path, overwrite=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert load(tmp_path).fingerprint == lossless_run().fingerprint
    with pytest.raises(pf.ScenarioError, match="is a file"):
        lossless_run().save(tmp_path / "notes.txt")


def test_an_unfinished_or_damaged_directory_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(pf.ScenarioError, match=r"manifest\.json is missing"):
        load(tmp_path)
    lossless_run().save(tmp_path / "out")
    (tmp_path / "out" / "flows.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(pf.ScenarioError, match="is damaged"):
        load(tmp_path / "out")
    (tmp_path / "out" / "flows.npz").unlink()
    with pytest.raises(pf.ScenarioError, match="is damaged"):
        load(tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text("[1, 2")
    with pytest.raises(pf.ScenarioError, match="cannot be read"):
        load(tmp_path / "out")


def test_a_failed_write_leaves_no_manifest_and_no_scraps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    lossless_run().save(tmp_path / "out")
    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space"):
        lossless_run().save(tmp_path / "out", overwrite=True)
    with pytest.raises(pf.ScenarioError, match="is missing"):
        load(tmp_path / "out")
    assert [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")] == []
