"""A study in a directory: nothing is lost, nothing is made twice, nothing is mixed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from study_tools import quiet, small_incast

import pyfabric as pf
from pyfabric.study import Comparison, StudyProgress, run_files
from pyfabric.study import runs as study_runs

pytestmark = pytest.mark.filterwarnings("ignore::pyfabric.study.StudyWarning")

VARIANTS = {"dcqcn": None, "pfc only": pf.NoCongestionControl()}


def stable(comparison: Comparison) -> list[dict[str, object]]:
    rows = [comparison.runs.row(index) for index in range(len(comparison.runs))]
    return [{key: str(value) for key, value in row.items()} for row in rows]


def no_run(*_: object, **__: object) -> None:
    raise AssertionError("a run was made")


def test_second_time_makes_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = tmp_path / "study"
    first = pf.compare(small_incast(), VARIANTS, seeds=range(2), directory=study)
    assert first.reused == 0
    monkeypatch.setattr(study_runs, "simulate", no_run)
    second = pf.compare(small_incast(), VARIANTS, seeds=range(2), directory=study)
    assert second.reused == 4
    assert stable(second) == stable(first)  # CPU time of the first included
    assert second.sizes == first.sizes
    assert str(second) == str(first)


def test_result_and_scenario_of_each_run(tmp_path: Path) -> None:
    comparison = pf.compare(small_incast(), VARIANTS, seeds=[3], directory=tmp_path / "study")
    place = run_files.place_of(tmp_path / "study", "pfc only", 3)
    result = pf.load_result(place)
    expected = comparison.variants["pfc only"].replace(seed=3, workload_seed=3)
    assert pf.Scenario.load(place / "scenario.yaml") == expected
    assert result.fingerprint == comparison.runs["fingerprint"][1]


def test_more_variants_and_seeds_make_only_what_is_missing(tmp_path: Path) -> None:
    pf.compare(small_incast(), VARIANTS, directory=tmp_path)
    told: list[StudyProgress] = []
    more = {"window": pf.StaticWindow(), **VARIANTS}
    comparison = pf.compare(
        small_incast(), more, seeds=range(2), directory=tmp_path, progress=told.append
    )
    assert comparison.reused == 2
    assert [state.done for state in told] == [3, 4, 5, 6]
    assert {state.runs for state in told} == {6}
    whole = pf.compare(small_incast(), more, seeds=range(2))
    assert comparison.runs["fingerprint"].tolist() == whole.runs["fingerprint"].tolist()


def test_other_bins_and_cuts_need_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pf.compare(small_incast(), VARIANTS, directory=tmp_path)
    monkeypatch.setattr(study_runs, "simulate", no_run)
    again = pf.compare(small_incast(), VARIANTS, directory=tmp_path, size_bins=["1kB", "64kB"])
    assert again.sizes["upto_bytes"].tolist() == [64_000, 64_000]


CHANGED = {
    "settings": ({"scenario": small_incast(switch=pf.Switch(alpha="1/4"))}, "switch.alpha"),
    "workload": ({"scenario": quiet()}, "workload"),
    "variant": ({"variants": {"pfc only": pf.StaticWindow()}}, "congestion_control"),
    "record": ({"record": "queues"}, "was recorded otherwise"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_another_scenario_is_told_and_never_mixed(name: str, tmp_path: Path) -> None:
    changed, words = CHANGED[name]
    given = {"scenario": small_incast(), "variants": VARIANTS, "seeds": range(2)}
    pf.compare(**given, directory=tmp_path)
    with pytest.raises(pf.ScenarioError) as caught:
        pf.compare(**given | changed, directory=tmp_path)
    for expected in (words, "variant 'pfc only', seeds 0, 1", "overwrite=True"):
        assert expected in str(caught.value)
    replaced = pf.compare(**given | changed, directory=tmp_path, overwrite=True)
    fresh = pf.compare(**given | changed)
    assert replaced.runs["fingerprint"].tolist() == fresh.runs["fingerprint"].tolist()
    assert replaced.reused == 0


def test_another_version_is_told(tmp_path: Path) -> None:
    pf.compare(small_incast(), {"a": None}, directory=tmp_path)
    manifest = run_files.place_of(tmp_path, "a", 0) / "manifest.json"
    told = json.loads(manifest.read_text())
    told["versions"]["model"] = "0"
    manifest.write_text(json.dumps(told))
    with pytest.raises(pf.ScenarioError, match="made by version 0 of model, this is"):
        pf.compare(small_incast(), {"a": None}, directory=tmp_path)


def test_damaged_run_is_told(tmp_path: Path) -> None:
    pf.compare(small_incast(), {"a": None}, directory=tmp_path)
    place = run_files.place_of(tmp_path, "a", 0)
    for file in ("run.json", "manifest.json"):
        kept = (place / file).read_text()
        (place / file).write_text(kept[:20])
        with pytest.raises(pf.ScenarioError, match="variant 'a', seed 0: is damaged"):
            pf.compare(small_incast(), {"a": None}, directory=tmp_path)
        (place / file).write_text(kept)
    assert pf.compare(small_incast(), {"a": None}, directory=tmp_path).reused == 1


def test_failed_runs_are_made_again(tmp_path: Path) -> None:
    lacking = {"switch.ecn": pf.ECN(kmin={"25Gbps": "1kB"}, kmax="1MB")}
    for reused in (0, 1):
        with pytest.raises(pf.study.StudyError) as caught:
            pf.compare(small_incast(), {"good": None, "bad": lacking}, directory=tmp_path)
        assert caught.value.comparison.reused == reused


def test_names_that_differ_in_case_or_signs_stay_apart(tmp_path: Path) -> None:
    names = ["a/b", "a b", "A b", "a_b", "..", "ä", "x" * 200]
    places = {run_files.place_of(tmp_path, name, 0) for name in names}
    assert len({str(place).lower() for place in places}) == len(names)
    assert all(place.parent.parent == tmp_path / "runs" for place in places)
    comparison = pf.compare(small_incast(), dict.fromkeys(names), directory=tmp_path)
    assert len(comparison.runs) == 7


def test_foreign_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(pf.ScenarioError, match=r"is not empty; .*overwrite=True"):
        pf.compare(small_incast(), VARIANTS, directory=tmp_path)
    pf.compare(small_incast(), VARIANTS, directory=tmp_path, overwrite=True)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


BAD = {
    "file": ({"directory": __file__}, "is a file"),
    "kind": ({"directory": 3}, "directory: must be a path, got 3"),
    "overwrite": ({"overwrite": True}, "has no effect without a directory"),
    "overwrite kind": ({"overwrite": "yes"}, "must be True or False"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    given, words = BAD[name]
    with pytest.raises(pf.ScenarioError, match=words):
        pf.compare(small_incast(), VARIANTS, **given)


def test_newer_layout_is_told(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text('{"format": 99}')
    with pytest.raises(pf.ScenarioError, match="format 99, from a newer pyfabric"):
        pf.compare(small_incast(), VARIANTS, directory=tmp_path)


def test_one_comparison_at_a_time(tmp_path: Path) -> None:
    def again(_: StudyProgress) -> None:
        pf.compare(small_incast(), VARIANTS, directory=tmp_path)

    with pytest.raises(pf.ScenarioError, match="is in use by another comparison"):
        pf.compare(small_incast(), VARIANTS, directory=tmp_path, progress=again)


SCRIPT = """\
import sys
import pyfabric as pf
traffic = pf.incast(0, [1, 2, 3], size="500kB")
scenario = pf.Scenario(topology=pf.star(4, rate="100Gbps", link_delay="1us"), workload=traffic)
def told(state):
    print(state.done, flush=True)
