"""The native core, and the one sentence that an unbuilt tree has to say."""

from __future__ import annotations

try:
    from pyfabric import _core
except ImportError as error:
    raise ImportError(
        "pyfabric's native core is not built in this tree: run `pip install .` (for development "
        "`python setup.py build_ext --inplace`) and import the installed package"
    ) from error

__all__ = ["_core"]
