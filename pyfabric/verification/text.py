"""A verification on one screen, and the words that all checks share."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from pyfabric.verification.finding import Finding

if TYPE_CHECKING:
    from pyfabric.verification.report import Verification

#: Findings of each severity, and places of each finding, that the text shows.
_FINDINGS: Final = 6
_PLACES: Final = 3
_WIDTH: Final = 100


def text(report: Verification) -> str:
    """Headline, findings with fixes, all fixes as options, coverage, limits."""
    lines = [headline(report)]
    for same in (report.errors, report.warnings, report.notes):
        for finding in same[:_FINDINGS]:
            lines += ["", finding_text(finding)]
        if len(same) > _FINDINGS:
            lines += ["", f"... and {len(same) - _FINDINGS} more findings: {same[0].severity}"]
    if report.fixes:
        options = " ".join(fix_option(path, value) for path, value in report.fixes.items())
        lines += ["", *_folded(f"Fix all: {options}", "", "  ")]
    lines.append("")
    for sentence in report.covered:
        lines += _folded(sentence, "Checked: ", "  ")
    for sentence in report.limits:
        lines += _folded(sentence, "Not checked: ", "  ")
    return "\n".join(lines)


def headline(report: Verification) -> str:
    """The verdict and the number of findings."""
    counts = (
        (len(report.errors), "error"),
        (len(report.warnings), "warning"),
        (len(report.notes), "note"),
    )
    said = ", ".join(f"{n} {word}{'s' * (n > 1)}" for n, word in counts if n)
    verdict = "No cause of loss or deadlock found" if report.ok else "Not lossless"
    return f"{verdict}: {said}." if said else f"{verdict}."


def finding_text(finding: Finding) -> str:
    """A finding with its places and its fix."""
    head = f"{finding.severity.upper()} {finding.check}: {places_text(finding)}"
    lines = [*_folded(head, "", "  "), *_folded(finding.message, "  ", "  ")]
    if finding.fix:
        fix = " ".join(fix_option(path, value) for path, value in finding.fix.items())
        lines += _folded(f"Fix: {fix}", "  ", "    ")
    if finding.advice:
        lines += _folded(finding.advice, "  Or: " if finding.fix else "  Fix: ", "    ")
    return "\n".join(lines)


def places_text(finding: Finding) -> str:
    """The first places, and how many there are."""
    shown = "; ".join(finding.places[:_PLACES])
    if len(finding.places) <= _PLACES:
        return shown
    many = finding.kind + ("es" if finding.kind in ("switch", "class") else "s")
    return f"{len(finding.places):,} {many}: {shown}; ..."


def fix_option(path: str, value: Any) -> str:
    """One change as an option of the command line."""
    option = f"{path}={plain(value)}"
    return (
        f"--set '{option}'"
        if set(option) & set(" []*?") and "'" not in option
        else (f'--set "{option}"' if set(option) & set(" []*?'") else f"--set {option}")
    )


def plain(value: Any) -> str:
    """A value as it stands in a scenario file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(plain, value))}]"
    return str(value)


def size_text(size_bytes: int) -> str:
    """Exact bytes with digits grouped."""
    return f"{size_bytes:,} B"


def count_text(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _folded(sentence: str, first: str, rest: str) -> list[str]:
    return wrap(
        sentence,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
