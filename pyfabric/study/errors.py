"""What can go wrong in a study of many runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyfabric.errors import PyfabricError

if TYPE_CHECKING:
    from pyfabric.study.comparison import Comparison


class StudyWarning(UserWarning):
    """A study whose outcome says less than it seems to."""


@dataclass(frozen=True)
class RunFailure:
    """One run that failed: which, and the exception that ended it."""

    variant: str
    seed: int
    error: BaseException

    @property
    def message(self) -> str:
        """What happened; the kind of a foreign exception is named."""
        kind = "" if isinstance(self.error, PyfabricError) else f"{type(self.error).__name__}: "
        return f"{kind}{self.error}"

    def __str__(self) -> str:
        return f"variant {self.variant!r}, seed {self.seed}: {self.message}"


class StudyError(PyfabricError, RuntimeError):
    """Some runs of a study failed.

    ``failures`` lists them, ``comparison`` holds what the other runs gave.
    """

    def __init__(self, failures: Iterable[RunFailure], comparison: Comparison) -> None:
        self.failures = tuple(failures)
        self.comparison = comparison
        super().__init__(self.failures, comparison)

    def __str__(self) -> str:
        failed, finished = len(self.failures), len(self.comparison.runs)
        lines = [f"{failed} of {failed + finished} runs failed:"]
        lines += [f"  - {text}" for text in grouped(self.failures)]
        return "\n".join(lines)


def grouped(failures: Iterable[RunFailure]) -> list[str]:
    """One text per variant and message, with its seeds."""
    seeds: dict[tuple[str, str], list[int]] = {}
    for failure in failures:
        seeds.setdefault((failure.variant, failure.message), []).append(failure.seed)
    return [
        f"variant {variant!r}, seed{'s' if len(which) > 1 else ''} "
        f"{', '.join(map(str, which))}: {message}"
        for (variant, message), which in seeds.items()
    ]
