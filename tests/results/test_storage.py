"""Results in directories."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from result_tools import deadlocked_run, leaf_spine_scenario, lossless_run, lossy_run

import pyfabric as pf
from pyfabric.results import load, save
from pyfabric.results.result import TABLES

DATA = Path(__file__).resolve().parents[1] / "data"
needs_arrow = pytest.mark.skipif(
    importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed"
)


@pytest.mark.parametrize("form", ["npz", pytest.param("parquet", marks=needs_arrow)])
def test_round_trip(form: str, tmp_path: Path) -> None:
    for number, result in enumerate((lossless_run(), lossy_run(), deadlocked_run())):
        directory = tmp_path / str(number) / "deep"
        result.save(directory, format=form)
        again = load(directory)
        assert again.tables == result.tables
        assert again.scenario == result.scenario
        assert str(again) == str(result)
        assert str(again.lossless()) == str(result.lossless())
        assert {table.name: table.nullable for table in again.tables.values()} == {
            table.name: table.nullable for table in result.tables.values()
        }


FORMATS = ["npz", pytest.param("parquet", marks=needs_arrow)]


@pytest.mark.parametrize("form", FORMATS)
def test_files(form: str, tmp_path: Path) -> None:
    save(lossy_run(), tmp_path / "out", format=form)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted(
        [f"{name}.{form}" for name in lossy_run().tables]
        + ["manifest.json", "scenario.yaml", "summary.txt"]
    )
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["format"] == 2
    for name in ("fingerprint", "plan_hash", "seed", "end_ps", "stop_reason"):
        assert manifest[name] == getattr(lossy_run(), name)
    assert manifest["versions"]["model"] == lossy_run().versions["model"]
    drops = manifest["tables"]["drops"]
    assert drops["file"] == f"drops.{form}"
    assert drops["rows"] == len(lossy_run().drops) > 0
    assert list(drops["columns"]) == list(lossy_run().drops.columns)
    assert drops["columns"]["xoff_since_ps"] == {"type": "int64", "unit": "ps", "nullable": True}
    assert drops["columns"]["cause"] == {"type": "text", "unit": "", "nullable": False}
    assert (tmp_path / "out" / "summary.txt").read_text() == f"{lossy_run()}\n"
    assert pf.Scenario.load(tmp_path / "out" / "scenario.yaml") == lossy_run().scenario


def test_npz_is_read_without_pyfabric(tmp_path: Path) -> None:
    save(lossy_run(), tmp_path / "out", format="npz")
    with np.load(tmp_path / "out" / "flows.npz") as arrays:
        assert arrays["fct_ps"].tolist() == lossy_run().flows["fct_ps"].tolist()
        ops = arrays["op.words"][arrays["op"]]
        assert ops.tolist() == lossy_run().flows["op"].tolist()


@needs_arrow
def test_parquet_is_read_without_pyfabric(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    deadlocked_run().save(tmp_path / "out", format="parquet")
    table = parquet.read_table(tmp_path / "out" / "flows.parquet")
    fct = deadlocked_run().flows["fct_ps"]
    assert table["fct_ps"].to_pylist() == [None if v == -1 else v for v in fct.tolist()]
    assert table["fct_ps"].null_count > 0
    assert table["status"].to_pylist() == deadlocked_run().flows["status"].tolist()
    assert table.schema.field("fct_ps").metadata == {b"unit": b"ps"}


def test_parquet_is_the_default_where_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec("pyarrow") is not None
    lossless_run().save(tmp_path / "a")
    assert (tmp_path / "a" / "flows.parquet").exists() == there
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    lossless_run().save(tmp_path / "b")
    assert (tmp_path / "b" / "flows.npz").exists()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(pf.PyfabricError, match=r"writing Parquet needs pyarrow.*\[frames\]"):
        lossless_run().save(tmp_path / "c", format="parquet")
    assert not (tmp_path / "c").exists()
    with pytest.raises(pf.ScenarioError, match="did you mean 'parquet'"):
        lossless_run().save(tmp_path / "c", format="parket")
    if there:
        with pytest.raises(pf.PyfabricError, match="reading Parquet needs pyarrow"):
            load(tmp_path / "a")


def test_an_older_layout_still_loads() -> None:
    result = load(DATA / "result_v1")
    assert result.fingerprint == "7c83ed670786c9ee"
    assert result.flows["name"].tolist() == ["first", "flows"]
    assert result.flows.row(0)["fct_ps"] == 1_289_120
    assert result.flows.null("fct_ps").tolist() == [False, True]
    assert len(result.trace) == 881
    assert result.scenario.until == "20us"
    assert "Stopped as planned at 20 us: 1 of 2 flows finished" in str(result)


def test_an_older_result_is_replaced(tmp_path: Path) -> None:
    shutil.copytree(DATA / "result_v1", tmp_path / "out")
    lossy_run().save(tmp_path / "out", overwrite=True, format="npz")
    assert load(tmp_path / "out").fingerprint == lossy_run().fingerprint
    assert len(list((tmp_path / "out").iterdir())) == len(TABLES) + 3


@pytest.mark.parametrize(("form", "words"), [(3, "newer pyfabric"), (0, "no manifest of a result")])
def test_unknown_layouts_are_refused(form: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"format": form, "tables": {}}))
    with pytest.raises(pf.ScenarioError, match=words):
        load(tmp_path)


def child(*arguments: object) -> subprocess.Popen[str]:
    env = os.environ | {"PYTHONPATH": str(Path(pf.__file__).resolve().parents[1])}
    command = [sys.executable, str(Path(__file__).with_name("saver.py")), *map(str, arguments)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """A directory with a result, and two others that hold the same one and another one."""
    paths = [tmp_path / name for name in ("out", "old", "new")]
    for path, result in zip(paths, (lossless_run(), lossless_run(), lossy_run()), strict=True):
        result.save(path, format="npz")
    return paths


def check_one_of(path: Path, *allowed: pf.Result) -> None:
    found = load(path)
    (same,) = (result for result in allowed if result.fingerprint == found.fingerprint)
    assert found.tables == same.tables
    assert found.scenario == same.scenario


@pytest.mark.parametrize("renames", [1, 6, 12, -1])
def test_a_kill_leaves_the_old_or_the_new_result(renames: int, three: list[Path]) -> None:
    with child(*three, renames) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL
    check_one_of(three[0], lossless_run() if renames > 0 else lossy_run())
    left = {path.name for path in three[0].iterdir()}
    assert len(left) > 15
    lossy_run().save(three[0], overwrite=True)
    check_one_of(three[0], lossy_run())
    assert len(list(three[0].iterdir())) == len(TABLES) + 3


def test_kills_at_any_time_leave_one_result(three: list[Path]) -> None:
    for delay in (0.003, 0.017, 0.041, 0.083):
        with child(*three, 0) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(delay)
            process.kill()
        check_one_of(three[0], lossless_run(), lossy_run())


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
    lossless_run().save(tmp_path / "out", format="npz")
    (tmp_path / "out" / "flows.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(pf.ScenarioError, match="is damaged"):
        load(tmp_path / "out")
    (tmp_path / "out" / "flows.npz").unlink()
    with pytest.raises(pf.ScenarioError, match="is damaged"):
        load(tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text("[1, 2")
    with pytest.raises(pf.ScenarioError, match="cannot be read"):
        load(tmp_path / "out")


def test_a_failed_write_keeps_the_old_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    lossless_run().save(tmp_path / "out", format="npz")
    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(pf.PyfabricError, match="No space"):
        lossy_run().save(tmp_path / "out", overwrite=True, format="npz")
    assert load(tmp_path / "out").fingerprint == lossless_run().fingerprint
    assert [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")] == []
    with pytest.raises(pf.PyfabricError, match="No space"):
        lossy_run().save(tmp_path / "other", format="npz")
    with pytest.raises(pf.ScenarioError, match="is missing"):
        load(tmp_path / "other")


def test_a_result_names_no_file_elsewhere(tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.txt"
    sizes.write_text("0 0\n10000 100\n")
    workload = pf.poisson(0.1, str(sizes), "20us", endpoints=range(8))
    rows = range(1200)
    many = pf.flows(src=[r % 4 for r in rows], dst=[8 + r % 8 for r in rows], size="1kB")
    result = pf.simulate(leaf_spine_scenario(workload + many))
    result.save(tmp_path / "out")
    sizes.unlink()
    again = pf.load_result(tmp_path / "out")
    assert again.scenario.workload.parts[1] == many.parts[0]
    assert pf.simulate(again.scenario).fingerprint == result.fingerprint
