"""Configuration files: a key and its values per line. Knows the keys, not what they come to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from os import PathLike
from typing import Final, NamedTuple

from pyfabric.errors import Fault, ScenarioError, shorten, unknown
from pyfabric.io.ns3.lines import Rows, number, whole
from pyfabric.units import format_rate

#: Keys that can decide a run here.
USED: Final = (
    *("TOPOLOGY_FILE", "FLOW_FILE", "SIMULATOR_STOP_TIME", "CC_MODE", "ENABLE_QCN"),
    *("USE_DYNAMIC_PFC_THRESHOLD", "PACKET_PAYLOAD_SIZE", "BUFFER_SIZE"),
    *("KMIN_MAP", "KMAX_MAP", "PMAX_MAP", "ERROR_RATE_PER_LINK", "LINK_DOWN"),
    *("L2_ACK_INTERVAL", "L2_BACK_TO_ZERO", "ACK_HIGH_PRIO", "RATE_BOUND"),
    *("HAS_WIN", "GLOBAL_T", "VAR_WIN"),
    *("ALPHA_RESUME_INTERVAL", "RATE_DECREASE_INTERVAL", "RP_TIMER", "EWMA_GAIN"),
    *("FAST_RECOVERY_TIMES", "RATE_AI", "RATE_HAI", "MIN_RATE", "CLAMP_TARGET_RATE"),
    "DCTCP_RATE_AI",
)
#: Keys of that simulator without effect here: monitors, other congestion controls, go-back-0, and
#: what it does not use itself.
WITHOUT_EFFECT: Final = (
    *("TRACE_FILE", "TRACE_OUTPUT_FILE", "ENABLE_TRACE"),
    *("FCT_OUTPUT_FILE", "PFC_OUTPUT_FILE", "QLEN_MON_FILE", "QLEN_MON_START", "QLEN_MON_END"),
    *("FAST_REACT", "U_TARGET", "MI_THRESH", "INT_MULTI", "MULTI_RATE", "SAMPLE_FEEDBACK"),
    *("PINT_LOG_BASE", "PINT_PROB"),
    *("L2_CHUNK_SIZE", "PAUSE_TIME", "DATA_RATE", "LINK_DELAY"),
)
KEYS: Final = (*USED, *WITHOUT_EFFECT)
_MAPS: Final = ("KMIN_MAP", "KMAX_MAP", "PMAX_MAP")
_REMARK: Final = re.compile(r"\{[^{}]*\}\s*$")


class Entry(NamedTuple):
    """The values of one key and where they stand."""

    words: tuple[str, ...]
    line: int


@dataclass
class Config:
    """The entries of a file. Each getter checks one key and records what is wrong with it.

    A getter returns a harmless value after a fault; :meth:`raise_all` ends the reading.
    """

    path: str
    entries: Mapping[str, Entry]
    found: list[Fault] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    @property
    def ignored(self) -> tuple[str, ...]:
        """The keys that nobody asked for, in the order of the file."""
        return tuple(key for key in self.entries if key not in self.asked)

    def add(self, key: str, message: str) -> None:
        """Record a fault at the line of a key."""
        line = self.entries[key].line if key in self.entries else None
        self.found.append(Fault(key, message, file=self.path, line=line))

    def raise_all(self) -> None:
        """Raise one ScenarioError with all faults, if there are any."""
        if self.found:
            raise ScenarioError(dict.fromkeys(self.found))

    def text(self, key: str, wanted: str) -> str | None:
        """The value of a key that must be there; ``wanted`` says what it is in the message."""
        self.asked.add(key)
        if key not in self.entries:
            self.add(key, f"is missing; expected {wanted}")
            return None
        return self.entries[key].words[0]

    def number(
        self, key: str, wanted: str, low: Decimal | int, high: Decimal | int
    ) -> Decimal | None:
        """A number from ``low`` to ``high``."""
        word = self.text(key, wanted)
        if word is None:
            return None
        value = number(word)
        if value is None or not low <= value <= high:
            self.add(key, f"expected {wanted}, {low} to {high}, got {shorten(word)}")
            return None
        return value

    def whole(self, key: str, wanted: str, low: int, high: int) -> int | None:
        """A whole number from ``low`` to ``high``."""
        word = self.text(key, wanted)
        if word is None:
            return None
        value = whole(word)
        if value is None or not low <= value <= high:
            self.add(key, f"expected {wanted}, a whole number from {low} to {high}, got {word!r}")
            return None
        return value

    def flag(self, key: str, default: bool) -> bool:
        """0 or 1; ``default`` when the key is not there."""
        self.asked.add(key)
        if key not in self.entries:
            return default
        word = self.entries[key].words[0]
        if word not in ("0", "1"):
            self.add(key, f"expected 0 or 1, got {shorten(word)}")
            return default
        return word == "1"

    def rate(self, key: str, wanted: str) -> str | None:
        """A rate as text; a bare number is in bit/s, as ns-3 has it."""
        word = self.text(key, wanted)
        return f"{word}bps" if word is not None and whole(word) is not None else word

    def by_rate(self, key: str, wanted: str, high: int) -> dict[int, Decimal]:
        """A map: the number of its entries, then for each a rate in bit/s and a value."""
        self.asked.add(key)
        form = f"expected 'COUNT RATE VALUE ...' with rates in bit/s and {wanted}"
        if key not in self.entries:
            self.add(key, f"is missing; {form}")
            return {}
        words = self.entries[key].words
        count = whole(words[0], 1000)
        if not count:
            self.add(key, f"{form}; COUNT must be 1 to 1000, got {shorten(words[0])}")
            return {}
        if len(words) != 1 + 2 * count:
            pairs = f"{(len(words) - 1) / 2:g}"
            self.add(key, f"{form}; COUNT is {count}, found {pairs} pairs")
            return {}
        values: dict[int, Decimal] = {}
        for word, text in zip(words[1::2], words[2::2], strict=True):
            rate, value = whole(word), number(text)
            if not rate:
                self.add(key, f"{form}; got the rate {shorten(word)}")
            elif value is None or value > high:
                self.add(key, f"{form} from 0 to {high}; got {shorten(text)}")
            elif rate in values:
                self.add(key, f"names {format_rate(rate)} twice")
            else:
                values[rate] = value
        return values


def read_config(path: str | PathLike[str]) -> Config:
    """Read a configuration file: ``KEY value`` lines, ``#`` comments, ``{remarks}`` at line ends.

    Raises ScenarioError for unknown or repeated keys and wrong numbers of values.
    """
    rows = Rows(path)
    entries: dict[str, Entry] = {}
    config = Config(rows.name, entries)
    while (row := rows.next()) is not None:
        words = _REMARK.sub("", " ".join(row.words)).split()
        if not words or words[0].startswith("#"):
            continue
        key, values = words[0], tuple(words[1:])
        message = _fault(key, values, entries)
        if message:
            config.found.append(Fault("", message, file=rows.name, line=row.line))
        else:
            entries[key] = Entry(values, row.line)
    if not entries and not config.found:
        rows.fail(None, "holds no keys; expected lines such as 'CC_MODE 1'")
    return config


def _fault(key: str, values: tuple[str, ...], entries: Mapping[str, Entry]) -> str | None:
    if key not in KEYS:
        return unknown("key", key, KEYS)
    if key in entries:
        return f"{key} is given twice, first in line {entries[key].line}"
    if key in _MAPS or (key in WITHOUT_EFFECT and values):
        return None if values else f"{key} has no values"
    count = 3 if key == "LINK_DOWN" else 1
    if len(values) != count and key not in WITHOUT_EFFECT:
        return f"{key}: expected {count} value{'s' if count > 1 else ''}, got {len(values)}"
    return None
