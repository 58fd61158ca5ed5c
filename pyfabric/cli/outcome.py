"""From what happened to an exit code and a message; never a traceback for a user's error."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec

import typer

from pyfabric.errors import EngineError, PyfabricError, ScenarioError
from pyfabric.files import write_text

if TYPE_CHECKING:
    from pyfabric.results import Result

P = ParamSpec("P")

DONE: Final = 0
RUN_FAILED: Final = 1
BAD_INPUT: Final = 2
NOT_LOSSLESS: Final = 3
INTERRUPTED: Final = 130

#: How users of the command line allow an output directory that is not empty.
PERMIT: Final = "allow it with --overwrite"


def command(function: Callable[P, int]) -> Callable[P, None]:
    """Make a function that returns an exit code a command that ends with it, errors included."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(_code(lambda: function(*args, **kwargs)))

    return wrapper


def _code(run: Callable[[], int]) -> int:
    try:
        code = run()
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _discard_output()
    except KeyboardInterrupt:
        complain("interrupted before there was a result")
        return INTERRUPTED
    except ScenarioError as error:
        complain(error)
        return BAD_INPUT
    except EngineError as error:
        complain(f"the run failed: {error}")
        return RUN_FAILED
    except MemoryError:
        complain("the run failed: out of memory")
        return RUN_FAILED
    except PyfabricError as error:
        complain(error)
        return RUN_FAILED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        _discard_output()
        return DONE
    except OSError as error:
        complain(error)
        return RUN_FAILED
    return code


def say(text: object) -> None:
    """One text on standard output. A reader that has seen enough, such as head, does not keep the
    command from saving what it has, nor change its exit code."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _discard_output()


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_output(path: Path, text: str) -> None:
    """Write a text file; PyfabricError that names ``path`` when it cannot be written."""
    try:
        write_text(path, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PyfabricError(f"{path}: cannot be written: {reason}") from None


def printable(text: str) -> str:
    """``text`` with +- for the sign that standard output may have no letter for."""
    try:
        "±".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return text.replace("±", "+-")
    return text


def complain(message: object) -> None:
    """One message on the error stream."""
    print(f"pyfabric: {message}", file=sys.stderr)


def exit_code(result: Result, *, assert_lossless: bool = False) -> int:
    """The exit code of a run that has a result."""
    if result.stop_reason == "interrupted":
        return INTERRUPTED
    if assert_lossless:
        report = result.lossless()
        if not report:
            return NOT_LOSSLESS
        if result.partial or not report.lossless_traffic:
            why = "the run was cut short" if result.partial else "no lossless class carried traffic"
            complain(f"--assert-lossless: nothing is proved, {why}")
            return RUN_FAILED
    return DONE
