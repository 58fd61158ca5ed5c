"""In-band telemetry: whether a run has it, and whether all switches and paths take part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyfabric.compile.connections import Connections
from pyfabric.compile.flows import Operations, raise_for_flows
from pyfabric.compile.ports import Ints
from pyfabric.compile.profiles import Profiles
from pyfabric.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from pyfabric.cc import CongestionControl
    from pyfabric.scenario import Framing


def check_switches(
    control: CongestionControl, profiles: Profiles, switch_names: tuple[str, ...]
) -> None:
    """Refuse switches without telemetry under a congestion control that needs it."""
    if control.telemetry_hops == 0:
        return
    faults = []
    for profile in np.unique(profiles.switch_of).tolist():
        if profiles.switches[profile].int_telemetry:
            continue
        without = [switch_names[i] for i in np.flatnonzero(profiles.switch_of == profile)]
        shown = ", ".join(without[:6]) + (", ..." if len(without) > 6 else "")
        faults.append(
            Fault(
                f"{profiles.switch_paths[profile]}.int_telemetry",
                f"False at {shown}, but {type(control).__name__} needs telemetry of every switch; "
                "set it to True or choose another congestion control",
            )
        )
    if faults:
        raise ScenarioError(faults)


def telemetry_hops(
    control: CongestionControl,
    framing: Framing,
    operations: Operations,
    leader: Ints,
    connections: Connections,
) -> int:
    """``int_hops``: most switches on the way of any data packet; 0 without telemetry.

    ``leader`` [Q] is a flow of each queue pair. Refuses paths too long for the frames or for the
    congestion control.
    """
    if control.telemetry_hops == 0 or not len(leader):
        return 0
    switches = (connections.path >= 0).sum(axis=1) - 1
    room = framing.int_hops

    def too_long(flow: int) -> str:
        count = int(switches[leader == flow][0])
        if count > room:
            return f"passes {count} switches, but framing.int_hops is {room}; raise it (up to 16)"
        return (
            f"passes {count} switches, but {control!r} can use the telemetry of at most "
            f"{control.telemetry_hops}"
        )

    far = leader[switches > min(room, control.telemetry_hops)]
    raise_for_flows(operations.flows, [(far, too_long)])
    return int(switches.max())
