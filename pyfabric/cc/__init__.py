"""Parameters of the built-in congestion controls, and those from outside of the package.

:class:`CustomCongestionControl` takes an algorithm of one's own: a class in Python, one that
:func:`jit` compiles with numba, or anything behind the C contract of ``pyfabric/cc.h``, whose
structs are ``Algorithm, Callback, Observe, Event, Wishes, Hop`` for ctypes. The page
docs/write-your-own.md begins at the beginning.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from pyfabric.cc.base import CongestionControl
from pyfabric.cc.custom import CustomCongestionControl
from pyfabric.cc.dcqcn import DCQCN
from pyfabric.cc.dctcp import DCTCP
from pyfabric.cc.hpcc import HPCC
from pyfabric.cc.nscc import NSCC
from pyfabric.cc.patched_timely import PatchedTimely
from pyfabric.cc.receiver_credits import ReceiverCredits
from pyfabric.cc.simple import NoCongestionControl, StaticWindow
from pyfabric.cc.swift import Swift
from pyfabric.cc.timely import TIMELY
from pyfabric.errors import Fault, ScenarioError, unknown

if TYPE_CHECKING:
    from pyfabric.cc.abi import Algorithm as Algorithm
    from pyfabric.cc.abi import Callback as Callback
    from pyfabric.cc.abi import Event as Event
    from pyfabric.cc.abi import Hop as Hop
    from pyfabric.cc.abi import Observe as Observe
    from pyfabric.cc.abi import Wishes as Wishes
    from pyfabric.cc.jit_class import jit as jit

_CLASSES: Final[tuple[type[CongestionControl], ...]] = (
    DCQCN,
    HPCC,
    TIMELY,
    PatchedTimely,
    Swift,
    DCTCP,
    NSCC,
    ReceiverCredits,
    NoCongestionControl,
    StaticWindow,
)

#: Name on the command line and in files -> class.
ALGORITHMS: Final[dict[str, type[CongestionControl]]] = {
    **{cls.name: cls for cls in _CLASSES},
    "static_window": StaticWindow,
}
#: The same, and the one for algorithms from outside.
KINDS: Final[dict[str, type[CongestionControl]]] = {
    **ALGORITHMS,
    CustomCongestionControl.name: CustomCongestionControl,
}
#: Names that are imported on first use: ctypes and numba are not for everybody.
_LAZY: Final = {
    **dict.fromkeys(
        ("Algorithm", "Callback", "Event", "Hop", "Observe", "Wishes"), "pyfabric.cc.abi"
    ),
    "jit": "pyfabric.cc.jit_class",
}


def by_name(name: str, **parameters: Any) -> CongestionControl:
    """The congestion control of a name, with parameters; ScenarioError for an unknown one.

    A name with a colon, ``"module:attribute"``, is that of an algorithm from outside.
    """
    if name not in KINDS:
        if ":" in name:
            return CustomCongestionControl(algorithm=name, **parameters)
        message = unknown("congestion control", name, KINDS)
        raise ScenarioError(Fault("congestion_control", message))
    return KINDS[name](**parameters)


def get_include() -> str:
    """The directory for ``-I``, below which ``pyfabric/cc.h`` is."""
    from pathlib import Path

    return str(Path(__file__).resolve().parents[1] / "include")


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'pyfabric.cc' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


__all__ = [
    "ALGORITHMS",
    "DCQCN",
    "DCTCP",
    "HPCC",
    "KINDS",
    "NSCC",
    "TIMELY",
    "Algorithm",
    "Callback",
    "CongestionControl",
    "CustomCongestionControl",
    "Event",
    "Hop",
    "NoCongestionControl",
    "Observe",
    "PatchedTimely",
    "ReceiverCredits",
    "StaticWindow",
    "Swift",
    "Wishes",
    "by_name",
    "get_include",
    "jit",
]
