"""Pages of congestion controls: complete, with a figure, and quoting what their scripts measure."""

from __future__ import annotations

import dataclasses
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import dcqcn_theory
import pytest

import pyfabric as pf
from pyfabric.cc import ALGORITHMS

PAGES = Path(__file__).resolve().parents[2] / "docs" / "congestion-control"
#: Algorithms of a page that is not named after them.
PAGE_OF = {"none": "static-window", "window": "static-window"}
KINDS = {kind.name: kind for kind in ALGORITHMS.values()}
NAMES = sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "README")
MAX_FIGURE_BYTES = 60_000


def page_of(algorithm: str) -> str:
    name = PAGE_OF.get(algorithm, algorithm.replace("_", "-"))
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def script(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PAGES))
    before = set(sys.modules)
    module = import_module(f"{name.replace('-', '_')}_figure")
    for loaded in set(sys.modules) - before:  # "figures" is a name that others may have
        if Path(getattr(sys.modules[loaded], "__file__", None) or "/").parent == PAGES:
            monkeypatch.delitem(sys.modules, loaded)
    return module


@pytest.mark.parametrize("algorithm", sorted(KINDS))
def test_the_page_names_every_parameter_and_preset(algorithm: str) -> None:
    page = page_of(algorithm)
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", page))))
    fields = {field.name for field in dataclasses.fields(KINDS[algorithm])}
    assert fields - words == set()
    if preset := getattr(KINDS[algorithm], "preset", None):
        with pytest.raises(pf.ScenarioError) as refused:
            preset("no such set")
        known, _, _ = str(refused.value).partition(", got ")
        presets = re.findall(r"'(\w+)'", known)
        assert "paper" in presets or "htsim" in presets
        assert set(presets) - words == set()


def test_the_index_has_every_page_and_every_name() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"({name}.md)" not in index] == []
    assert [name for name in KINDS if f"`{name}`" not in index] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_has_its_figure(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert re.search(rf"!\[[^\]]+\]\({name}\.svg\)", page)
    assert f"`{name.replace('-', '_')}_figure.py`" in page
    image = (PAGES / f"{name}.svg").read_bytes()
    assert len(image) < MAX_FIGURE_BYTES
    assert b"<dc:date>" not in image


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_what_its_script_measures(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = script(name, monkeypatch)
    page = " ".join((PAGES / f"{name}.md").read_text(encoding="utf-8").split())
    told = module.told(module.measured())
    assert told
    assert [sentence for sentence in told if sentence not in page] == []


def test_a_figure_gives_the_same_bytes_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    module = script("dctcp", monkeypatch)
    runs = module.measured()
    first, second = (module.figures.svg(module.drawn(runs)) for _ in range(2))
    assert first == second
    assert b"scale(0.015625)" in first  # of letters; coordinates alone are rounded


@pytest.mark.parametrize("flows", [2, 10])
def test_the_fixed_point_of_the_script_is_that_of_the_theory(
    flows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = script("dcqcn", monkeypatch)
    link = dcqcn_theory.at_rate(module.RATE, module.WIRE)
    expected = dcqcn_theory.fixed_point(link, flows)
    assert module.fixed_point(flows) == pytest.approx(expected, rel=1e-6)
