"""Comparison files and the command that runs them."""

import csv
import re
from pathlib import Path

import pytest
from study_tools import small_incast

import pyfabric as pf
from pyfabric.cc import ALGORITHMS
from pyfabric.cli import main
from pyfabric.study import load_comparison
from pyfabric.study.controls import control_variants
from pyfabric.study.variants import resolve

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
version: 1
topology: {star: {hosts: 4, rate: 400Gbps, link_delay: 500ns}}
variants:
  as it is:
  pfc only: {congestion_control: none}
  low kmin: {switch.ecn.kmin: 50kB, switch.ecn.kmax: 200kB}   # a comment
  preset:
    congestion_control: {dcqcn: {preset: simai}}
    switch.ecn: {preset: nvidia}
workload:
- incast: {receiver: 0, senders: "1:4", size: 1MB, name: incast}
seeds: 2:4
until: 2ms
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "compare.yaml"
    path.write_text(text)
    return path


def test_load(tmp_path: Path) -> None:
    file = load_comparison(write(tmp_path, GOOD))
    assert file.scenario == pf.Scenario(
        topology=pf.star(4, rate="400Gbps", link_delay="500ns"),
        workload=pf.incast(0, "1:4", size="1MB", name="incast"),
        until="2ms",
    )
    assert file.seeds == (2, 3)
    assert file.variants is not None
    assert list(file.variants) == ["as it is", "pfc only", "low kmin", "preset"]
    scenarios = resolve(file.scenario, file.variants)
    assert scenarios["preset"].congestion_control == pf.DCQCN.preset("simai")
    assert scenarios["preset"].switch.ecn == pf.ECN.preset("nvidia")
    assert scenarios["pfc only"].congestion_control == pf.NoCongestionControl()


