"""Was the run lossless, and if not, why? From the tables of a result alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.analysis import deadlock_cycles, pause_cycle
from pyfabric.checks.report import (
    DeadlockViolation,
    DropViolation,
    LongestPause,
    LosslessReport,
    LostRowsViolation,
    OtherLoss,
    Violation,
)
from pyfabric.checks.storms import storm_texts
from pyfabric.checks.waiting import unfinished_flows
from pyfabric.checks.wording import ingress_text, size_text, time_text
from pyfabric.results.vocabulary import CAUSE_TEXTS
from pyfabric.units import format_size

if TYPE_CHECKING:
    from pyfabric.results import Result, Table

#: Losses by corruption are no congestion losses, in whatever class.
CORRUPTION: Final = "link_error"


def check_lossless(result: Result) -> LosslessReport:
    """The verdict on a result; see :class:`LosslessReport`."""
    drops = result.drops
    ours = drops["lossless"] & (drops["cause"] != CORRUPTION)
    violations: list[Violation] = [*_deadlocks(result)]
    violations += [_drop_violation(result, rows) for rows in _groups(drops, np.flatnonzero(ours))]
    if lost := result.rows_not_kept.get("drops", 0):
        violations.append(LostRowsViolation(lost))
    waits, examples = unfinished_flows(result)
    return LosslessReport(
        ok=not violations,
        violations=tuple(violations),
        margins=headroom_margins(result.ports),
        longest_pause=_longest_pause(result.pauses),
        other_losses=tuple(
            _other_loss(result, rows) for rows in _groups(drops, np.flatnonzero(~ours))
        ),
        unfinished=examples,
        unfinished_count=sum(waits.values()),
        waits=waits,
        notes=tuple(_notes(result)),
        lossless_traffic=bool(result.classes["lossless"].any()) or bool(violations),
    )


def headroom_margins(ports: Table) -> Table:
    """Ports with headroom: limit, peak and margin in bytes, the smallest margin first."""
    from pyfabric.results.table import Table as Made
    from pyfabric.results.table import Words

    rows = np.flatnonzero(ports["headroom_bytes"] > 0)
    rows = rows[np.argsort(ports["margin_bytes"][rows], kind="stable")]
    names, peers = ports["node_name"][rows], ports["peer_node_name"][rows]
    places = tuple(map(ingress_text, names.tolist(), peers.tolist()))
    columns = ("headroom_bytes", "peak_headroom_bytes", "margin_bytes", "headroom_needed_bytes")
    return Made(
        "margins",
        {
            "port": rows,
            "at": Words(np.arange(len(rows)), places),
            **{name: ports[name][rows] for name in columns},
        },
    )


def _groups(drops: Table, rows: NDArray[Any]) -> list[NDArray[Any]]:
    """Rows split by (port, priority, cause), the earliest group first."""
    if not len(rows):
        return []
    _, cause = np.unique(drops["cause"][rows], return_inverse=True)
    key = (drops["port"][rows] * 8 + drops["priority"][rows]) * 16 + cause
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    groups = np.split(
        rows[np.argsort(inverse, kind="stable")], np.cumsum(np.bincount(inverse))[:-1]
    )
    return [groups[index] for index in np.argsort(first, kind="stable")]


def _place(result: Result, port: int) -> str:
    row = result.ports.row(port)
    return ingress_text(row["node_name"], row["peer_node_name"])


def _drop_violation(result: Result, rows: NDArray[Any]) -> DropViolation:
    first = result.drops.row(int(rows[0]))
    port = result.ports.row(first["port"])
    lost = int(result.drops["size_bytes"][rows].sum())
    return DropViolation(
        port=_place(result, first["port"]),
        port_index=first["port"],
        node=first["node_name"],
        priority=first["priority"],
        count=len(rows),
        lost_bytes=lost,
        first_ps=first["time_ps"],
        cause=first["cause"],
        cause_text=CAUSE_TEXTS[first["cause"]],
        xoff_since_ps=first["xoff_since_ps"],
        xoff_told=first["xoff_told"],
        buffered_bytes=first["buffered_bytes"],
        headroom_used_bytes=first["headroom_used_bytes"],
        headroom_bytes=first["headroom_bytes"],
        advice=_advice(first["cause"], port, lost),
    )


def _advice(cause: str, port: dict[str, Any], lost_bytes: int) -> str:
    """What would have prevented these drops."""
    if cause == "ttl_expired":
        return "the routes: a frame passed as many switches as its time to live (nic.ttl) allows"
    if cause == "no_route":
        return "the topology: this switch has no path to the destination"
    if cause == "shared_headroom_exhausted":
        return (
            f"the headroom that the ports of {port['node_name']} share is oversubscribed: a larger "
            "shared_headroom (headroom_pool), or a smaller headroom_oversubscription"
        )
    if cause in ("ingress_threshold", "egress_threshold", "wred"):
        return (
            "the class is lossless by the settings of a switch but lossy at "
            f"{port['node_name']}: the same Switch(lossless_priorities=) everywhere, and maps "
            "(dscp_to_tc, tc_to_pg, pfc_to_pg) that lead it to a group a lossless priority "
            "stands for; pf.verify(scenario) names the map"
        )
    if cause == "watchdog":
        return (
            "what keeps the pause up: the storms are in result.watchdog; PFCWatchdog("
            "action='alert') only tells, Nic(pause_watchdog='100ms') stops a NIC that pauses for "
            "too long"
        )
    if cause != "headroom_exhausted":
        return ""
    if not port["at_switch"]:
        return (
            f"the host behind {port['node_name']} takes data more slowly than they come: "
            "Nic(pfc=True), or a larger receive_rate or receive_buffer"
        )
    if port["pfc"] == "off":
        return (
            f"PFC is off at {port['node_name']}, so nothing stops the sender: PFC(enabled=True), "
            "or make the class lossy"
        )
    if port["peer_pfc"] == "off":
        return (
            f"{port['peer_node_name']} does not obey PFC: Nic(pfc=True), or PFC(enabled=True) "
            "if it is a switch"
        )
    needed, limit = port["headroom_needed_bytes"], port["headroom_bytes"]
    if limit < needed:
        return (
            f"headroom of at least {size_text(needed)} for this link (rate, delay and reaction "
            f"time; it has {size_text(limit)}): Switch(headroom='auto'), or headroom="
            f"{format_size(needed)!r} at {port['node_name']}"
        )
    more = port["peak_headroom_bytes"] + lost_bytes
    return (
        f"headroom of at least {size_text(more)} (peak {size_text(port['peak_headroom_bytes'])}"
        f" + lost {size_text(lost_bytes)}) at {port['node_name']}, although its link alone "
        f"should need {size_text(needed)}: check that pauses were not lost or expired "
        "(PFC(quanta=), link error rates)"
    )


def _other_loss(result: Result, rows: NDArray[Any]) -> OtherLoss:
    first = result.drops.row(int(rows[0]))
    return OtherLoss(
        port=_place(result, first["port"]),
        priority=first["priority"],
        count=len(rows),
        first_ps=first["time_ps"],
        cause=first["cause"],
        cause_text=CAUSE_TEXTS[first["cause"]],
    )


def _deadlocks(result: Result) -> list[DeadlockViolation]:
    """The cycles found during the run; and why it stopped, when it found none."""
    stopped = result.stop_reason == "deadlock"
    open_flows = int(np.isin(result.flows["status"], ("running", "delivered")).sum())
    found = [
        DeadlockViolation(
            time_ps=cycle.time_ps,
            ports=cycle.ports,
            priority=cycle.priority,
            held_bytes=cycle.held_bytes,
            open_flows=open_flows,
            ended=stopped,
        )
        for cycle in deadlock_cycles(result.deadlocks)
    ]
    if found or not stopped:
        return found
    classes, ports = result.classes, result.ports
    ring = pause_cycle(classes, ports)
    at_switch = ports["at_switch"][classes["port"]]
    return [
        DeadlockViolation(
            time_ps=result.end_ps,
            ports=tuple(classes.row(row)["port_name"] for row in ring),
            priority=int(classes["priority"][ring[0]]) if ring else None,
            held_bytes=int(classes["queue_bytes"][at_switch].sum()),
            open_flows=open_flows,
            storms=() if ring else storm_texts(result),
        )
    ]


def _longest_pause(pauses: Table) -> LongestPause | None:
    if not len(pauses):
        return None
    row = pauses.row(int(np.argmax(pauses["duration_ps"])))
    return LongestPause(
        port=row["port_name"],
        priority=row["priority"],
        start_ps=row["start_ps"],
        duration_ps=row["duration_ps"],
        open=row["end_ps"] < 0,
    )


def _notes(result: Result) -> list[str]:
    notes = []
    if result.partial:
        notes.append(
            f"the run was cut short ({result.stop_reason}); the verdict covers what was reached"
        )
    notes += [_livelock(row) for row in map(result.livelocks.row, range(len(result.livelocks)))]
    notes += _storm_notes(result)
    if result.stop_reason != "deadlock" and not len(result.deadlocks):
        ring = pause_cycle(result.classes, result.ports)
        if ring:
            names = " -> ".join(result.classes.row(row)["port_name"] for row in ring)
            notes.append(
                f"at the end these ports paused each other in a ring, which may be a deadlock "
                f"(a longer run would tell): {names}"
            )
    if lost := result.rows_not_kept.get("pauses", 0):
        notes.append(f"{lost} pauses were not recorded; the longest may be among them")
    return notes


def _livelock(row: dict[str, Any]) -> str:
    until = "the end" if row["end_ps"] < 0 else time_text(row["end_ps"])
    return (
        f"from {time_text(row['start_ps'])} to {until} the fabric was in livelock: "
        f"{row['arrived_packets']:,} packets arrived and {row['new_packets']:,} of them were new"
    )


def _storm_notes(result: Result) -> list[str]:
    storms = result.watchdog
    if not len(storms):
        return []
    row = storms.row(0)
    more = f" and {len(storms) - 1} more times" if len(storms) > 1 else ""
    what = "muted a NIC that paused its peer" if row["action"] == "mute" else "saw a pause storm"
    return [
        f"a watchdog {what} at {row['port_name']}, priority {row['priority']}, at "
        f"{time_text(row['start_ps'])}{more} (result.watchdog)"
    ]
