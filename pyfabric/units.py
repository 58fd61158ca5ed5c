"""Quantities as people write them, turned into integers in base units, exactly, and back.

Base units: bit/s, bytes, picoseconds, millimetres. An int is already in base units; a string has a
number and a unit (``"400Gbps"``, ``"1.5us"``, ``"32 MiB"``); a float must be integral. Everything
else is a :class:`ValueError` whose message names the value and what is allowed.
"""

from __future__ import annotations

import datetime as dt
import math
import numbers
import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, TypeAlias

from pyfabric.errors import did_you_mean, shorten

#: What every quantity parameter accepts.
Quantity: TypeAlias = int | float | str

#: Quantities in base units are below this, so that sums of two never leave an int64.
LIMIT: Final = 2**62

_DECIMAL: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

#: kind -> unit -> factor to the base unit; the first names are those shown in messages.
UNITS: Final[dict[str, dict[str, int]]] = {
    "rate": {
        **{f"{p}bps": f for p, f in _DECIMAL.items()},
        **{f"{p}B/s": 8 * f for p, f in _DECIMAL.items()},
        **{f"{p}b/s": f for p, f in _DECIMAL.items()},
        **{p: f for p, f in _DECIMAL.items() if p},
    },
    "size": {
        **{f"{p}B": f for p, f in _DECIMAL.items()},
        "KB": 10**3,
        **{f"{p}iB": 2 ** (10 * (i + 1)) for i, p in enumerate("KMGT")},
    },
    "time": {"ps": 1, "ns": 10**3, "us": 10**6, "ms": 10**9, "s": 10**12},
    "length": {"m": 10**3, "km": 10**6},
}
_BASE: Final = {"rate": "bit/s", "size": "bytes", "time": "ps", "length": "mm"}
#: Unit of numpy's durations -> ps.
_DURATIONS: Final = {
    "as": Fraction(1, 10**6),
    "fs": Fraction(1, 10**3),
    **{name: Fraction(factor) for name, factor in UNITS["time"].items()},
    "m": Fraction(60 * 10**12),
    "h": Fraction(3600 * 10**12),
    "D": Fraction(86_400 * 10**12),
}
_EXAMPLE: Final = {"rate": "400Gbps", "size": "64kB", "time": "500ns", "length": "30m"}
_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)")


class OutOfRange(ValueError):
    """A quantity that can be read, but is no amount of its kind: negative or beyond 62 bits."""


def parse_rate(value: object, *, what: str = "value") -> int:
    """``value`` in bit/s; ``what`` names it in the message of the ValueError."""
    return _parse("rate", value, what)


def parse_size(value: object, *, what: str = "value") -> int:
    """``value`` in bytes (kB = KB = 1000 B, KiB = 1024 B)."""
    return _parse("size", value, what)


def parse_time(value: object, *, what: str = "value") -> int:
    """``value`` in picoseconds."""
    return _parse("time", value, what)


def parse_length(value: object, *, what: str = "value") -> int:
    """``value`` in millimetres."""
    return _parse("length", value, what)


def parse_fraction(value: object, *, what: str = "value") -> Fraction:
    """``value`` as an exact fraction: ``"1/8"``, ``"0.2"``, an int, or a float by its repr."""
    try:
        return _fraction(value)
    except ValueError as error:
        raise ValueError(_named(what, str(error))) from None


def format_rate(rate_bps: int) -> str:
    """The shortest exact text, such as ``"400Gbps"``; parses back to the same number."""
    return _format("rate", rate_bps, ("bps", "kbps", "Mbps", "Gbps", "Tbps"))


def format_size(size_bytes: int) -> str:
    """The shortest exact text, such as ``"32MB"`` or ``"4KiB"``; parses back to the same number."""
    return _format("size", size_bytes, ("B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"))


def format_time(time_ps: int) -> str:
    """The shortest exact text, such as ``"1.5us"``; parses back to the same number."""
    return _format("time", time_ps, ("ps", "ns", "us", "ms", "s"))


def format_length(length_mm: int) -> str:
    """The shortest exact text in m or km, such as ``"300m"``; parses back to the same number."""
    if 0 < length_mm < UNITS["length"]["m"]:
        return f"{Decimal(length_mm) / UNITS['length']['m']:f}m"
    return _format("length", length_mm, ("m", "km"))