def test_plain_scenario_file(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    small_incast().save(path)
    file = load_comparison(path)
    assert (file.scenario, file.variants, file.seeds) == (small_incast(), None, (0,))


BAD = {
    "unknown path": ("switch.ecn.kmin", "switch.ecn.kmn", ":6:14: ", "did you mean 'kmin'?"),
    "value": ("50kB", "50 lightyears", ":6:14: ", "lightyears"),
    "nested": ("preset: simai", "preset: simay", ":8:34: ", "did you mean 'simai'?"),
    "order": ("kmax: 200kB", "kmax: 20kB", ":6:14: ", "kmin 50kB is above kmax 20kB"),
    "kind of variant": ("  as it is:", "  as it is: 5", ":4:3: ", "a mapping of changes"),
    "twice": ("pfc only", "low kmin", ":6:3: ", "duplicate key"),
    "seed": ("2:4", "[1, x]", ":12:12: ", "must be an integer from 0"),
    "seed text": ("2:4", "two", ":12:1: ", "must be a range such as 0:3"),
    "seed twice": ("2:4", "[1, 1]", ":12:12: ", "named twice"),
    "no seeds": ("2:4", "[]", ":12:1: ", "is empty"),
    "empty range": ("2:4", "4:4", ":12:1: ", "is empty"),
    "seed in a variant": ("switch.ecn.kmin: 50kB", "seed: 5", ":6:14: ", "is set by the seeds"),
    "scenario": ("hosts: 4", "hots: 4", ":2:19: ", "did you mean 'hosts'?"),
    "key": ("until", "untill", ":13:1: ", "did you mean 'until'?"),
    "syntax": ("hosts: 4", "hosts: [4", ":2:", "is not YAML"),
}


@pytest.mark.parametrize("name", BAD)
def test_faults_have_line_and_column(name: str, tmp_path: Path) -> None:
    old, new, place, words = BAD[name]
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(pf.ScenarioError) as caught:
        load_comparison(path)
    assert f"{path}{place}" in str(caught.value)
    assert words in str(caught.value)


def test_variants_of_another_kind(tmp_path: Path) -> None:
    text = re.sub(r"variants:\n(  .*\n)+", "variants: [1]\n", GOOD)
    with pytest.raises(pf.ScenarioError, match=r":3:1: variants: must map names to variants"):
        load_comparison(write(tmp_path, text))


def test_all_faults_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("kmin: 50kB", "kmn: 50kB").replace("2:4", "[-1]")
    with pytest.raises(pf.ScenarioError) as caught:
        load_comparison(write(tmp_path, text))
    assert [fault.line for fault in caught.value.faults] == [12, 6]


def test_braces_at_the_top(tmp_path: Path) -> None:
    with pytest.raises(pf.ScenarioError, match="one key per line at its top, no braces"):
        load_comparison(write(tmp_path, "{version: 1, variants: {a: }}"))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(pf.ScenarioError, match="cannot be read"):
        load_comparison(tmp_path / "none.yaml")


def test_aliases_that_grow(tmp_path: Path) -> None:
    rows = ["  v0: &v0 [1]", *(f"  v{i}: &v{i} [{f'*v{i - 1}, ' * 9}]" for i in range(1, 9))]
    with pytest.raises(pf.ScenarioError, match="too deep or too large"):
        load_comparison(write(tmp_path, "\n".join(["version: 1", "variants:", *rows, ""])))


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write(tmp_path, GOOD), tmp_path / "out"
    assert main(["compare", str(path), "--workers", "2", "-o", str(out)]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("4 variants x 2 seeds")
    assert shown.err == ""
    with (out / "runs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["variant"], row["seed"]) for row in rows[:3]] == [
        ("as it is", "2"),
        ("as it is", "3"),
        ("pfc only", "2"),
    ]
    assert (out / "comparison.txt").read_text() in shown.out
    assert pf.Scenario.load(out / "scenario.yaml") == load_comparison(path).scenario
    assert main(["compare", str(path), "-o", str(tmp_path)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["compare", str(path), "-o", str(out)]) == 0
    assert "8 runs found there" in capsys.readouterr().out
    assert main(["compare", str(path), "--seeds", "1", "-o", str(out)]) == 0
    with (out / "summary.csv").open() as file:
        assert {row["half_width"] for row in csv.DictReader(file)} == {""}


def columns(text: str) -> list[str]:
    """Variants of all blocks of the table."""
    table = text.partition("Order of the means")[0]
    heads = [line for line in table.splitlines() if re.match(r" +\w", line)]
    return [name for line in heads for name in line.split() if not line.startswith("  p99")]


def test_command_with_a_plain_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scenario.yaml"
    small_incast(congestion_control=pf.DCQCN.preset("simai")).save(path)
    assert main(["compare", str(path)]) == 0
    shown = capsys.readouterr()
    assert columns(shown.out) == list(dict.fromkeys(kind.name for kind in ALGORITHMS.values()))
    assert "Warning: 'none' made no difference to 'dcqcn'" in shown.out
    assert shown.err == ""
    assert main(["compare", str(path), "--cc", "window,dcqcn", "--seeds", "4,2"]) == 0
    assert columns(capsys.readouterr().out) == ["window", "dcqcn"]


def test_set_changes_all_variants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, GOOD)
    assert main(["compare", str(path), "--set", "workload.incast.size=64kB", "--seeds", "0"]) == 0
    assert "'pfc only' made no difference to 'as it is'" in capsys.readouterr().out


WRONG = {
    "--cc": ("dcqn", "did you mean 'dcqcn'?"),
    "--seeds": ("x", "must be a range such as 0:3 or a list such as 1,2,5, got 'x'"),
    "--workers": ("0", "workers: must be an integer from 1"),
    "--set": ("switch.bufer=1MB", "did you mean 'buffer'?"),
}


@pytest.mark.parametrize("option", WRONG)
def test_command_with_bad_options(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value, words = WRONG[option]
    assert main(["compare", str(write(tmp_path, GOOD)), option, value]) == 2
    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


def test_command_with_a_failed_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("{congestion_control: none}", "{switch.ecn.kmin: {25Gbps: 1kB}}")
    assert main(["compare", str(write(tmp_path, text))]) == 1
    shown = capsys.readouterr().out
    assert "Failed: variant 'pfc only', seeds 2, 3: switch.ecn.kmin: has no entry" in shown
    assert "FCT p99" in shown


def test_example_of_64_gpus(capsys: pytest.CaptureFixture[str]) -> None:
    path = ROOT / "examples" / "compare_64gpu.yaml"
    file = load_comparison(path)
    assert file.scenario.topology.endpoints == 64
    shorter = ["--set", "workload.background.duration=50us", "--seeds", "0:2"]
    assert main(["compare", str(path), *shorter]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("10 variants x 2 seeds")
    assert "Failed" not in shown
    for name in file.variants or ():
        assert name in shown


@pytest.mark.slow
def test_example_of_64_gpus_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(ROOT / "examples" / "compare_64gpu.yaml")]) == 0
    assert "Warning" not in capsys.readouterr().out


def test_example_of_all_algorithms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ROOT / "examples" / "compare_all.yaml"
    assert load_comparison(path).scenario.topology.endpoints == 64
    names = list(dict.fromkeys(kind.name for kind in ALGORITHMS.values()))
    shorter = ["--set", "workload.websearch.duration=30us", "--set", "workload.incast.start=0s"]
    asked = ["--cc", "all", "--seeds", "0", "-o", str(tmp_path / "study")]
    assert main(["compare", str(path), *shorter, *asked]) == 0
    shown = capsys.readouterr().out
    assert "Failed" not in shown
    saved = [place.name for place in (tmp_path / "study" / "runs").iterdir()]
    assert sorted(saved) == sorted(names)


@pytest.mark.slow
def test_the_documented_comparison_of_all_algorithms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command of the page, as it is, ends with what the page says of it."""
    page = (ROOT / "docs" / "comparisons.md").read_text(encoding="utf-8")
    command = re.search(r"^pyfabric (compare examples/compare_all.yaml .*)$", page, re.MULTILINE)
    told = re.search(r"```text\n(Order of the means.*?)```", page, re.DOTALL)
    assert command
    assert told
    assert command[0] in (ROOT / "README.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    assert main(command[1].split()) == 0
    shown = capsys.readouterr().out
    assert told[1] in shown
    assert "Warning" not in shown
    assert len(list((tmp_path / "study" / "figures").iterdir())) == 3


def test_control_variants() -> None:
    own = small_incast(congestion_control=pf.DCQCN(g="1/16"))
    assert control_variants(own, "all")["dcqcn"] == pf.DCQCN(g="1/16")
    other = small_incast(congestion_control=pf.StaticWindow("1MB"))
    found = control_variants(other, "all")
    assert found["timely"] == pf.TIMELY.preset("hpcc")
    assert found["dcqcn"] == pf.DCQCN.preset("hpcc")
    assert found["window"] == pf.StaticWindow("1MB")
    assert control_variants(other, "dcqcn")["dcqcn"] == pf.DCQCN()
    presets = control_variants(own, "dcqcn:simai,dcqcn:paper,none")
    assert list(presets) == ["dcqcn:simai", "dcqcn:paper", "none"]
    assert presets["dcqcn:simai"] == pf.DCQCN.preset("simai")
    for wrong, words in {"dcqcn:sima": "did you mean 'simai'", "none:x": "has no presets"}.items():
        with pytest.raises(pf.ScenarioError, match=words):
            control_variants(own, wrong)
