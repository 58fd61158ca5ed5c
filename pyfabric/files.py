"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from pyfabric.errors import Fault, ScenarioError, shorten

#: Suffix of files that are being written; only a killed process leaves one.
SAVING: Final = ".saving"


def as_path(path: Any, what: str) -> Path:
    """``path``, an argument called ``what``, as a Path; ScenarioError when it cannot be one."""
    if isinstance(path, str | os.PathLike):
        try:
            return Path(path)
        except TypeError:  # a path of bytes
            pass
    raise ScenarioError(Fault(what, f"must be a path, got {shorten(path)}"))


def write_text(path: Path, text: str) -> None:
    """Write a text file, in UTF-8, so that it appears whole."""
    encoded = text.encode()
    write_atomic(path, lambda file: file.write(encoded))


def write_atomic(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Write beside ``path``, flush to disk, then rename. An OSError names ``path``."""
    try:
        _write_atomic(path, write)
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error


def _write_atomic(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=SAVING)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp gives a name
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
