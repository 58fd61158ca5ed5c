"""Maps from DSCP to priority group and queue that do not agree along the way of a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.lossless import group_by_dscp, priorities_that_stand, queue_by_dscp
from pyfabric.compile.ports import Ints
from pyfabric.spec import EMPTY
from pyfabric.verification.fabric import Fabric, alike
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.routes import Traffic
from pyfabric.verification.text import count_text


def check_maps(fabric: Fabric, traffic: Traffic) -> Checked:
    """Every DSCP in use that is lossless somewhere: at all switches, in group and queue alike, and
    told by a PFC priority that pauses the queue it comes from.
    """
    if not len(fabric.plan.columns["qos_pfc_mask"]):
        return Checked()
    found: list[Finding] = []
    maps = _Maps(fabric)
    somewhere = int(np.bitwise_or.reduce(fabric.lossless[fabric.is_switch], initial=0))
    count = 0
    for cls in traffic.classes:
        severity = "error" if traffic.carries_data(cls) else "warning"
        used = traffic.used(cls)
        receivers = fabric.node[fabric.peer[np.flatnonzero(used)]]
        nodes = np.unique(receivers[fabric.is_switch[receivers]])
        count += len(nodes)
        elsewhere = somewhere >> cls & 1 == 1
        found += _lossy(maps, cls, severity, nodes[fabric.mapped[nodes]], elsewhere)
        found += _split(maps, cls, severity, nodes)
        found += _untold(maps, cls, severity, np.flatnonzero(used))
    found += _idle(fabric)
    return Checked(found, f"maps: {count_text(count, 'pair')} of switch and class")


class _Maps:
    """Groups, queues and PFC priorities of each DSCP of the plan's qos profiles."""

    def __init__(self, fabric: Fabric) -> None:
        plan = fabric.plan
        self.fabric = fabric
        self.dscp = plan.columns["priority_dscp"].tolist()
        self.tc = plan.columns["qos_dscp_to_tc"].reshape(-1, 64)
        self.group, self.queue = group_by_dscp(plan), queue_by_dscp(plan)
        self.of_group = priorities_that_stand(plan, "pg")
        self.of_queue = priorities_that_stand(plan, "queue")
        self.pfc_to_queue = plan.columns["qos_pfc_to_queue"].reshape(-1, 8)
        self.tc_to = {
            kind: plan.columns[f"qos_tc_to_{kind}"].reshape(-1, 8) for kind in ("pg", "queue")
        }

    def promised(self, node: int, cls: int) -> bool:
        """Whether a priority is lossless by a switch's settings, and its queue is not, either."""
        profile = int(self.fabric.qos[node])
        queue = self.queue[profile, self.dscp[cls]]
        enabled = int(self.fabric.plan.columns["qos_pfc_mask"][profile])
        return enabled >> cls & 1 == 1 and int(self.of_queue[profile, queue]) == 0

    def lossless_tc(self, node: int, cls: int) -> int | None:
        """A traffic class whose group and queue the PFC priority ``cls`` stands for at a switch,
        rather the one of that number.
        """
        row = int(self.fabric.qos[node])
        for tc in sorted(range(8), key=lambda tc: tc != cls):
            of_group = int(self.of_group[row, self.tc_to["pg"][row, tc]])
            of_queue = int(self.of_queue[row, self.tc_to["queue"][row, tc]])
            if of_group & of_queue & 1 << cls:
                return tc
        return None

    def told(self, node: int, cls: int) -> int:
        """Mask of the priorities by which a switch pauses the sender of a class."""
        profile = int(self.fabric.qos[node])
        return int(self.of_group[profile, self.group[profile, self.dscp[cls]]])

    def heard(self, node: int, cls: int) -> int:
        """Mask of the priorities whose XOFF stops a class at a node."""
        profile = int(self.fabric.qos[node])
        if profile < 0:
            return 1 << cls
        queue = self.queue[profile, self.dscp[cls]]
        return sum(1 << p for p in range(8) if self.pfc_to_queue[profile, p] == queue)


def _lossy(maps: _Maps, cls: int, severity: str, nodes: Ints, elsewhere: bool) -> list[Finding]:
    """Priorities that are lossless elsewhere or by the settings, in a lossy group here."""
    fabric, dscp = maps.fabric, maps.dscp[cls]
    nodes = nodes[fabric.lossless[nodes] >> cls & 1 == 0]
    if not elsewhere:  # where the queue alone is lossless, `_split` tells
        nodes = nodes[[maps.promised(node, cls) for node in nodes.tolist()]]
    found = []
    for same in alike(nodes, fabric.qos[nodes], fabric.profile[nodes]):
        node, profile = int(same[0]), int(fabric.qos[same[0]])
        tc, group = int(maps.tc[profile, dscp]), int(maps.group[profile, dscp])
        told = "elsewhere on its way" if elsewhere else "by lossless_priorities"
        better = maps.lossless_tc(node, cls)
        fix = {} if better is None else _with(fabric, node, "dscp_to_tc", dscp, better)
        found.append(
            _at_switches(
                fabric,
                same,
                severity,
                f"DSCP {dscp} (priority {cls}) is lossless {told}, but here it is traffic class "
                f"{tc} and comes into priority group {group}, which no lossless PFC priority "
                "stands for: when the group fills, its frames are dropped.",
                {"priority": cls, "dscp": dscp, "tc": tc, "group": group},
                fix,
                "the same dscp_to_tc, tc_to_pg and pfc_to_pg at all switches",
            )
        )
    return found


