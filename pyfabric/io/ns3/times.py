"""Times as that simulator reads them: a double, in fixed point with 64 binary digits behind the
point, cut to whole ns."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = 64
_UNITS_NS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_TEXT: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?)(s|ms|us|ns)")


def cut_ns(value: float, unit_ns: int) -> int:
    """``value`` units of ``unit_ns`` in whole ns; a time of whole ns may lose one.

    >>> cut_ns(2.0002, 10**9), cut_ns(0.6, 1000), cut_ns(2.5, 10**9)
    (2000199999, 599, 2500000000)
    """
    top, bottom = value.as_integer_ratio()
    return ((top << _DIGITS) // bottom) * unit_ns >> _DIGITS


def cut_delay_ps(word: str) -> int | None:
    """A delay such as ``0.001ms`` in ps, whole ns; None when it is no such text."""
    found = _TEXT.fullmatch(word)
    return cut_ns(float(found[1]), _UNITS_NS[found[2]]) * 1000 if found else None
