"""Flow-size distributions: published tables, files, drawing."""

import numpy as np
import pytest
from fabrics import HPCC

from pyfabric import FlowSizes, ScenarioError, poisson
from pyfabric.workload import draws

FILES = {
    "websearch": "WebSearch_distribution.txt",
    "fb_hadoop": "FbHdp_distribution.txt",
    "ali_storage": "AliStorage2019.txt",
}


@pytest.mark.parametrize(
    ("name", "mean"), [("websearch", 1_711_250), ("fb_hadoop", 120_421), ("ali_storage", 40_870)]
)
def test_means_of_the_published_tables(name, mean):
    assert round(FlowSizes.named(name).mean_bytes) == mean


@pytest.mark.parametrize("name", FILES)
def test_tables_equal_the_published_files(name):
    path = HPCC.parent / "traffic_gen" / FILES[name]
    if not path.is_file():
        pytest.skip("the published files are not here")
    assert FlowSizes.from_file(path) == FlowSizes.named(name)


def test_file_with_comments(tmp_path):
    path = tmp_path / "cdf.txt"
    path.write_text("# sizes\n100 25  # a quarter\n\n300 100\n")
    assert FlowSizes.from_file(path) == FlowSizes(((100, 25), (300, 100)))
    assert FlowSizes.from_file(path).mean_bytes == 25 + 150
    assert poisson(0.5, path, "1us").parts[0].flow_sizes == FlowSizes.from_file(path)
    assert poisson(0.5, str(path), "1us").parts[0].flow_sizes == FlowSizes.from_file(path)


def test_a_fixed_size():
    assert FlowSizes.fixed("64kB").mean_bytes == 64_000
    assert poisson(0.5, "64kB", "1us").parts[0].flow_sizes == FlowSizes.fixed(64_000)


@pytest.mark.parametrize("name", FILES)
def test_drawn_sizes_follow_the_table(name):
    """Mean within 5 standard errors, and every point of the table within 5 of its own."""
    sizes = FlowSizes.named(name)
    drawn = draws.sizes(draws.Stream(7, 0).words(draws.SIZES, 0, 200_000), sizes.points)
    assert drawn.min() >= 1
    error = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - float(sizes.mean_bytes)) < 5 * error
    for size, percent in sizes.points:
        share = percent / 100
        spread = 5 * np.sqrt(share * (1 - share) / len(drawn)) + 1e-9
        assert abs(np.mean(drawn <= size) - share) <= spread + np.mean(drawn == size)


def test_first_point_above_zero_per_cent_is_a_size_of_its_own():
    words = draws.Stream(7, 0).words(draws.SIZES, 0, 20_000)
    drawn = draws.sizes(words, ((100, 25), (300, 100)))
    assert abs(np.mean(drawn == 100) - 0.25) < 0.03
    assert drawn.max() <= 300


BAD_FILES = {
    "empty": ("", ["is empty", "bytes percent"]),
    "not 100": ("0 0\n10 50\n", [":2:", "at 100 per cent", "got 50"]),
    "fractions": ("0 0\n10 1\n", [":2:", "at 100 per cent", "multiply by 100"]),
    "sizes fall": ("0 0\n10 50\n5 100\n", [":3:", "sizes must not fall", "10 B", "'5 100'"]),
    "per cents fall": ("0 0\n10 50\n20 40\n", [":3:", "per cents must not fall", "at least 50"]),
    "repeated": ("0 0\n10 50\n10 50\n20 100\n", [":3:", "differs"]),
    "words": ("0 0\n10\n", [":2:", "expected 'bytes percent'", "'10'"]),
    "text": ("0 0\nten 100\n", [":2:", "size", "'ten'"]),
    "negative": ("-1 0\n10 100\n", [":1:", "whole bytes from 0", "'-1'"]),
    "half a byte": ("0.5 0\n10 100\n", [":1:", "whole bytes", "'0.5'"]),
    "above 100": ("0 0\n10 101\n", [":2:", "0 to 100", "'101'"]),
    "nan": ("0 0\n10 nan\n", [":2:", "per cent", "'nan'"]),
    "nothing but zero": ("0 0\n0 100\n", [":2:", "above 0 B"]),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_names_file_line_and_expectation(name, tmp_path):
    text, words = BAD_FILES[name]
    path = tmp_path / "cdf.txt"
    path.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        FlowSizes.from_file(path)
    for word in (str(path), *words):
        assert word in str(caught.value)


def test_unreadable_files(tmp_path):
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path, tmp_path / "missing", binary):
        with pytest.raises(ScenarioError, match="cannot be read"):
            FlowSizes.from_file(path)


@pytest.mark.parametrize(
    ("points", "word"),
    [((), "pairs"), (((5, 50),), "100 per cent"), (((5, True),), "True"), (((5,),), "(5,)")],
)
def test_bad_points(points, word):
    with pytest.raises(ScenarioError) as caught:
        FlowSizes(points)
    assert word in str(caught.value)


def test_unknown_table():
    with pytest.raises(ScenarioError, match="did you mean 'websearch'"):
        FlowSizes.named("websarch")
