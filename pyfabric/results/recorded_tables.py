"""What was recorded over time: samples of queues, the trace of congestion control, all records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.results import vocabulary as words
from pyfabric.results.table import Table, Words

if TYPE_CHECKING:
    from pyfabric.results.assemble import Names

Ints = NDArray[np.int64]
Raw = Mapping[str, NDArray[Any]]

_CLASSES: Final = 8
#: Columns of the trace of congestion control that every algorithm has, as the engine gives them.
CC_COLUMNS: Final = ("time_ps", "node", "qp", "flow", "rate_bps", "window_bytes")


def by_time(raw: Raw, time: str) -> dict[str, NDArray[Any]]:
    """Rows by (time, node, port, sequence); port indices run node by node, the sort is stable."""
    order = np.lexsort((raw["port"], raw[time]))
    return {name: values[order] for name, values in raw.items()}


def queue_table(raw: Raw, pauses: Raw | None, names: Names) -> Table:
    """Samples of queues. ``pauses``: of all transmitters, None when some were not kept."""
    raw = by_time(raw, "time_ps")
    columns: dict[str, Any] = {
        "time_ps": raw["time_ps"],
        **names.of_ports(raw["port"]),
        "priority": raw["priority"].astype(np.int64),
        **{
            n: raw[n] for n in ("size_bytes", "ecn_marks", "marked_bytes", "drops", "dropped_bytes")
        },
    }
    if pauses is not None:
        columns["paused"] = _paused(raw, pauses)
    return Table("queues", columns, words.NULLABLE.get("queues", ()))


def _paused(samples: Raw, pauses: Raw) -> NDArray[np.bool_]:
    """Whether each sampled queue was paused, like its depth before the events of that time."""
    count = len(pauses["start_ps"])
    key = np.concatenate([t["port"] * _CLASSES + t["priority"] for t in (pauses, samples)])
    time = np.concatenate((pauses["start_ps"], samples["time_ps"]))
    is_pause = np.arange(len(key)) < count
    order = np.lexsort((is_pause, time, key))  # of equal times the sample is first
    last = np.maximum.accumulate(np.where(is_pause[order], np.arange(len(order)), -1))
    before = np.where(last < 0, -1, order[last])[~is_pause[order]]
    rows = order[~is_pause[order]]
    end = np.append(np.where(pauses["end_ps"] < 0, np.iinfo(np.int64).max, pauses["end_ps"]), -1)
    paused = np.zeros(len(key), dtype=np.bool_)
    paused[rows] = (before >= 0) & (key[before] == key[rows]) & (time[rows] <= end[before])
    return paused[count:]


def cc_table(raw: Raw, flow_names: Words, names: Names) -> Table:
    """The trace of congestion control by (time, queue pair), with the values of its algorithms."""
    order = np.lexsort((raw["qp"], raw["time_ps"]))  # of one queue pair as they were written
    raw = {name: values[order] for name, values in raw.items()}
    observed = tuple(name for name in raw if name not in CC_COLUMNS)
    flows, place = np.unique(raw["flow"], return_inverse=True)
    texts = tuple(flow_names.take(flows).array().tolist())
    columns: dict[str, NDArray[Any] | Words] = {
        "time_ps": raw["time_ps"],
        "node": raw["node"],
        "node_name": names.nodes(raw["node"]),
        "qp": raw["qp"],
        "flow": raw["flow"],
        "flow_name": Words(place.reshape(-1), texts),
        **{name: raw[name] for name in ("rate_bps", "window_bytes", *observed)},
    }
    return Table("cc", columns, observed)


def trace_table(raw: Raw, names: Names) -> Table:
    """Every observable record."""
    raw = by_time(raw, "time_ps")
    columns = {
        "time_ps": raw["time_ps"],
        **names.of_ports(raw["port"]),
        "event": Words(raw["event"].astype(np.int64), words.EVENTS),
        "kind": Words(raw["kind"].astype(np.int64), words.KINDS),
        "priority": raw["priority"].astype(np.int64),
        "qp": raw["qp"],
        "psn": raw["psn"],
        "size_bytes": raw["size_bytes"],
        "ecn": raw["ecn"].astype(np.int64),
    }
    return Table("trace", columns)
