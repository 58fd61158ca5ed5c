"""The native core, and the one sentence that an unbuilt tree has to say."""

from __future__ import annotations

try:
    from pyfabric import _core
except ImportError as error:
    from pathlib import Path

    raise ImportError(
        f"pyfabric is imported from {Path(__file__).resolve().parents[1]}, where its native core "
        "is not built. After `pip install .` the installed package is shadowed by that directory: "
        "run from another directory (or build in place with `python setup.py build_ext --inplace`)"
    ) from error

__all__ = ["_core"]
