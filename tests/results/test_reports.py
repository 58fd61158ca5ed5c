"""Texts: numbers for reading, comparison tables."""

import pytest
from result_tools import deadlocked_run, lossless_run, lossy_run

from pyfabric.checks.wording import rate_text, size_text, time_text
from pyfabric.reports import comparison, numbers


@pytest.mark.parametrize(
    ("time_ps", "text"),
    [(0, "0"), (999, "999 ps"), (1000, "1 ns"), (12_345_678, "12.35 us"), (2 * 10**12, "2 s")],
)
def test_times(time_ps: int, text: str) -> None:
    assert numbers.time(time_ps) == text
    assert time_text(time_ps) == (text if time_ps else "0 ps")


def test_other_quantities() -> None:
    assert numbers.rate(399_250_000_000) == "399.2 Gb/s"
    assert numbers.size(1_250_000) == "1.25 MB"
    assert numbers.size(0) == "0 B"
    assert numbers.count(1, "flow") == "1 flow"
    assert numbers.count(2000, "flow") == "2,000 flows"
    assert size_text(72_320) == "72,320 B"
    assert rate_text(12_500_000_000) == "12.5 Gb/s"


def test_comparison_has_a_column_per_result() -> None:
    results = {"good": lossless_run(), "bad": lossy_run(), "stuck": deadlocked_run()}
    text = comparison(results)
    lines = text.splitlines()
    assert lines[0].split() == ["good", "bad", "stuck"]
    assert len({len(line) for line in lines}) == 1
    rows = {line.split("  ")[0]: line for line in lines[1:]}
    assert rows["flows finished"].split()[2:] == [
        "12",
        "of",
        "12",
        "12",
        "of",
        "12",
        "0",
        "of",
        "10",
    ]
    assert rows["verdict"].count("lossless") == 1
    assert rows["verdict"].count("NOT LOSSLESS") == 2
    assert rows["drops"].split()[1:] == ["0", f"{len(lossy_run().drops)}", "0"]
    assert rows["all done after"].split()[-1] == "-"
    assert comparison({}) == ""
