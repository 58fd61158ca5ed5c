"""What notebooks show of topologies, scenarios and results: the content, escaped, on one screen."""

from html.parser import HTMLParser

import pytest
from result_tools import deadlocked_run, lossless_run, lossy_run

import pyfabric as pf
from pyfabric import markup

EVIL = "<script>alert('&')</script>"


class Reader(HTMLParser):
    """Collects tags, texts and cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.cells: list[str] = []
        self.words = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        if tag in ("th", "td"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data
        if self.open and self.open[-1] in ("th", "td"):
            self.cells[-1] += data

    @property
    def rows(self) -> dict[str, str]:
        return dict(zip(self.cells[::2], self.cells[1::2], strict=True))


ALLOWED = {"div", "b", "table", "tbody", "tr", "th", "td", "pre"}


def scenario() -> pf.Scenario:
    return pf.Scenario(
        pf.star([EVIL.replace(">", "}"), "b", "c"]),
        pf.Flow("b", "c", "1kB", name=EVIL),
        switch=pf.Switch(alpha="1/4"),
        until="2ms",
    )


def test_topology() -> None:
    page = Reader(pf.leaf_spine(2, 3, 4, link_delay="500ns", gpus_per_host=2)._repr_html_())
    assert page.rows["hosts"] == "8"
    assert page.rows["switches"] == "5"
    assert page.rows["endpoints"] == "16"
    assert page.rows["link_delay"] == "500ns"
    assert "leaf_spine" in page.words
    named = Reader(scenario().topology._repr_html_())
    assert named.rows["hosts"] == "3 listed"


def test_scenario() -> None:
    page = Reader(scenario()._repr_html_())
    assert page.rows["topology"] == "star: 3 hosts, 1 switches"
    assert "name=" in page.rows["workload[0]"]
    assert EVIL[:20] in page.rows["workload[0]"]
    assert page.rows["switch"] == "Switch(alpha='1/4')"
    assert page.rows["until"] == "2ms"
    assert "nic" not in page.rows
    assert page.tags <= ALLOWED


def test_many_parts_stay_on_one_screen() -> None:
    parts = pf.Workload(tuple(pf.Flow(0, 1, n + 1, name=f"f{n}") for n in range(100)))
    page = Reader(scenario().replace(topology=pf.star(3), workload=parts)._repr_html_())
    assert page.rows["..."] == "92 more parts"
    assert len(page.rows) < 20
    assert all(len(cell) <= markup.MAX_LETTERS for cell in page.cells)


@pytest.mark.parametrize("run", [lossless_run, lossy_run, deadlocked_run])
def test_result(run: object) -> None:
    result = run()  # type: ignore[operator]
    page = Reader(result._repr_html_())
    assert page.rows["fingerprint"] == result.fingerprint
    assert f"flows {len(result.flows):,}" in page.rows["rows of tables"]
    assert str(result) in page.words
    assert result.stop_reason in page.words
    assert page.words.count("\n") <= 45
    assert page.tags <= ALLOWED


def test_everything_is_escaped() -> None:
    text = markup.table(EVIL, [(EVIL, EVIL)] * 30, EVIL)
    assert "<script" not in text
    page = Reader(text)
    assert page.words.count(EVIL) == 2 + 2 * markup.MAX_ROWS
    assert page.rows["..."] == "6 more"
    assert page.tags == ALLOWED
