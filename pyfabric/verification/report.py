"""What :func:`pyfabric.verify` returns."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pyfabric import markup
from pyfabric.verification.finding import SEVERITIES, Finding


@dataclass(frozen=True, repr=False)
class Verification:
    """Findings, the worst first; true when none of them is an error. ``print`` shows one screen.

    covered: what was looked at, a sentence per check. limits: what was left out, and why.
    """

    findings: tuple[Finding, ...]
    covered: tuple[str, ...]
    limits: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was found by which a lossless class loses frames or stands for ever."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings of severity "error"."""
        return self._of(SEVERITIES[0])

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings of severity "warning"."""
        return self._of(SEVERITIES[1])

    @property
    def notes(self) -> tuple[Finding, ...]:
        """Findings of severity "note"."""
        return self._of(SEVERITIES[2])

    @property
    def fixes(self) -> dict[str, Any]:
        """The fixes of errors and warnings together, for ``scenario.replace(...)``; where two set
        the same path, that of the worse finding.
        """
        merged: dict[str, Any] = {}
        for finding in (*self.errors, *self.warnings):
            merged = {**finding.fix, **merged}
        return merged

    def rows(self) -> list[dict[str, Any]]:
        """One plain row per finding and place."""
        return [
            {
                "severity": finding.severity,
                "check": finding.check,
                "place": place,
                "message": finding.message,
                **finding.numbers,
            }
            for finding in self.findings
            for place in finding.places
        ]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "lossless": self.ok,
            "findings": [finding.to_dict() for finding in self.findings],
            "fixes": self.fixes,
            "covered": list(self.covered),
            "limits": list(self.limits),
        }

    def to_json(self) -> str:
        """:meth:`to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2)

    def _of(self, severity: str) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        from pyfabric.verification.text import text

        return text(self)

    def __repr__(self) -> str:
        from pyfabric.verification.text import headline

        return f"<Verification: {headline(self)}>"

    def _repr_html_(self) -> str:
        from pyfabric.verification.text import headline, places_text

        rows = [(f"{f.severity}, {f.check}: {places_text(f)}", f.message) for f in self.findings]
        return markup.table(headline(self), rows, "\n".join((*self.covered, *self.limits)))
