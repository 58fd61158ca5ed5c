"""Progress of a run: a live line on a terminal, else a log line every ten seconds."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from pyfabric.reports import numbers as show

if TYPE_CHECKING:
    from pyfabric.engine import Progress

LOG_SECONDS: Final = 10.0

Report = Callable[["Progress"], None]


@contextmanager
def watch(title: str = "") -> Iterator[Report]:
    """A function for ``simulate(progress=)``, in force while the run lasts."""
    if sys.stderr.isatty():
        with _live(title) as report:
            yield report
    else:
        yield _logged(title)


def line(progress: Progress, title: str = "") -> str:
    """Where a run stands, in one line."""
    done = progress.flows - progress.open_flows
    head = f"{title}: " if title else ""
    speed = progress.events / progress.wall_seconds / 1e6 if progress.wall_seconds else 0.0
    return (
        f"{head}{show.time(progress.time_ps)} simulated, {done:,} of {progress.flows:,} flows "
        f"done, {progress.wall_seconds:.0f} s, {speed:.2f} M events/s"
    )


@contextmanager
def _live(title: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.status import Status

    with Status(title or "running", console=Console(stderr=True)) as status:
        yield lambda progress: status.update(line(progress, title))


def _logged(title: str) -> Report:
    logger = logging.getLogger("pyfabric.run")
    due = LOG_SECONDS

    def report(progress: Progress) -> None:
        nonlocal due
        if progress.wall_seconds >= due:
            due = (progress.wall_seconds // LOG_SECONDS + 1) * LOG_SECONDS
            logger.info("%s", line(progress, title))

    return report


class _ErrorStream(logging.StreamHandler[TextIO]):
    """Writes to what ``sys.stderr`` is at the time."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """The base class sets it; there is nothing to keep."""


def log_to_stderr() -> None:
    """Show the library's log lines on the error stream."""
    logger = logging.getLogger("pyfabric")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, _ErrorStream) for handler in logger.handlers):
        handler = _ErrorStream()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        logger.addHandler(handler)