controls = {"dcqcn": pf.DCQCN(), "none": pf.NoCongestionControl()}
done = pf.compare(scenario, controls, seeds=range(5), directory=sys.argv[1], workers=1,
                  progress=told)
print("reused", done.reused, *done.runs["fingerprint"])
"""


def start(study: Path) -> subprocess.Popen[str]:
    env = os.environ | {"PYTHONPATH": str(Path(pf.__file__).resolve().parents[1])}
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(study)]
    return subprocess.Popen(command, env=env, cwd=study.parent, stdout=subprocess.PIPE, text=True)


def last_line(study: Path) -> list[str]:
    process = start(study)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return out.splitlines()[-1].split()


def test_kill_in_the_middle_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    killed = start(tmp_path / "study")
    assert killed.stdout is not None
    for line in killed.stdout:
        if int(line) == 3:
            os.kill(killed.pid, signal.SIGKILL)
            break
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    finished = {p: p.stat().st_mtime_ns for p in (tmp_path / "study").glob("runs/*/[0-9]*")}
    assert 3 <= len(finished) < 10
    again = last_line(tmp_path / "study")
    assert again[:2] == ["reused", str(len(finished))]
    assert {place: place.stat().st_mtime_ns for place in finished} == finished
    assert not list((tmp_path / "study").rglob("*.saving"))
    assert again[2:] == last_line(tmp_path / "whole")[2:]


def test_scraps_of_a_killed_save_are_no_runs(tmp_path: Path) -> None:
    pf.compare(small_incast(), {"a": None}, directory=tmp_path)
    place = run_files.place_of(tmp_path, "a", 0)
    place.rename(place.with_name(".0.x.saving"))
    assert pf.compare(small_incast(), {"a": None}, directory=tmp_path).reused == 0
    assert [path.name for path in (tmp_path / "runs" / "a").iterdir()] == ["0"]


class Slow:
    """An algorithm from outside."""

    def init(self, event: Any, wishes: Any) -> None:
        wishes.rate_bps = event.line_rate_bps / 2


def test_finished_runs_of_an_algorithm_from_outside_are_told(tmp_path: Path) -> None:
    variants = {"mine": pf.CustomCongestionControl(Slow)}
    assert not pf.compare(small_incast(), variants, directory=tmp_path).warnings
    (sentence,) = pf.compare(small_incast(), variants, directory=tmp_path).warnings
    assert "'mine' has finished runs of an algorithm from outside" in sentence
