"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

#: Suffix of files that are being written; only a killed process leaves one.
SAVING: Final = ".saving"


def write_text(path: Path, text: str) -> None:
    """Write a text file, in UTF-8, so that it appears whole."""
    encoded = text.encode()
    write_atomic(path, lambda file: file.write(encoded))


def write_atomic(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Write beside ``path``, flush to disk, then rename."""
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
