"""docs/scenario-files.md: its files load, its commands run, and every key is there."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import pyfabric as pf
from pyfabric.cli import main
from pyfabric.scenario.files import parse
from pyfabric.scenario.schema import scenario_schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scenario-files.md"
TEXT = PAGE.read_text(encoding="utf-8")
BASE = (
    "version: 1\ntopology: {leaf_spine: {leaves: 2, spines: 2, hosts_per_leaf: 4}}\n"
    "workload: [{incast: {receiver: 0, size: 1kB}}]\n"
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def complete(block: str) -> str:
    """A block as a file: with the sections of the base that it does not have."""
    if block.startswith("# incast.yaml"):
        return block
    own = {line.partition(":")[0] for line in block.splitlines() if line[:1].isalpha()}
    if "edges:" in block:
        return "version: 1\nworkload: [{flow: {src: a, dst: b, size: 1}}]\n" + block
    return "".join(f"{row}\n" for row in BASE.splitlines() if row.split(":")[0] not in own) + block


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "incast.yaml").write_text(blocks("yaml")[0])
    (tmp_path / "trace.csv").write_text(blocks("csv")[0])
    own = PAGE.with_name("write-your-own.md").read_text(encoding="utf-8")
    code = re.search(r"^```python\n(class Aimd.*?)^```$", own, re.MULTILINE | re.DOTALL)
    assert code is not None
    (tmp_path / "my_controls.py").write_text(code[1])
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize("number", range(len(blocks("yaml"))))
def test_every_example_loads(number: int, files: Path) -> None:
    scenario = parse(complete(blocks("yaml")[number]), "page.yaml")
    pf.compile_plan(scenario)


def test_values_called_defaults_are_the_defaults(files: Path) -> None:
    base = parse(BASE, "base.yaml")
    for block in blocks("yaml"):
        if block.startswith("switch:"):
            scenario = parse(complete(block), "page.yaml")
            for name in ("switch", "nic", "framing"):
                found, default = getattr(scenario, name), getattr(base, name)
                same = {"lossy_alpha": 1}
                assert found == default.replace(**(same if name == "switch" else {}))
    (block,) = (block for block in blocks("yaml") if "dcqcn:\n" in block)
    assert parse(complete(block), "page.yaml").congestion_control == pf.DCQCN()
    (block,) = (block for block in blocks("yaml") if "hpcc:  " in block)
    assert parse(complete(block), "page.yaml").congestion_control == pf.HPCC()


def keys(data: Any) -> set[str]:
    if isinstance(data, dict):
        return set(map(str, data)) | {key for value in data.values() for key in keys(value)}
    return {key for value in data for key in keys(value)} if isinstance(data, list) else set()


def known(schema: Any) -> set[str]:
    """All names of properties, at any level."""
    if isinstance(schema, dict):
        own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
        return own | {key for value in schema.values() for key in known(value)}
    return {key for value in schema for key in known(value)} if isinstance(schema, list) else set()


def test_every_key_of_the_schema_is_there() -> None:
    written = {"static_window", "none"}  # in a comment; and a name without values
    for block in blocks("yaml"):
        written |= keys(YAML(typ="safe", pure=True).load(block))
    assert known(scenario_schema()) - written == set()


def test_commands_run_and_repeat(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count = 0
    for line in (line for block in blocks("sh") for line in block.splitlines()):
        words = shlex.split(line, comments=True)
        assert words[0] == "pyfabric"
        assert main(words[1 : words.index(">")] if ">" in words else words[1:]) == 0, line
        count += 1
    assert count == 11
    results = [pf.load_result(files / name) for name in ("first", "second", "third")]
    assert len({result.fingerprint for result in results}) == 1
    assert results[0].scenario == results[1].scenario == pf.Scenario.load("incast.yaml")


def test_the_python_says_the_same(files: Path) -> None:
    names: dict[str, Any] = {}
    (block,) = blocks("python")
    exec(compile(block, str(PAGE), "exec"), names)
    assert names["scenario"] == pf.Scenario.load("incast.yaml")


def test_faults_are_told_as_shown(files: Path) -> None:
    broken = blocks("yaml")[0].replace("load: 0.2", "load: 20").replace("kmin:", "kmn:")
    Path("incast.yaml").write_text(broken)
    with pytest.raises(pf.ScenarioError) as caught:
        pf.Scenario.load("incast.yaml")
    assert [str(fault) for fault in caught.value.faults] == blocks("text")[0].splitlines()
