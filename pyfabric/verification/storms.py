"""Pause storms of the scenario: what they stop, and whether anything ends them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from pyfabric.compile.ports import Ints
from pyfabric.units import format_time
from pyfabric.verification.fabric import Fabric
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.routes import Traffic
from pyfabric.verification.text import count_text

_DROP, _FORWARD = 1, 2
#: Pause limit that the fix gives a NIC.
_LIMIT: Final = "100ms"


def check_storms(fabric: Fabric, traffic: Traffic) -> Checked:
    """Every storm of a host and class, against the watchdogs of its switches and its NIC."""
    ports = fabric.column("storm_port")
    if not len(ports):
        return Checked()
    names = ("class", "start_ps", "end_ps")
    columns = [fabric.node[ports], *(fabric.column(f"storm_{name}") for name in names)]
    storms = np.unique(np.stack(columns, axis=1), axis=0)
    found = []
    for storm in storms:
        same = (np.stack(columns, axis=1) == storm).all(axis=1)
        found.append(_finding(fabric, traffic, ports[same], *storm.tolist()))
    return Checked(found, f"faults: {count_text(len(storms), 'pause storm')}")


def _finding(
    fabric: Fabric, traffic: Traffic, ports: Ints, host: int, cls: int, start: int, end: int
) -> Finding:
    senders = fabric.peer[ports]
    stops = traffic.used(cls)[senders] & (fabric.mode[fabric.node[senders]] > 0)
    limit = int(fabric.column("node_pause_limit_ps")[host])
    action = fabric.column("node_watchdog_action")[fabric.node[senders]]
    acts = np.isin(action, (_DROP, _FORWARD))
    stuck = end < 0 and not limit and bool((stops & ~acts).any())
    until = "without end" if end < 0 else f"until {format_time(end)}"
    told, advice = _outcome(fabric, senders[stops], _lasting(start, end, limit), stuck=stuck)
    fix: dict[str, Any] = fabric.fix(host, pause_watchdog=_LIMIT) if stuck else {}
    return Finding(
        "error" if stuck else "warning",
        "faults",
        "host",
        (fabric.node_name(host),),
        f"pause storm of priority {cls} from {format_time(start)} {until}: {told}",
        {"priority": cls, "start_ps": start, "end_ps": end},
        fix,
        advice,
    )


def _lasting(start: int, end: int, limit: int) -> int | None:
    """How long the peers are paused in ps; None: without end of its own."""
    lasts = [end - start] * (end >= 0) + [limit] * (limit > 0)
    return min(lasts) if lasts else None


def _outcome(fabric: Fabric, senders: Ints, lasting: int | None, *, stuck: bool) -> tuple[str, str]:
    """(what a storm does, what helps) where it pauses the ports ``senders``."""
    shorter = "a PauseStorm with a shorter duration, or none"
    if not len(senders):
        return "no frames of the workload go to this host in this priority.", "no such PauseStorm"
    if stuck:
        return (
            "it pauses its switch for ever, whose buffers fill and pause others, and no watchdog "
            "ends it: deadlock.",
            "switch.watchdog with action drop or forward, nic.pause_watchdog at the host, or a "
            "PauseStorm with a duration",
        )
    at = fabric.node[senders]
    detection = fabric.column("node_watchdog_detection_ps")[at]
    drops = fabric.column("node_watchdog_action")[at] == _DROP
    seen = drops if lasting is None else drops & (detection <= lasting)
    if seen.any():
        names = ", ".join(sorted(set(fabric.node_names(at[seen]))))
        return (
            "it pauses its switch, whose buffers fill and pause others, until the watchdog of "
            f"{names} acts: its action drop loses frames of a lossless class.",
            f"nic.pause_watchdog below {format_time(int(detection[seen].min()))} at the host, or "
            "action forward",
        )
    ends = "the watchdog of the switch forwards" if lasting is None else format_time(lasting)
    after = f"until {ends}" if lasting is None else f"for up to {ends}"
    return f"it pauses its switch {after}, whose buffers fill and pause others.", shorter
