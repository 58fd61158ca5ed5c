"""Drops to causes: what each lost frame met, in words and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.checks.wording import ingress_text, rate_text, size_text, time_text
from pyfabric.explain.tables import port_names
from pyfabric.results.table import Table, Words
from pyfabric.results.vocabulary import CAUSE_TEXTS

if TYPE_CHECKING:
    from pyfabric.results import Result

Ints = NDArray[np.int64]


def drop_table(result: Result) -> Table:
    """One row per (port, priority, cause): frames and bytes lost, when, and the first one's story.

    Lossless classes first, then by bytes lost.
    """
    drops = result.drops
    causes, cause = np.unique(drops["cause"], return_inverse=True)
    key = (drops["port"] * 8 + drops["priority"]) * max(len(causes), 1) + cause.reshape(-1)
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    frames = np.bincount(group, minlength=len(first))
    lost = np.zeros(len(first), dtype=np.int64)
    np.add.at(lost, group, drops["size_bytes"])
    last = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(last, group, drops["time_ps"])
    order = np.lexsort((first, -lost, ~drops["lossless"][first]))
    rows = first[order]
    texts = tuple(drop_text(result, row) for row in rows.tolist())
    columns: dict[str, Any] = {
        "cause": Words(cause.reshape(-1)[rows], tuple(causes.tolist())),
        "port": drops["port"][rows],
        "port_name": port_names(result, drops["port"][rows]),
        "priority": drops["priority"][rows],
        "lossless": drops["lossless"][rows],
        "frames": frames[order],
        "lost_bytes": lost[order],
        "first_ps": drops["time_ps"][rows],
        "last_ps": last[order],
        "text": Words(np.arange(len(rows)), texts),
    }
    return Table("drops", columns)


def drop_text(result: Result, row: int) -> str:
    """One drop, a row of ``result.drops``, in words."""
    drop = result.drops.row(row)
    port = result.ports.row(drop["port"])
    where = ingress_text(port["node_name"], port["peer_node_name"])
    frame = f"{drop['kind']} frame of {size_text(drop['size_bytes'])}"
    head = f"{where}, priority {drop['priority']}, {time_text(drop['time_ps'])}: {frame} lost"
    told = _STORIES.get(drop["cause"], _other)(result, drop, port)
    return f"{head}: {told}"


def _headroom(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    parts = [
        f"headroom full ({size_text(drop['headroom_used_bytes'])} of "
        f"{size_text(drop['headroom_bytes'])}) beside {size_text(drop['buffered_bytes'])} in the "
        f"pool{_threshold(result, drop)}"
    ]
    since, needed = drop["xoff_since_ps"], port["headroom_needed_bytes"]
    if since < 0:
        return f"{parts[0]}; no XOFF was in force: PFC is off here"
    ago = drop["time_ps"] - since
    parts.append(f"XOFF decided {time_text(ago)} before")
    if not drop["xoff_told"]:
        parts.append("but its PFC frame had not left: the transmitter was busy")
        return ", ".join(parts)
    parts[-1] += " and sent"
    allowed_ps = needed * 8 * 10**12 // port["rate_bps"]
    bring = (
        f"a link of {rate_text(port['rate_bps'])} may bring {size_text(needed)} in the "
        f"{time_text(allowed_ps)} that PFC frame, link and reaction take"
    )
    if port["peer_pfc"] == "off":
        return f"{', '.join(parts)}; {port['peer_node_name']} does not obey PFC"
    if drop["headroom_bytes"] < needed:
        return f"{', '.join(parts)}; {bring}"
    if ago > allowed_ps:
        return (
            f"{', '.join(parts)}; {bring}: this one came later, so the pause ran out or its PFC "
            "frame was lost"
        )
    return f"{', '.join(parts)}; {bring}"


def _threshold(result: Result, drop: dict[str, Any]) -> str:
    xoffs = result.xoffs
    if drop["xoff_since_ps"] < 0 or not len(xoffs):
        return ""
    # One frame arrives at a time, so port and time name the XOFF, whatever the group's number.
    at = (xoffs["port"] == drop["port"]) & (xoffs["xoff_ps"] == drop["xoff_since_ps"])
    rows = np.flatnonzero(at)
    if not len(rows):
        return ""
    row = xoffs.row(int(rows[0]))
    threshold = f" (XOFF threshold {size_text(row['threshold_bytes'])} at the time"
    return f"{threshold}, held mostly for {row['egress_port_name'] or 'the host'})"


def _shared_headroom(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    """Within its own headroom, but the switch had promised more than it has."""
    own = f"{size_text(drop['headroom_used_bytes'])} of {size_text(drop['headroom_bytes'])}"
    told = ""
    if drop["xoff_since_ps"] >= 0:
        told = f"; XOFF decided {time_text(drop['time_ps'] - drop['xoff_since_ps'])} before"
    return (
        f"the headroom that all ports of {port['node_name']} share was full, though this port had "
        f"used only {own}: more ports passed XOFF at once than it is made for "
        f"(oversubscription){told}"
    )


def _egress(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    if not drop["lossless"]:
        return _share(result, drop, port)
    return (
        "its egress queue was over its own limit, although the class is lossless: such a limit "
        "drops before the ingress sends XOFF. A lossless queue should have none, or one that is "
        "all that its inputs can hold"
    )


def _wred(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    text = "dropped early (WRED): its egress queue was above kmin"
    if drop["kind"] in ("ack", "nak", "cnp", "read_request"):
        return f"{text}. Such a frame is not ECN-capable, so it is dropped where data is marked"
    return f"{text}, and the queue is not marked"


def _watchdog(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    """Dropped on purpose: which storm, and where it came from."""
    storms = result.watchdog
    here = (storms["node"] == port["node"]) & (storms["start_ps"] <= drop["time_ps"])
    rows = np.flatnonzero(here & ((storms["end_ps"] < 0) | (drop["time_ps"] <= storms["end_ps"])))
    text = "dropped by the PFC watchdog"
    if not len(rows):
        return text
    storm = storms.row(int(rows[0]))
    peer = result.ports.row(storm["port"])["peer_node_name"]
    ago = time_text(drop["time_ps"] - storm["start_ps"])
    return (
        f"{text}, which {ago} before took {storm['port_name']} for stuck: {peer} kept it paused "
        "and it sent nothing. What is wrong is there"
    )


def _share(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    what = "ingress port" if drop["cause"] == "ingress_threshold" else "egress queue"
    return (
        f"a lossy class here, and the {what} was over its share of the pool; "
        f"{size_text(drop['buffered_bytes'])} of this port and class were buffered"
    )


def _wire(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    return f"damaged on the wire from {port['peer_node_name']}: no congestion loss"


def _other(result: Result, drop: dict[str, Any], port: dict[str, Any]) -> str:
    return str(CAUSE_TEXTS.get(drop["cause"], drop["cause"].replace("_", " ")))


_STORIES = {
    "headroom_exhausted": _headroom,
    "ingress_threshold": _share,
    "egress_threshold": _egress,
    "shared_headroom_exhausted": _shared_headroom,
    "wred": _wred,
    "watchdog": _watchdog,
    "link_error": _wire,
}
