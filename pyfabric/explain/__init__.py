"""From a result to causes: pause trees, victims, drops, margins, in words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pyfabric.analysis import (
    NO_TREES,
    NOTHING_MET,
    PauseTrees,
    pause_cycle,
    pause_trees,
    pauses_met,
)
from pyfabric.compile.replan import queue_pair_queues
from pyfabric.explain import findings as found
from pyfabric.explain.drops import drop_table, drop_text
from pyfabric.explain.explanation import Explanation, Finding
from pyfabric.explain.margins import margin_table
from pyfabric.explain.routes import plan_of
from pyfabric.explain.tables import (
    congestion_point_table,
    pause_tree_table,
    victim_table,
    with_contributors,
)

if TYPE_CHECKING:
    from pyfabric.compile import Plan
    from pyfabric.results import Result, Table

__all__ = ["Explanation", "Finding", "drop_text", "explain"]

#: Kinds of findings, the weightiest first.
ORDER: Final = ("deadlock", "watchdog", "drops", "congestion", "victims", "losses", "margins")


def explain(result: Result, plan: Plan | None = None) -> Explanation:
    """What happened in a run and why; see :class:`Explanation`.

    plan: that of the run, for the paths of flows; None: compiled from the result's scenario.

    Raises ScenarioError when ``plan`` is that of another run.
    """
    ring = _ring(result)
    pauses, trees = _trees(result, ring)
    points = congestion_point_table(result, pauses, trees)
    nodes = pause_tree_table(result, pauses, trees)
    notes = _notes(result)
    victims = victim_table(result, NOTHING_MET)
    made = plan_of(result, plan) if len(trees.kind) or plan is not None else None
    if isinstance(made, str):
        notes.append(f"contributors and victims are not known: {made}")
    elif made is not None:
        queues = queue_pair_queues(made)
        met = pauses_met(result.flows, pauses, trees, queues, result.end_ps)
        victims = victim_table(result, met)
        points = with_contributors(points, result.flows, queues)
    drops, margins = drop_table(result), margin_table(result)
    findings = [
        *found.deadlock_findings(result, ring),
        *found.watchdog_findings(result),
        *found.drop_findings(drops),
        *found.congestion_findings(points, nodes),
        *found.victim_findings(victims, points),
        *found.margin_findings(result, margins),
    ]
    findings.sort(key=lambda finding: ORDER.index(finding.kind))  # stable
    return Explanation(tuple(findings), points, nodes, victims, drops, margins, tuple(notes))


def _ring(result: Result) -> list[int]:
    """Rows of ``classes`` of the first cycle that the run found. Where it stopped as deadlock
    without one, as results of earlier versions did, a ring of pauses is looked for.
    """
    deadlocks, classes = result.deadlocks, result.classes
    if not len(deadlocks):
        stopped = result.stop_reason == "deadlock"
        return pause_cycle(classes, result.ports) if stopped else []
    rows = deadlocks.take(deadlocks["deadlock"] == deadlocks["deadlock"][0])
    place = {
        key: row for row, key in enumerate((classes["port"] * 8 + classes["priority"]).tolist())
    }
    return [place[key] for key in (rows["port"] * 8 + rows["priority"]).tolist()]


def _trees(result: Result, ring: list[int]) -> tuple[Table, PauseTrees]:
    """(pauses that can be traced, their trees)."""
    if "xoff" not in result.pauses:
        return result.pauses.take(np.zeros(0, dtype=np.int64)), NO_TREES
    rows = [result.classes.row(row) for row in ring]
    places = [(row["port"], row["priority"]) for row in rows]
    return result.pauses, pause_trees(result.pauses, result.xoffs, result.ports, places)


def _notes(result: Result) -> list[str]:
    notes = []
    if "xoff" not in result.pauses and len(result.pauses):
        notes.append(
            "an earlier version saved this result, without the table xoffs: its pauses cannot be "
            "traced, run it again"
        )
    if result.partial:
        notes.append(f"the run was cut short ({result.stop_reason})")
    for name in ("pauses", "xoffs", "drops"):
        if lost := result.rows_not_kept.get(name, 0):
            notes.append(f"{lost:,} rows of {name} were not kept, the latest of their nodes")
    return notes
