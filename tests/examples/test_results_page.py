"""docs/results.md names the columns, statistics and words that there are, no more and no fewer."""

import re
from pathlib import Path

import pytest
from result_tools import lossless_run

from pyfabric.results import STOP_REASONS
from pyfabric.results import vocabulary as words
from pyfabric.results.result import TABLES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results.md"
TEXT = PAGE.read_text(encoding="utf-8")
#: Table -> its part of the page.
PARTS = {
    part.partition(":")[0]: part
    for part in re.split(r"^### ", TEXT.partition("\n## Tables\n")[2], flags=re.MULTILINE)[1:]
}


def listed(part: str) -> list[str]:
    """Names in the first cells of a table, ``*`` for those that can be without a value."""
    cells = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    return [name + star for cell in cells for name, star in re.findall(r"`(\w+)`(\*?)", cell)]


@pytest.mark.parametrize("name", TABLES)
def test_columns(name: str) -> None:
    table = lossless_run().tables[name]
    real = [f"{column}{'*' * (column in table.nullable)}" for column in table.columns]
    assert sorted(listed(PARTS[name])) == sorted(real)


def test_every_table_is_there() -> None:
    assert tuple(PARTS) == (
        "flows",
        "ports",
        "pauses",
        "drops",
        "queues",
        "queue_pairs",
        *TABLES[6:],
    )


def test_units() -> None:
    for table in lossless_run().tables.values():
        for column, unit in table.units.items():
            word = column.rpartition("_")[2]
            assert unit == {"ps": "ps", "bytes": "B", "bps": "bit/s"}.get(word, "")


def test_words() -> None:
    for name, values in {
        "flows": (*words.STATUSES, *words.OPS),
        "ports": words.PFC_MODES,
        "drops": (*words.CAUSES, *words.KINDS),
        "trace": words.EVENTS,
    }.items():
        for word in filter(None, values):
            assert f"`{word}`" in PARTS[name]
    for word in (*STOP_REASONS, *lossless_run().stats, *lossless_run().tables):
        assert f"`{word}`" in TEXT or f"### {word}:" in TEXT
