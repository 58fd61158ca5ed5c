"""Rows of whitespace-separated words, read one by one, with the place of every fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from pyfabric.errors import Fault, ScenarioError, shorten

#: Longest line that is read, in characters; a file without line ends stops here.
MAX_LINE: Final = 20_000_000
#: Faults of one file that are listed.
MAX_FAULTS: Final = 20

_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_NUMBER: Final = re.compile(r"\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class Row(NamedTuple):
    """A line that is not empty, its number counted from 1."""

    line: int
    words: list[str]


class Rows:
    """The rows of a file, from the first on; what is behind the last one asked for is never read.

    Collects faults: after :data:`MAX_FAULTS` the file is given up.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.name = str(path)
        self.found: list[Fault] = []
        self.last_line = 0
        self.header_line = 0  #: of the counts
        self._rows = self._read()

    def _read(self) -> Iterator[Row]:
        try:
            with Path(self.name).open(encoding="utf-8", errors="replace") as file:
                while text := file.readline(MAX_LINE):
                    self.last_line += 1
                    if len(text) == MAX_LINE:
                        self.fail(self.last_line, f"is longer than {MAX_LINE - 1} characters")
                    if words := text.split():
                        yield Row(self.last_line, words)
        except OSError as error:
            self.fail(None, f"cannot be read: {error.strerror} (from the working directory)")

    def next(self) -> Row | None:
        """The next row; None at the end of the file."""
        return next(self._rows, None)

    def counts(self, fields: tuple[str, ...], high: int) -> tuple[int, ...]:
        """The first row: one whole number up to ``high`` for each field."""
        row = self.next()
        wanted = f"expected {len(fields)} whole number{'s' if len(fields) > 1 else ''}, "
        wanted += f"'{' '.join(fields)}'"
        if row is None:
            self.fail(None, f"is empty; {wanted}")
        self.header_line = row.line
        values = [whole(word, high) for word in row.words]
        if len(values) != len(fields) or None in values:
            got = shorten(" ".join(row.words[:8]))
            self.fail(row.line, f"{wanted}, each up to {high}; got {got}")
        return tuple(value for value in values if value is not None)

    def table(self, count: int, what: str, fields: tuple[str, ...]) -> Iterator[Row]:
        """The next ``count`` rows, each with one word for each field; faulty ones are left out."""
        for index in range(count):
            row = self.next()
            if row is None:
                self.add(
                    self.last_line,
                    f"the file ends: expected {count} {what} as line {self.header_line} declares, "
                    f"found {index}",
                )
                break
            if len(row.words) == len(fields):
                yield row
                continue
            self.add(
                row.line,
                f"expected {len(fields)} fields, '{' '.join(fields)}', "
                f"got {len(row.words)}: {shorten(' '.join(row.words[:12]))}",
            )

    def add(self, line: int | None, message: str) -> None:
        """Record a fault; too many end the reading."""
        self.found.append(Fault("", message, file=self.name, line=line))
        if len(self.found) >= MAX_FAULTS:
            self.raise_all()

    def fail(self, line: int | None, message: str) -> NoReturn:
        """Give the file up because of a fault."""
        self.found.append(Fault("", message, file=self.name, line=line))
        raise ScenarioError(self.found)

    def raise_all(self) -> None:
        """Raise one ScenarioError with all faults, if there are any."""
        if self.found:
            raise ScenarioError(self.found)


def whole(word: str, high: int = 10**18) -> int | None:
    """A whole number from 0 to ``high``; None when ``word`` is none."""
    if not _WHOLE.fullmatch(word):
        return None
    number = int(word)
    return number if number <= high else None


def number(word: str) -> Decimal | None:
    """A number from 0 on, below 10**40; None when ``word`` is none."""
    if len(word) > 64 or not _NUMBER.fullmatch(word):
        return None
    value = Decimal(word)
    return value if not value or abs(value.adjusted()) < 40 else None
