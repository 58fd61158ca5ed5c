"""Maps from DSCP to traffic class, priority group and queue, and whatever else is set by number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from pyfabric.errors import shorten
from pyfabric.spec import Faults

T = TypeVar("T")

DSCPS: Final = 64
CLASSES: Final = 8

_RANGE: Final = re.compile(r"\s*(\d{1,2})\s*(?:-\s*(\d{1,2})\s*)?")


def numbers(key: object, count: int) -> range | None:
    """The numbers below ``count`` that ``3``, ``"3"`` or ``"3-4"`` names; None: it names none."""
    if isinstance(key, int) and not isinstance(key, bool):
        return range(key, key + 1) if 0 <= key < count else None
    match = _RANGE.fullmatch(key) if isinstance(key, str) else None
    if match is None:
        return None
    low, high = int(match[1]), int(match[2] or match[1])
    return range(low, high + 1) if low <= high < count else None


def by_number(given: Mapping[Any, T], count: int) -> dict[int, T]:
    """A checked mapping with its ranges spread out."""
    return {n: value for key, value in given.items() for n in numbers(key, count) or ()}


def check_keys(faults: Faults, field: str, given: object, count: int) -> dict[int, Any]:
    """Report keys that name no number, and numbers that are named twice; the rest, spread out."""
    found: dict[int, Any] = {}
    if not isinstance(given, Mapping):
        faults.add(field, f"must map numbers from 0 to {count - 1}, got {shorten(given)}")
        return found
    for key, value in given.items():
        place = f"{field}[{shorten(key)}]"
        named = numbers(key, count)
        if named is None:
            faults.add(place, f"must be a number from 0 to {count - 1}, or a range such as '3-4'")
            continue
        for number in named:
            if number in found:
                faults.add(place, f"{number} is named twice")
            found[number] = value
    return found


def check_map(faults: Faults, field: str, given: object, count: int, values: int = CLASSES) -> None:
    """Report what is no map of numbers below ``count`` to numbers below ``values``."""
    for number, value in check_keys(faults, field, given, count).items():
        faults.integer(f"{field}[{number}]", value, 0, values - 1)


def full_map(given: Mapping[Any, int], count: int, shift: int = 0) -> tuple[int, ...]:
    """[count] of a checked map; what it leaves out is n >> shift."""
    spread = by_number(given, count)
    return tuple(spread.get(n, n >> shift) for n in range(count))


def mapped(mask: Iterable[int], through: tuple[int, ...]) -> frozenset[int]:
    """Where the members of a set lead."""
    return frozenset(through[n] for n in mask)
