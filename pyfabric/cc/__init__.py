"""Parameters of the built-in congestion controls."""

from __future__ import annotations

from typing import Any, Final

from pyfabric.cc.base import CongestionControl
from pyfabric.cc.dcqcn import DCQCN
from pyfabric.cc.hpcc import HPCC
from pyfabric.cc.simple import NoCongestionControl, StaticWindow
from pyfabric.errors import Fault, ScenarioError, unknown

#: Name on the command line and in files -> class.
ALGORITHMS: Final[dict[str, type[CongestionControl]]] = {
    **{cls.name: cls for cls in (DCQCN, HPCC, NoCongestionControl, StaticWindow)},
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
    "HPCC",
    "CongestionControl",
    "NoCongestionControl",
    "StaticWindow",
    "by_name",
]
