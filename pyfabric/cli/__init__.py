"""The command ``pyfabric``. Exit codes: 0 done, 1 run failed, 2 bad input, 3 not lossless, 130
interrupted.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (default: of this process) and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what it cannot encode is written as an escape
            stream.reconfigure(errors="backslashreplace")
    try:
        from pyfabric.cli.app import app

        app(args=None if arguments is None else list(arguments), prog_name="pyfabric")
    except KeyboardInterrupt:  # while modules were loaded
        return 130
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        return 2
    return 0