def is_bool(value: object) -> bool:
    """Whether ``value`` is a bool, numpy's included (without importing numpy)."""
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def is_integer(value: object) -> bool:
    """Whether ``value`` is a whole number of any type: no bool, and no duration of numpy."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, numbers.Integral) and not is_bool(value) and not is_duration(value)


def is_duration(value: object) -> bool:
    """Whether ``value`` is a duration of Python, numpy or pandas (without importing them)."""
    return isinstance(value, dt.timedelta) or type(value).__name__ == "timedelta64"


def duration_ps(value: Any) -> int:
    """A duration in ps, exactly; ValueError when it is none (NaT), has no unit or no whole ps."""
    value = getattr(value, "to_timedelta64", lambda: value)()  # pandas
    if isinstance(value, dt.timedelta):
        microseconds = (value.days * 86_400 + value.seconds) * 10**6 + value.microseconds
        return microseconds * 10**6
    # The type is written "<m8[25us]"; without a unit "<m8".
    match = re.fullmatch(r".m8\[?(\d*)(\w*)\]?", value.dtype.str)
    step, unit = match.groups() if match else ("", "")
    factor = _DURATIONS.get(unit)
    if str(value) == "NaT":
        raise ValueError(f"must be {_expected('time')}, got NaT, which is no duration")
    if factor is None:
        known = ", ".join(_DURATIONS)
        raise ValueError(f"{shorten(value)} has no unit of fixed length (allowed: {known})")
    exact = value.astype("int64").item() * int(step or 1) * factor
    if exact.denominator != 1:
        raise ValueError(f"{shorten(value)} is not a whole number of ps")
    return int(exact)


def _named(what: str, message: str) -> str:
    return f"{what}: {message}" if what else message


def _parse(kind: str, value: object, what: str) -> int:
    try:
        if isinstance(value, str):
            return _from_text(kind, str(value))
        return _from_number(kind, value)
    except ValueError as error:
        raise type(error)(_named(what, str(error))) from None


def _expected(kind: str) -> str:
    return f"a {kind} such as {_EXAMPLE[kind]!r} or an integer in {_BASE[kind]}"


def _from_number(kind: str, value: object) -> int:
    if is_bool(value):
        raise ValueError(f"must be {_expected(kind)}, got the bool {value!r}")
    if is_duration(value) and kind == "time":
        return _bounded(kind, duration_ps(value), value)
    if isinstance(value, numbers.Integral) and not is_duration(value):
        return _bounded(kind, int(value), value)
    if not isinstance(value, numbers.Real) or is_duration(value):
        raise ValueError(f"must be {_expected(kind)}, got {shorten(value)}")
    if isinstance(value, numbers.Rational) and value.denominator != 1:
        raise ValueError(f"{shorten(value)} is not a whole number of {_BASE[kind]}")
    try:
        number = float(value)
    except OverflowError:
        raise OutOfRange(_out_of_range(kind, value)) from None
    if not math.isfinite(number):
        raise ValueError(f"must be {_expected(kind)}, got {value!r}, which is not finite")
    if not number.is_integer():
        raise ValueError(f"must be {_expected(kind)}; a float must be whole, got {value!r}")
    return _bounded(kind, int(number), value)


@lru_cache(maxsize=4096)
def _from_text(kind: str, text: str) -> int:
    match = _NUMBER.fullmatch(text.strip()) if len(text) <= 64 else None
    if match is None:
        if text.strip().lower().lstrip("+-").startswith(("nan", "inf")):
            raise ValueError(f"must be {_expected(kind)}, got {shorten(text)}, which is not finite")
        raise ValueError(f"must be {_expected(kind)}, got {shorten(text)}")
    number, unit = match.groups()
    factor = UNITS[kind].get(unit)
    if factor is None:
        raise ValueError(_wrong_unit(kind, text, unit))
    amount = Decimal(number)
    if amount and amount.adjusted() > 40:
        raise OutOfRange(_out_of_range(kind, text))
    if amount and amount.adjusted() < -40:
        raise ValueError(f"{text!r} is not a whole number of {_BASE[kind]}")
    exact = Fraction(amount) * factor
    if exact.denominator != 1:
        raise ValueError(f"{text!r} is not a whole number of {_BASE[kind]}")
    return _bounded(kind, exact.numerator, text)


def _wrong_unit(kind: str, text: str, unit: str) -> str:
    known = ", ".join(name for name in UNITS[kind] if name)
    if not unit:
        return f"{text!r} has no unit; a {kind} is written with one of {known}"
    others = [other for other, table in UNITS.items() if unit in table and other != kind]
    hint = f" (a unit of {others[0]})" if others else did_you_mean(unit, UNITS[kind])
    return f"{shorten(text)} is not a {kind}: unknown unit {shorten(unit)}{hint}; known: {known}"


def _bounded(kind: str, amount: int, given: object) -> int:
    if not 0 <= amount < LIMIT:
        raise OutOfRange(_out_of_range(kind, given))
    return amount


def _out_of_range(kind: str, given: object) -> str:
    return f"must be a {kind} of 0 to 2**62 - 1 {_BASE[kind]}, got {shorten(given)}"


def _fraction(value: object) -> Fraction:
    wanted = "must be a number or a fraction such as '1/8'"
    if is_bool(value) or is_duration(value) or not isinstance(value, str | numbers.Real):
        raise ValueError(f"{wanted}, got {shorten(value)}")
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    text = value.strip() if isinstance(value, str) else str(value)
    top, slash, bottom = text.partition("/")
    try:
        parts = [Decimal(part) for part in ((top, bottom) if slash else (top,))]
    except ArithmeticError:
        raise ValueError(f"{wanted}, got {shorten(value)}") from None
    if not all(part.is_finite() and abs(part.adjusted()) <= 40 for part in parts):
        raise ValueError(f"{wanted}, got {shorten(value)}, which is not finite or out of range")
    if slash and not parts[1]:
        raise ValueError(f"{wanted}, got {shorten(value)}, which divides by zero")
    return Fraction(parts[0]) / Fraction(parts[1]) if slash else Fraction(parts[0])


def _format(kind: str, amount: int, names: tuple[str, ...]) -> str:
    texts = []
    for name in names:
        factor = UNITS[kind][name]
        number = Decimal(amount) / Decimal(factor)
        if amount >= factor and Fraction(number) * factor == amount:
            texts.append(f"{number.normalize():f}{name}")
    return min(texts, key=len) if texts else f"{amount}{names[0]}"
