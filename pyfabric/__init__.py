"""pyfabric: a packet-level emulator of lossless RoCEv2 fabrics.

Describe a topology, traffic and settings as a :class:`Scenario`; :func:`simulate` runs it.
Importing this package loads no numpy and needs no compiled core; what does is loaded when first
used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from pyfabric.cc import (
    DCQCN,
    DCTCP,
    HPCC,
    NSCC,
    TIMELY,
    CongestionControl,
    CustomCongestionControl,
    NoCongestionControl,
    PatchedTimely,
    ReceiverCredits,
    StaticWindow,
    Swift,
    get_include,
)
from pyfabric.errors import EngineError, Fault, LosslessViolation, PyfabricError, ScenarioError
from pyfabric.scenario import (
    ECN,
    PFC,
    WRED,
    BufferPool,
    BufferProfile,
    Framing,
    Nic,
    Ns3,
    PauseStorm,
    PFCWatchdog,
    Route,
    Scenario,
    Switch,
)
from pyfabric.topology import Topology, clos, fat_tree, leaf_spine, star
from pyfabric.workload import (
    Flow,
    FlowSizes,
    Workload,
    all_to_all,
    flows,
    incast,
    permutation,
    poisson,
)

if TYPE_CHECKING:
    from pyfabric.api import simulate as simulate
    from pyfabric.checks import CongestionControlReport as CongestionControlReport
    from pyfabric.checks import LosslessReport as LosslessReport
    from pyfabric.checks import check_congestion_control as check_congestion_control
    from pyfabric.compile import compile_scenario as compile_plan
    from pyfabric.compile.plan import Plan as Plan
    from pyfabric.results import Result as Result
    from pyfabric.results import load as load_result
    from pyfabric.sizing import Headroom as Headroom
    from pyfabric.sizing import headroom as headroom
    from pyfabric.study import compare as compare
    from pyfabric.verification import Verification as Verification
    from pyfabric.verification import verify as verify

__all__ = [
    "DCQCN",
    "DCTCP",
    "ECN",
    "HPCC",
    "NSCC",
    "PFC",
    "TIMELY",
    "WRED",
    "BufferPool",
    "BufferProfile",
    "CongestionControl",
    "CongestionControlReport",
    "CustomCongestionControl",
    "EngineError",
    "Fault",
    "Flow",
    "FlowSizes",
    "Framing",
    "Headroom",
    "LosslessReport",
    "LosslessViolation",
    "Nic",
    "NoCongestionControl",
    "Ns3",
    "PFCWatchdog",
    "PatchedTimely",
    "PauseStorm",
    "Plan",
    "PyfabricError",
    "ReceiverCredits",
    "Result",
    "Route",
    "Scenario",
    "ScenarioError",
    "StaticWindow",
    "Swift",
    "Switch",
    "Topology",
    "Verification",
    "Workload",
    "all_to_all",
    "check_congestion_control",
    "clos",
    "compare",
    "compile_plan",
    "fat_tree",
    "flows",
    "get_include",
    "headroom",
    "incast",
    "leaf_spine",
    "load_result",
    "permutation",
    "poisson",
    "simulate",
    "star",
    "verify",
]

#: Public name -> (module, name there), imported on first use.
_LAZY: Final = {
    "CongestionControlReport": ("pyfabric.checks", "CongestionControlReport"),
    "Headroom": ("pyfabric.sizing", "Headroom"),
    "LosslessReport": ("pyfabric.checks", "LosslessReport"),
    "Plan": ("pyfabric.compile.plan", "Plan"),
    "Result": ("pyfabric.results", "Result"),
    "Verification": ("pyfabric.verification", "Verification"),
    "check_congestion_control": ("pyfabric.checks", "check_congestion_control"),
    "compare": ("pyfabric.study", "compare"),
    "compile_plan": ("pyfabric.compile", "compile_scenario"),
    "headroom": ("pyfabric.sizing", "headroom"),
    "load_result": ("pyfabric.results", "load"),
    "simulate": ("pyfabric.api", "simulate"),
    "verify": ("pyfabric.verification", "verify"),
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("pyfabric-roce")
        except PackageNotFoundError:
            return "0+unknown"
    if name not in _LAZY:
        raise AttributeError(f"module 'pyfabric' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
