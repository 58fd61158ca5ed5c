"""Quantities: exact values, and messages that name value and what is allowed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfabric import units


@pytest.mark.parametrize(
    ("parse", "given_value", "expected"),
    [
        (units.parse_rate, "400Gbps", 400 * 10**9),
        (units.parse_rate, "400G", 400 * 10**9),
        (units.parse_rate, "1.6Tbps", 1_600 * 10**9),
        (units.parse_rate, "50GB/s", 400 * 10**9),
        (units.parse_rate, "9.6kbps", 9600),
        (units.parse_rate, 7, 7),
        (units.parse_size, "1kB", 1000),
        (units.parse_size, "1KB", 1000),
        (units.parse_size, "32 MiB", 32 * 2**20),
        (units.parse_size, "1e3B", 1000),
        (units.parse_size, 4096.0, 4096),
        (units.parse_time, "1.5us", 1_500_000),
        (units.parse_time, " 2 ms ", 2 * 10**9),
        (units.parse_time, "0s", 0),
        (units.parse_length, "30m", 30_000),
        (units.parse_length, "0.5km", 500_000),
    ],
)
def test_value(parse, given_value, expected):
    assert parse(given_value) == expected


@pytest.mark.parametrize(
    ("parse", "value", "words"),
    [
        (units.parse_size, "10us", ["'10us'", "unit of time", "kB", "MiB"]),
        (units.parse_size, "10", ["'10'", "no unit", "kB"]),
        (units.parse_rate, "10gbps", ["'10gbps'", "did you mean 'Gbps'?"]),
        (units.parse_time, "5 lightyears", ["lightyears", "ns"]),
        (units.parse_time, True, ["True", "bool", "ps"]),
        (units.parse_time, float("nan"), ["nan", "not finite"]),
        (units.parse_time, float("inf"), ["inf", "not finite"]),
        (units.parse_rate, "nan", ["nan", "not finite"]),
        (units.parse_rate, "-inf", ["-inf", "not finite"]),
        (units.parse_size, 1.5, ["1.5", "whole"]),
        (units.parse_size, "1.5B", ["1.5B", "whole number of bytes"]),
        (units.parse_size, -1, ["-1", "0 to 2**62 - 1"]),
        (units.parse_size, "-1kB", ["-1kB", "0 to 2**62 - 1"]),
        (units.parse_size, 2**62, ["0 to 2**62 - 1"]),
        (units.parse_size, "1e999999999GB", ["1e999999999GB", "0 to 2**62 - 1"]),
        (units.parse_size, 1e300, ["1e+300", "0 to 2**62 - 1"]),
        (units.parse_time, None, ["None", "500ns"]),
        (units.parse_time, [1], ["[1]", "500ns"]),
        (units.parse_time, "", ["''", "500ns"]),
        (units.parse_size, "1" * 5000 + "B", ["64kB"]),
    ],
)
def test_refusal_names_value_and_allowed(parse, value, words):
    with pytest.raises(ValueError, match="thing: ") as caught:
        parse(value, what="thing")
    for word in words:
        assert word in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1/8", Fraction(1, 8)), (0.2, Fraction(1, 5)), ("0.25", Fraction(1, 4)), (3, Fraction(3))],
)
def test_fraction(value, expected):
    assert units.parse_fraction(value) == expected


@pytest.mark.parametrize("value", ["x", "1/0", "nan", float("nan"), True, None, "1/2/3", "1e999"])
def test_fraction_refused(value):
    with pytest.raises(ValueError, match="1/8"):
        units.parse_fraction(value)


@given(st.integers(0, 2**62 - 1))
def test_formats_parse_back(amount):
    assert units.parse_rate(units.format_rate(amount)) == amount
    assert units.parse_size(units.format_size(amount)) == amount
    assert units.parse_time(units.format_time(amount)) == amount


def test_formats_are_short():
    assert units.format_rate(400 * 10**9) == "400Gbps"
    assert units.format_size(4096) == "4KiB"
    assert units.format_size(32 * 10**6) == "32MB"
    assert units.format_time(1_500_000) == "1.5us"