def _split(maps: _Maps, cls: int, severity: str, nodes: Ints) -> list[Finding]:
    """A lossless queue fed by a lossy group, or a lossless group that feeds a lossy queue."""
    fabric, dscp = maps.fabric, maps.dscp[cls]
    found = []
    for same in alike(nodes, fabric.qos[nodes], fabric.profile[nodes]):
        profile, node = int(fabric.qos[same[0]]), int(same[0])
        group, queue = int(maps.group[profile, dscp]), int(maps.queue[profile, dscp])
        of_group = int(maps.of_group[profile, group])
        of_queue = int(maps.of_queue[profile, queue])
        if (of_group == 0) == (of_queue == 0):
            continue
        priority = (of_group | of_queue).bit_length() - 1
        what = (
            f"is paused in queue {queue}, but no PFC priority stands for its priority group "
            f"{group}: nothing pauses its sender, and the group drops what it cannot hold."
            if of_queue
            else f"comes into the lossless priority group {group}, but leaves by queue {queue}, "
            "which is lossy: it can be dropped there, and a pause of the next hop stops nothing."
        )
        field, value = ("pfc_to_pg", group) if of_queue else ("pfc_to_queue", queue)
        fix = _with(fabric, node, field, priority, value)
        found.append(
            _at_switches(
                fabric,
                same,
                severity,
                f"DSCP {dscp} (priority {cls}) is traffic class {int(maps.tc[profile, dscp])} "
                f"here, which {what}",
                {"priority": cls, "dscp": dscp, "group": group, "queue": queue},
                fix,
                f"{field} that leads priority {priority} to {value}",
            )
        )
    return found


def _idle(fabric: Fabric) -> list[Finding]:
    """Entries that lead out of the lossless priorities, or that no PFC frame ever asks for."""
    if fabric.profiles is None:
        return []
    found: list[Finding] = []
    switches = np.flatnonzero(fabric.is_switch)
    for same in alike(switches, fabric.profile[switches]):
        settings = fabric.profiles.switches[int(fabric.profile[same[0]])]
        lossless = set(settings.lossless_priorities)
        found += [
            _lossy_bounce(fabric, same, lossless, old, new)
            for old, new in settings.bounces.items()
            if old in lossless and new not in lossless
        ]
        found += [
            _no_effect(fabric, same, priority, group)
            for priority, group in enumerate(settings.class_map("pfc_to_pg"))
            if priority != group and priority not in lossless
        ]
    return found


def _lossy_bounce(fabric: Fabric, nodes: Ints, lossless: set[int], old: int, new: int) -> Finding:
    return _at_switches(
        fabric,
        nodes,
        "warning",
        f"bounce_priorities leads frames of the lossless priority {old} to priority {new}, which "
        "is lossy here: after a bounce nothing pauses their sender, and they can be dropped.",
        {"priority": old, "after_bounce": new},
        fabric.fix(int(nodes[0]), lossless_priorities=sorted({*lossless, new})),
        "a lossless priority after each bounce",
    )


def _no_effect(fabric: Fabric, nodes: Ints, priority: int, group: int) -> Finding:
    return _at_switches(
        fabric,
        nodes,
        "warning",
        f"pfc_to_pg leads priority {priority} to group {group}, but priority {priority} is not "
        "among lossless_priorities: the entry has no effect.",
        {"priority": priority, "group": group},
        advice=f"{priority} in lossless_priorities, or no entry for it in pfc_to_pg",
    )


def _at_switches(
    fabric: Fabric,
    nodes: Ints,
    severity: str,
    message: str,
    numbers: Mapping[str, int],
    fix: Mapping[str, Any] = EMPTY,
    advice: str = "",
) -> Finding:
    places = fabric.node_names(nodes)
    return Finding(severity, "maps", "switch", places, message, numbers, fix, advice)


def _with(fabric: Fabric, node: int, field: str, key: int, value: int) -> dict[str, Any]:
    """A fix that adds an entry to a map of the settings in force."""
    if fabric.profiles is None:
        return {}
    settings = fabric.profiles.switches[int(fabric.profile[node])]
    return fabric.fix(node, **{field: {**getattr(settings, field), key: value}})


def _untold(maps: _Maps, cls: int, severity: str, ports: Ints) -> list[Finding]:
    """Links where the receiver pauses by priorities that do not stop the class at the sender."""
    fabric = maps.fabric
    receiver = fabric.node[fabric.peer[ports]]
    paused: NDArray[np.bool_] = fabric.is_switch[receiver] & (fabric.mode[receiver] > 0)
    ports = ports[paused & (fabric.lossless[receiver] >> cls & 1 == 1)]
    sender, receiver = fabric.node[ports], fabric.node[fabric.peer[ports]]
    found = []
    for same in alike(ports, fabric.qos[sender], fabric.qos[receiver]):
        here, there = int(fabric.node[same[0]]), int(fabric.node[fabric.peer[same[0]]])
        told, heard = maps.told(there, cls), maps.heard(here, cls)
        if told & heard:
            continue
        found.append(
            Finding(
                severity,
                "maps",
                "port",
                tuple(fabric.port_name(port) for port in same.tolist()),
                f"DSCP {maps.dscp[cls]} (priority {cls}) is paused by the receiver with PFC "
                f"priority {_listed(told)}, and at the sender only {_listed(heard)} stops it: the "
                "pause stops something else, and no headroom is enough.",
                {"priority": cls, "dscp": maps.dscp[cls], "told_mask": told, "heard_mask": heard},
                advice="pfc_to_pg at the receiver and pfc_to_queue at the sender that name the "
                "same priority",
            )
        )
    return found


def _listed(mask: int) -> str:
    return " or ".join(str(p) for p in range(8) if mask >> p & 1) or "none"
