"""What happened in a run and why, as a value that prints itself on one screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyfabric.results.table import Table

#: Columns of the text, beside the numbers of findings.
_COLUMNS: Final = 97


@dataclass(frozen=True)
class Finding:
    """One finding. ``kind``: ``deadlock``, ``watchdog``, ``drops``, ``congestion``, ``victims``,
    ``losses``, ``margins``, ``note``; ``text``: a sentence; ``details``: lines below it.
    """

    kind: str
    text: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([*_wrapped(self.text, ""), *self._details()])

    def _details(self) -> Iterator[str]:
        for line in self.details:
            depth = len(line) - len(line.lstrip())
            yield from _wrapped(line, " " * (2 + depth))


def _wrapped(text: str, indent: str) -> list[str]:
    more = indent + "  " if indent else ""
    return textwrap.wrap(
        text.strip(),
        _COLUMNS,
        initial_indent=indent,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The outcome of :meth:`Result.explain`; its text is one screen, the tables have all.

    findings: the weightiest first.
    congestion_points: one row per congestion point, most paused time first: ``tree``, ``kind``
        (``oversubscribed``, ``slow_receiver``, ``pause_storm``, ``deadlock``, ``unknown``), the
        egress port, ``pauses``, ``paused_ps`` over all ports, ``ports``, ``hosts`` and ``fan_in``
        (paused ports: all, of NICs, next to the congestion point), ``depth`` in links,
        ``contributors`` (flows through it, -1: unknown), ``queue_bytes`` at the first XOFF.
    pause_trees: one row per paused port of a tree, in the order of drawing.
    victims: one row per (flow, tree); empty when paths are not known (``notes`` says why).
    drops: one row per (port, priority, cause), with a story. margins: how near each queue came to
        a pause and to a mark.
    """

    findings: tuple[Finding, ...]
    congestion_points: Table
    pause_trees: Table
    victims: Table
    drops: Table
    margins: Table
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        return {
            "congestion_points": self.congestion_points,
            "pause_trees": self.pause_trees,
            "victims": self.victims,
            "drops": self.drops,
            "margins": self.margins,
        }

    def __str__(self) -> str:
        lines = [
            f"{number}. {finding}".replace("\n", "\n   ")
            for number, finding in enumerate(self.findings, 1)
        ]
        return "\n".join([*lines, *(f"Note: {note}." for note in self.notes)])

    def __repr__(self) -> str:
        kinds = ", ".join(finding.kind for finding in self.findings)
        return f"<Explanation: {len(self.findings)} findings ({kinds})>"
