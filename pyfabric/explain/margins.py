"""How near each queue came to a pause and to a mark, and why there was none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.checks.wording import ingress_text, size_text
from pyfabric.explain.tables import port_names
from pyfabric.results.table import Table, Words

if TYPE_CHECKING:
    from pyfabric.results import Result

Ints = NDArray[np.int64]

_WHAT: Final = ("pause", "mark")


def margin_table(result: Result) -> Table:
    """One row per switch (port, priority) and per ``what``: ``pause`` (lossless ingress) or
    ``mark`` (marked egress queue); the smallest margin first within each.

    limit_bytes: where it would have happened: for a pause the bytes of the ingress at the lowest
    XOFF, or where none was, those at which it pauses while all others are empty (with others in the
    pool it is less); for a mark kmin. margin_bytes: limit less peak, negative beyond.
    """
    classes, ports = result.classes, result.ports
    count = len(classes)
    at_switch = ports["at_switch"][classes["port"]]
    none = np.full(count, -1, dtype=np.int64)
    columns_there = set(classes.columns)
    pause_at, kmin = (
        classes[name] if name in columns_there else none for name in ("xoff_at_bytes", "kmin_bytes")
    )
    lowest = _lowest_xoff(result)
    pausing = np.flatnonzero(at_switch & (pause_at >= 0) & (classes["peak_ingress_bytes"] > 0))
    marking = np.flatnonzero(at_switch & (kmin >= 0) & (classes["peak_queue_bytes"] > 0))
    rows = np.concatenate([pausing, marking])
    what = np.repeat([0, 1], [len(pausing), len(marking)])
    limit = np.concatenate(
        [np.where(lowest[pausing] >= 0, lowest[pausing], pause_at[pausing]), kmin[marking]]
    )
    peak = np.concatenate(
        [classes["peak_ingress_bytes"][pausing], classes["peak_queue_bytes"][marking]]
    )
    happened = np.concatenate(
        [_count(classes, "xoff_sent", pausing), _count(classes, "ecn_marks", marking)]
    )
    order = np.lexsort((rows, limit - peak, what))
    rows, limit, peak = rows[order], limit[order], peak[order]
    columns: dict[str, Any] = {
        "what": Words(what[order], _WHAT),
        "port": classes["port"][rows],
        "port_name": port_names(result, classes["port"][rows]),
        "priority": classes["priority"][rows],
        "peak_bytes": peak,
        "limit_bytes": limit,
        "margin_bytes": limit - peak,
        "count": happened[order],
    }
    return Table("margins", columns)


def _count(classes: Table, name: str, rows: Ints) -> Ints:
    return classes[name][rows] if name in classes else np.zeros(len(rows), dtype=np.int64)


def _lowest_xoff(result: Result) -> Ints:
    """Bytes of each row of ``classes`` at its lowest XOFF; -1: none."""
    classes, xoffs = result.classes, result.xoffs
    size = len(result.ports) * 8
    lowest = np.full(size, np.iinfo(np.int64).max)
    if len(xoffs):
        key = xoffs["port"] * 8 + xoffs["priority"]
        np.minimum.at(lowest, key, xoffs["ingress_bytes"])
    found = lowest[classes["port"] * 8 + classes["priority"]]
    return np.where(found == np.iinfo(np.int64).max, -1, found)


def why_no_pause(result: Result, margins: Table) -> str:
    """Why nobody was paused; "" when somebody was."""
    if len(result.pauses) or result.rows_not_kept.get("pauses"):
        return ""
    classes, ports = result.classes, result.ports
    at_switch = ports["at_switch"][classes["port"]]
    if not (classes["lossless"] & at_switch & (classes["peak_ingress_bytes"] > 0)).any():
        return "No pause: no lossless class carried a frame, and lossy classes never pause."
    if (ports["pfc"][ports["at_switch"]] == "off").all():
        return "No pause: PFC is off at every switch."
    nearest = _nearest(result, margins, "pause")
    if nearest is None:
        return "No pause."
    place, row = nearest
    return (
        f"No pause: the nearest was {place} with {size_text(row['peak_bytes'])} of the "
        f"{size_text(row['limit_bytes'])} at which it pauses alone in the pool "
        f"({size_text(row['margin_bytes'])} left)."
    )


def why_no_mark(result: Result, margins: Table) -> str:
    """Why no frame was marked; "" when one was."""
    if int(result.ports["ecn_marks"].sum()):
        return ""
    nearest = _nearest(result, margins, "mark")
    if nearest is None:
        off = "kmin_bytes" not in result.classes
        return "" if off else "No mark: ECN is off for every class that carried frames."
    place, row = nearest
    held = f"{place} with {size_text(row['peak_bytes'])}"
    if row["margin_bytes"] < 0:
        return (
            f"No mark: the deepest queue was {held}, above kmin of "
            f"{size_text(row['limit_bytes'])}, but no ECN-capable frame left at such a depth and "
            "drew a mark."
        )
    first = " PFC stopped it first." if len(result.pauses) else ""
    return (
        f"No mark: the nearest was {held} of kmin {size_text(row['limit_bytes'])} "
        f"({size_text(row['margin_bytes'])} left).{first}"
    )


def _nearest(result: Result, margins: Table, what: str) -> tuple[str, dict[str, Any]] | None:
    rows = np.flatnonzero(margins["what"] == what)
    if not len(rows):
        return None
    row = margins.row(int(rows[0]))
    if what == "mark":
        return f"{row['port_name']}, priority {row['priority']},", row
    port = result.ports.row(row["port"])
    place = ingress_text(port["node_name"], port["peer_node_name"])
    return f"{place}, priority {row['priority']},", row
