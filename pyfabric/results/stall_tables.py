"""The tables of what stood still: storms as watchdogs saw them, deadlocks, livelocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.results import vocabulary as words
from pyfabric.results.table import Table, Words

if TYPE_CHECKING:
    from pyfabric.results.assemble import Names

Raw = Mapping[str, NDArray[Any]]


def stall_tables(raw: Mapping[str, Raw], names: Names) -> dict[str, Table]:
    """``watchdog``, ``deadlocks`` and ``livelocks`` by name."""
    return {
        "watchdog": _watchdog(raw["watchdog"], names),
        "deadlocks": _deadlocks(raw["deadlocks"], names),
        "livelocks": Table("livelocks", dict(raw["livelocks"]), words.NULLABLE["livelocks"]),
    }


def no_stalls(name: str) -> Table:
    """One of these tables without rows."""
    none = np.zeros(0, dtype=np.int64)
    text = Words(none, ("",))
    where = {"port": none, "port_name": text, "node": none, "node_name": text}
    columns: dict[str, dict[str, Any]] = {
        "watchdog": {
            "start_ps": none,
            "end_ps": none,
            **where,
            "priority": none,
            "action": text,
            "dropped_frames": none,
        },
        "deadlocks": {
            "deadlock": none,
            "time_ps": none,
            **where,
            "priority": none,
            "held_bytes": none,
        },
        "livelocks": dict.fromkeys(("start_ps", "end_ps", "arrived_packets", "new_packets"), none),
    }
    return Table(name, columns[name], words.NULLABLE.get(name, ()))


def _watchdog(raw: Raw, names: Names) -> Table:
    order = np.lexsort((raw["port"], raw["start_ps"]))
    raw = {name: values[order] for name, values in raw.items()}
    columns = {
        "start_ps": raw["start_ps"],
        "end_ps": raw["end_ps"],
        **names.of_ports(raw["port"]),
        "priority": raw["priority"].astype(np.int64),
        "action": Words(raw["action"].astype(np.int64), words.ACTIONS),
        "dropped_frames": raw["dropped_frames"],
    }
    return Table("watchdog", columns, words.NULLABLE["watchdog"])


def _deadlocks(raw: Raw, names: Names) -> Table:
    columns = {
        "deadlock": raw["deadlock"],
        "time_ps": raw["time_ps"],
        **names.of_ports(raw["port"]),
        "priority": raw["priority"].astype(np.int64),
        "held_bytes": raw["held_bytes"],
    }
    return Table("deadlocks", columns, ())
