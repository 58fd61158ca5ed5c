"""Findings in words, the weightiest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pyfabric.checks.wording import size_text, time_text
from pyfabric.explain.explanation import Finding
from pyfabric.explain.margins import why_no_mark, why_no_pause
from pyfabric.results.table import Table

if TYPE_CHECKING:
    from pyfabric.results import Result

#: How many of each are shown; the tables have all.
TREES_SHOWN, BRANCHES_SHOWN, VICTIMS_SHOWN, DROPS_SHOWN = 3, 10, 5, 4

_KINDS: Final = {
    "oversubscribed": "gets more than it can send",
    "slow_receiver": "is paused by {peer}, a host that takes data too slowly",
    "pause_storm": "is paused by {peer}, which has nothing to complain about: a pause storm",
    "deadlock": "is part of a ring of ports that pause each other: a deadlock",
    "unknown": "is paused for a reason that was not kept",
}


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def deadlock_findings(result: Result, ring: list[int]) -> list[Finding]:
    """A cycle that the run found, or a stop as deadlock."""
    if not ring and result.stop_reason != "deadlock":
        return []
    names = [result.classes.row(row)["port_name"] for row in ring]
    still = (
        "Deadlock"
        if result.stop_reason == "deadlock"
        else "A cycle, until a watchdog or the end of the run"
    )
    if not names:
        return [Finding("deadlock", f"{still}: nothing moved any more, without a ring of pauses.")]
    held = int(result.classes["queue_bytes"][ring].sum())
    text = f"{still}: {len(names)} ports wait for each other and hold {size_text(held)}."
    return [Finding("deadlock", text, (" -> ".join([*names, names[0]]),))]


_ACTIONS: Final = {
    "drop": "dropped what stood in and came for a paused queue that sent nothing",
    "forward": "sent against the pause what stood in a queue",
    "alert": "told of a paused queue that sent nothing",
    "mute": "muted a NIC that paused its peer for too long",
}


def watchdog_findings(result: Result) -> list[Finding]:
    """What PFC watchdogs did, action by action."""
    table = result.tables.get("watchdog")
    found = []
    for action, text in _ACTIONS.items():
        rows = [] if table is None else np.flatnonzero(table["action"] == action).tolist()
        if table is None or not rows:
            continue
        lines = []
        for row in map(table.row, rows[:DROPS_SHOWN]):
            until = "the end" if row["end_ps"] < 0 else time_text(row["end_ps"])
            lost = _count(row["dropped_frames"], "frame")
            lines.append(
                f"{row['port_name']} (priority {row['priority']}): from "
                f"{time_text(row['start_ps'])} to {until}"
                + (f", {lost} dropped" if action == "drop" else "")
            )
        if len(rows) > DROPS_SHOWN:
            lines.append(f"({len(rows) - DROPS_SHOWN} more rows in result.watchdog)")
        times = "once" if len(rows) == 1 else f"{len(rows):,} times"
        found.append(Finding("watchdog", f"A PFC watchdog {text}, {times}.", tuple(lines)))
    return found


def drop_findings(drops: Table) -> list[Finding]:
    """Lost frames: those of lossless classes, then the others."""
    violated = drops["lossless"] & (drops["cause"] != "link_error")
    return [
        *_losses("drops", drops.take(violated), "of lossless classes dropped"),
        *_losses("losses", drops.take(~violated), "of lossy classes, or damaged on the wire, lost"),
    ]


def _losses(kind: str, drops: Table, what: str) -> list[Finding]:
    if not len(drops):
        return []
    frames = int(drops["frames"].sum())
    causes: dict[str, int] = {}
    for name, count in zip(drops["cause"].tolist(), drops["frames"].tolist(), strict=True):
        causes[name] = causes.get(name, 0) + count
    listed = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in causes.items())
    lost = size_text(int(drops["lost_bytes"].sum()))
    text = f"{_count(frames, 'frame')} ({lost}) {what}: {listed}."
    details = drops["text"][:DROPS_SHOWN].tolist()
    if len(drops) > DROPS_SHOWN:
        details.append(f"({len(drops) - DROPS_SHOWN} more places in .drops)")
    return [Finding(kind, text, tuple(details))]


def congestion_findings(points: Table, nodes: Table) -> list[Finding]:
    """The trees with the most paused time, drawn."""
    found = [
        _tree_finding(points.row(tree), nodes.take(nodes["tree"] == tree))
        for tree in range(min(len(points), TREES_SHOWN))
    ]
    if len(points) > TREES_SHOWN:
        rest = points.take(np.arange(TREES_SHOWN, len(points)))
        text = (
            f"{len(rest):,} smaller congestion points with {int(rest['pauses'].sum()):,} pauses "
            f"({time_text(int(rest['paused_ps'].sum()))}) are in .congestion_points."
        )
        found.append(Finding("congestion", text))
    return found


def _tree_finding(point: dict[str, Any], nodes: Table) -> Finding:
    reach = _count(point["depth"], "link")
    peer = point["port_name"].rpartition("->")[2]
    number = point["contributors"]
    flows = f", {_count(number, 'flow')} through it" if number > 0 else ""
    text = (
        f"{point['port_name']} (priority {point['priority']}) "
        f"{_KINDS[point['kind']].format(peer=peer)}: "
        f"{_count(point['pauses'], 'pause')} of {_count(point['ports'], 'port')} "
        f"({point['hosts']:,} of NICs) up to {reach} away, "
        f"{time_text(point['paused_ps'])} in all{flows}."
    )
    until = "the end" if point["end_ps"] < 0 else time_text(point["end_ps"])
    queue = point["queue_bytes"]
    depth = f"; {size_text(queue)} queued at the first XOFF" if queue > 0 else ""
    lines = [f"from {time_text(point['start_ps'])} to {until}{depth}", point["port_name"]]
    for row in range(min(len(nodes), BRANCHES_SHOWN)):
        node = nodes.row(row)
        own = node["priority"]
        other = "" if own == point["priority"] else f" (priority {own})"
        lines.append(
            f"{'  ' * node['depth']}{node['port_name']}{other}: "
            f"{_count(node['pauses'], 'pause')}, {time_text(node['paused_ps'])}"
        )
    if len(nodes) > BRANCHES_SHOWN:
        lines.append(f"  ({len(nodes) - BRANCHES_SHOWN} more paused ports in .pause_trees)")
    return Finding("congestion", text, tuple(lines))


def victim_findings(victims: Table, points: Table) -> list[Finding]:
    """Flows that waited for congestion on no link of theirs."""
    if not len(victims):
        return []
    flows = len(np.unique(victims["flow"]))
    text = f"{_count(flows, 'flow')} met pauses of congestion that is not on their path (victims)."
    lines = []
    for row in range(min(len(victims), VICTIMS_SHOWN)):
        victim = victims.row(row)
        behind = points.row(victim["tree"])["port_name"]
        slow = f", slowdown {victim['slowdown']:.3g}" if victim["fct_ps"] >= 0 else ", unfinished"
        lines.append(
            f"{victim['name']} ({victim['src_name']} -> {victim['dst_name']}): up to "
            f"{time_text(victim['delay_ps'])} of delay at {victim['port_name']}, behind "
            f"{behind}{slow}"
        )
    if len(victims) > VICTIMS_SHOWN:
        lines.append(f"({len(victims) - VICTIMS_SHOWN} more rows in .victims)")
    return [Finding("victims", text, tuple(lines))]


def margin_findings(result: Result, margins: Table) -> list[Finding]:
    """Why there was no pause, and no mark."""
    texts = why_no_pause(result, margins), why_no_mark(result, margins)
    return [Finding("margins", text) for text in texts if text]
