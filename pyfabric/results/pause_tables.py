"""The tables of XOFF decisions and of the pauses that they brought about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.plan import Plan
from pyfabric.results import vocabulary as words
from pyfabric.results.table import Table, Words

if TYPE_CHECKING:
    from pyfabric.results.assemble import Names

Ints = NDArray[np.int64]
Raw = Mapping[str, NDArray[Any]]

_CLASSES: Final = 8


def xoff_table(raw: Raw, names: Names) -> Table:
    """One row per XOFF; the XON that ended it is the next row of its port and class."""
    key = raw["port"] * _CLASSES + raw["priority"]
    order = np.lexsort((np.arange(len(key)), key))  # rows of a node are in order of time
    is_xon = raw["xon"][order] == 1
    follows = np.zeros(len(order), dtype=np.bool_)
    follows[:-1] = (key[order][1:] == key[order][:-1]) & is_xon[1:] & ~is_xon[:-1]
    xon = np.full(len(order), -1, dtype=np.int64)
    places = np.flatnonzero(follows)
    xon[order[places]] = raw["time_ps"][order[places + 1]]
    rows = np.flatnonzero(raw["xon"] == 0)
    rows = rows[np.lexsort((raw["port"][rows], raw["time_ps"][rows]))]
    egress = raw["egress_port"][rows]
    named = names.ports(np.maximum(egress, 0))
    columns = {
        "xoff_ps": raw["time_ps"][rows],
        "xon_ps": xon[rows],
        **names.of_ports(raw["port"][rows]),
        "priority": raw["priority"][rows].astype(np.int64),
        "ingress_bytes": raw["ingress_bytes"][rows],
        "threshold_bytes": raw["threshold_bytes"][rows],
        "egress_port": egress,
        "egress_port_name": Words(np.where(egress < 0, -1, named.codes), named.words),
        "egress_priority": raw["egress_priority"][rows],
        "egress_paused": raw["egress_paused"][rows] == 1,
        "held_bytes": raw["held_bytes"][rows],
        "queue_bytes": raw["queue_bytes"][rows],
        "waiting_since_ps": raw["waiting_since_ps"][rows],
        "sampled_every": raw["sampled_every"][rows],
    }
    return Table("xoffs", columns, words.NULLABLE["xoffs"])


def pause_table(plan: Plan, raw: Raw, xoffs: Table, end_ps: int, names: Names) -> Table:
    """One row per pause of a transmitter, with the XOFF at the other end of its link."""
    order = np.lexsort((raw["port"], raw["start_ps"]))
    raw = {name: values[order] for name, values in raw.items()}
    end = np.where(raw["end_ps"] < 0, end_ps, raw["end_ps"])
    columns = {
        "start_ps": raw["start_ps"],
        "end_ps": raw["end_ps"],
        "duration_ps": end - raw["start_ps"],
        **names.of_ports(raw["port"]),
        "priority": raw["priority"].astype(np.int64),
        "xoff": _xoff_of(plan, raw, xoffs),
    }
    return Table("pauses", columns, words.NULLABLE["pauses"])


def _xoff_of(plan: Plan, pauses: Raw, xoffs: Table) -> Ints:
    """Row of ``xoffs`` that was in force when the PFC frame that began each pause was sent; -1:
    none is known.
    """
    columns, port = plan.columns, pauses["port"].astype(np.int64)
    sent = pauses["start_ps"] - columns["port_delay_ps"][port] - _pfc_wire_ps(plan)[port]
    found = np.full(len(port), -1, dtype=np.int64)
    if not len(xoffs) or not len(port):
        return found
    peer = columns["port_peer"].astype(np.int64)[port]
    groups = _groups_behind(plan, port, pauses["priority"].astype(np.int64))
    for group in range(_CLASSES):
        rows = np.flatnonzero(groups >> group & 1)
        # Rows of XOFFs are in order of time: of several groups the one that came last.
        if len(rows):
            in_force = _in_force(xoffs, peer[rows] * _CLASSES + group, sent[rows])
            found[rows] = np.maximum(found[rows], in_force)
    return found


def _groups_behind(plan: Plan, port: Ints, queue: Ints) -> Ints:
    """[R] mask of the priority groups at the other end of each link whose XOFF pauses a queue (of a
    host: a priority) at this end.
    """
    columns = plan.columns
    if not len(columns["qos_pfc_mask"]):
        return np.left_shift(np.int64(1), queue)
    first = columns["node_first_port"].astype(np.int64)
    node = np.repeat(np.arange(len(first) - 1), np.diff(first))
    profile = columns["node_qos"].astype(np.int64)[node]
    near, far = profile[port], profile[columns["port_peer"].astype(np.int64)[port]]
    queue_of, group_of = (
        columns[f"qos_pfc_to_{kind}"].reshape(-1, _CLASSES).astype(np.int64)
        for kind in ("queue", "pg")
    )
    mask = columns["qos_pfc_mask"].astype(np.int64)
    found = np.zeros(len(port), dtype=np.int64)
    for priority in range(_CLASSES):
        heard = np.where(near >= 0, queue_of[near, priority], priority) == queue
        told = (far < 0) | (mask[far] >> priority & 1 == 1)
        group = np.where(far >= 0, group_of[far, priority], priority)
        found |= np.where(heard & told, np.left_shift(np.int64(1), group), 0)
    return found


def _in_force(xoffs: Table, wanted: Ints, sent: Ints) -> Ints:
    """Row of the XOFF of an ingress ``wanted`` (port * 8 + group) that was in force at ``sent``."""
    decided = xoffs["port"] * _CLASSES + xoffs["priority"]
    found = np.full(len(wanted), -1, dtype=np.int64)
    by_pause = np.argsort(wanted, kind="stable")  # both stay in order of time within a key
    by_xoff = np.argsort(decided, kind="stable")
    keys, first = np.unique(wanted[by_pause], return_index=True)
    low, high = (np.searchsorted(decided[by_xoff], keys, side=side) for side in ("left", "right"))
    begun, ended = xoffs["xoff_ps"], xoffs["xon_ps"]
    for rows, a, b in zip(np.split(by_pause, first[1:]), low, high, strict=True):
        if a == b:
            continue
        candidates = by_xoff[a:b]
        place = np.searchsorted(begun[candidates], sent[rows], side="right") - 1
        xoff = candidates[np.maximum(place, 0)]
        holds = (place >= 0) & ((ended[xoff] < 0) | (ended[xoff] >= sent[rows]))
        found[rows] = np.where(holds, xoff, -1)
    return found


def _pfc_wire_ps(plan: Plan) -> Ints:
    """[P] time of a PFC frame on each link."""
    scalars = plan.scalars
    bits = (scalars["pfc_bytes"] + scalars["gap_bytes"]) * 8 * 10**12
    rate = plan.columns["port_rate_bps"].astype(np.int64)
    if scalars["truncate_ns"]:
        truncated: Ints = bits // rate // 1000 * 1000
        return truncated
    exact: Ints = -(-bits // rate)
    return exact
