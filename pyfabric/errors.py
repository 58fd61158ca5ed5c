"""The exceptions that users meet, and the wording helpers they share.

Every exception derives from :class:`PyfabricError`, carries its facts as attributes and survives
pickle and deepcopy.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


class PyfabricError(Exception):
    """Base of everything that pyfabric raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in the input.

    ``path`` names object and field (``ECN.kmin``, in a file ``switch.ecn.kmin``); ``message`` names
    the value and what is allowed. ``file``, ``line`` and ``column`` (both counted from 1) are set
    when the input came from a file.
    """

    path: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        prefix = f"{':'.join(place)}: " if place else ""
        path = self.path
        if len(path) > 300:  # texts that users give can be of any length
            path = f"{path[:200]}...{path[-80:]}"
        return f"{prefix}{path}: {self.message}" if path else f"{prefix}{self.message}"


class ScenarioError(PyfabricError, ValueError):
    """The input is wrong. ``faults`` lists everything that was found, not only the first."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Fault | str | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = (Fault("", faults),)
        elif isinstance(faults, Fault):
            faults = (faults,)
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return str(self.faults[0])
        lines = "".join(f"\n  - {fault}" for fault in self.faults)
        return f"{len(self.faults)} faults:{lines}"

    def under(self, path: str) -> ScenarioError:
        """The same faults seen from outside: ``path`` replaces the object's name in each path."""
        return ScenarioError(
            tuple(replace(fault, path=_rebase(path, fault.path)) for fault in self.faults)
        )


class EngineError(PyfabricError, RuntimeError):
    """The engine stopped: a broken invariant, or a plug-in that reported an error.

    ``time_ps`` is the simulated time, ``node`` the name or number of the node, both None when
    unknown.
    """

    def __init__(
        self, message: str, time_ps: int | None = None, node: str | int | None = None
    ) -> None:
        super().__init__(message, time_ps, node)
        self.message = message
        self.time_ps = time_ps
        self.node = node

    def __str__(self) -> str:
        node = "" if self.node is None else f" at node {self.node}"
        time = f" at {self.time_ps} ps" if self.time_ps else ""
        return f"{self.message} ({(node + time).strip()})" if node or time else self.message


class LosslessViolation(PyfabricError, AssertionError):
    """A run was not lossless. ``report`` is the whole verdict; its text is the message."""

    def __init__(self, report: Any) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return str(self.report)


class MissingPackageError(PyfabricError, ImportError):
    """What was asked for needs a package that is not installed."""


def optional_package(name: str, what: str = "this conversion", extra: str = "frames") -> Any:
    """The module ``name`` of an ``extra``; MissingPackageError when it is not there."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise MissingPackageError(
            f"{what} needs {package}, which is not installed: pip install 'pyfabric-roce[{extra}]'"
        ) from None


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """``"; did you mean 'kmin'?"`` when a known name is close to ``name``, else ``""``."""
    names = list(known)
    text = name[:200] if isinstance(name, str) else shorten(name)
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    if text.casefold() in folded:
        return f"; did you mean {folded[text.casefold()]!r}?"
    close = difflib.get_close_matches(text, names, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The sentence for an unknown name: what is close to it, what there is (up to 24 names)."""
    names = sorted(known)
    shown = ", ".join(names[:24]) + (f", ... ({len(names)} in all)" if len(names) > 24 else "")
    return f"unknown {kind} {shorten(name)}{did_you_mean(name, names)} (known: {shown or 'none'})"


def shorten(value: object, limit: int = 80) -> str:
    """``repr(value)`` cut to ``limit`` characters, for messages. Never raises."""
    try:
        text = repr(value[:limit] if isinstance(value, str | bytes) else value)
    except Exception:  # a foreign object's repr may do anything, and Python refuses long integers
        text = f"<{type(value).__name__}>"
        if isinstance(value, int):
            text = f"<an integer of {value.bit_length()} bits>"
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _rebase(path: str, inner: str) -> str:
    head = min((i for i in (inner.find("."), inner.find("[")) if i >= 0), default=len(inner))
    return (path + inner[head:]).lstrip(".")
