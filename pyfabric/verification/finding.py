"""What a check found: severity, places, numbers, words, fix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyfabric.spec import EMPTY

#: Worst first. An error: frames of a lossless class can be lost, or traffic can stand for ever. A
#: warning: lossless, but not as it is meant. A note: a limit to know of.
SEVERITIES: Final = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, at all places where it is the same.

    check: headroom, pools, pfc, maps, ecn, faults, routes, dependency, failures or spread.
    places: ports (``"leaf0, port from host3"``), switches, links by name; ``kind`` says which.
    message: in plain words. numbers: what it rests on, units last in the names.
    fix: path -> value, as ``Scenario.replace`` and ``--set`` take them; empty where no setting
        helps. advice: the same in words, or what else would help.
    """

    severity: str
    check: str
    kind: str
    places: tuple[str, ...]
    message: str
    numbers: Mapping[str, int] = EMPTY
    fix: Mapping[str, Any] = EMPTY
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "severity": self.severity,
            "check": self.check,
            "kind": self.kind,
            "places": list(self.places),
            "message": self.message,
            "numbers": dict(self.numbers),
            "fix": dict(self.fix),
            "advice": self.advice,
        }

    def __str__(self) -> str:
        from pyfabric.verification.text import finding_text

        return finding_text(self)


@dataclass(frozen=True)
class Checked:
    """What a check found; ``covered``: a sentence, ``limit``: what it left out, and why."""

    findings: Sequence[Finding] = ()
    covered: str = ""
    limit: str = ""
