"""Parameters of the built-in congestion controls."""

from __future__ import annotations

from typing import Any, Final

from pyfabric.cc.base import CongestionControl
from pyfabric.cc.dcqcn import DCQCN
from pyfabric.cc.dctcp import DCTCP
from pyfabric.cc.hpcc import HPCC
from pyfabric.cc.nscc import NSCC
from pyfabric.cc.patched_timely import PatchedTimely
from pyfabric.cc.simple import NoCongestionControl, StaticWindow
from pyfabric.cc.swift import Swift
from pyfabric.cc.timely import TIMELY
from pyfabric.errors import Fault, ScenarioError, unknown

_CLASSES: Final[tuple[type[CongestionControl], ...]] = (
    DCQCN,
    HPCC,
    TIMELY,
    PatchedTimely,
    Swift,
    DCTCP,
    NSCC,
    NoCongestionControl,
    StaticWindow,
)

#: Name on the command line and in files -> class.
ALGORITHMS: Final[dict[str, type[CongestionControl]]] = {
    **{cls.name: cls for cls in _CLASSES},
    "static_window": StaticWindow,
}


def by_name(name: str, **parameters: Any) -> CongestionControl:
    """The congestion control of a name, with parameters; ScenarioError for an unknown one."""
    if name not in ALGORITHMS:
        message = unknown("congestion control", name, ALGORITHMS)
        raise ScenarioError(Fault("congestion_control", message))
    return ALGORITHMS[name](**parameters)


__all__ = [
    "ALGORITHMS",
    "DCQCN",
    "DCTCP",
    "HPCC",
    "NSCC",
    "TIMELY",
    "CongestionControl",
    "NoCongestionControl",
    "PatchedTimely",
    "StaticWindow",
    "Swift",
    "by_name",
]
