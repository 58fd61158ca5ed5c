"""The command ``pyfabric``. Exit codes: 0 done, 1 run failed, 2 bad input, 3 not lossless, 130
interrupted.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (default: of this process) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what it cannot encode is written as an escape
            stream.reconfigure(errors="backslashreplace")
    try:
        from pyfabric.cli.app import app

        with _modules_found_here():
            app(args=None if arguments is None else list(arguments), prog_name="pyfabric")
    except KeyboardInterrupt:  # while modules were loaded
        return 130
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        return 2
    return 0


@contextmanager
def _modules_found_here() -> Iterator[None]:
    """``module:attribute`` may name a module in the present directory; installed ones go first."""
    try:
        here = os.getcwd()  # noqa: PTH109, as sys.path has it
    except FileNotFoundError:
        yield
        return
    sys.path.append(here)
    try:
        yield
    finally:
        if sys.path[-1:] == [here]:
            sys.path.pop()
