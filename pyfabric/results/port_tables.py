"""The tables of ports, and of the classes of ports at which something happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.buffers import link_headrooms
from pyfabric.compile.framing import Frames
from pyfabric.compile.plan import Plan
from pyfabric.results import vocabulary as words
from pyfabric.results.table import Table, Words

if TYPE_CHECKING:
    from pyfabric.results.assemble import Names

Ints = NDArray[np.int64]
Raw = Mapping[str, NDArray[Any]]

_CLASSES: Final = 8
_COUNTERS: Final = (
    *("tx_frames", "tx_data_frames", "tx_bytes", "ecn_marks", "drops"),
    *("xoff_sent", "xon_sent", "xoff_received", "xon_received", "paused_ps"),
)
_CLASS_COUNTERS: Final = (
    *("ecn_marks", "xoff_sent", "xon_sent", "xoff_received", "xon_received", "paused_ps"),
)


def port_table(plan: Plan, raw: Mapping[str, Raw], names: Names) -> Table:
    """One row per port, in the order of the plan.

    ``drops`` counts frames lost on their way in; headrooms are those of the port as an ingress, per
    lossless class, and -1 where there are none; peaks are the largest of any class.
    """
    columns, classes = plan.columns, raw["classes"]
    count = len(columns["port_peer"])
    port, peer = np.arange(count), columns["port_peer"].astype(np.int64)
    node = names.port_node
    guarded = (columns["node_is_switch"] == 1) & (columns["node_lossless_mask"] != 0)
    has_headroom = guarded[node]
    limit = np.where(has_headroom, columns["port_headroom_bytes"], -1)
    peak = np.where(has_headroom, _largest(classes["peak_headroom_bytes"]), -1)
    mode = columns["node_pfc_mode"].astype(np.int64)
    return Table(
        "ports",
        {
            "port": port,
            "name": names.ports(port),
            "node": node,
            "node_name": names.nodes(node),
            "peer": peer,
            "peer_name": names.ports(peer),
            "peer_node": node[peer],
            "peer_node_name": names.nodes(node[peer]),
            "at_switch": (columns["node_is_switch"] == 1)[node],
            "rate_bps": columns["port_rate_bps"],
            "pfc": Words(mode[node], words.PFC_MODES),
            "peer_pfc": Words(mode[node[peer]], words.PFC_MODES),
            **{name: raw["ports"][name] for name in _COUNTERS},
            "peak_queue_bytes": _largest(classes["peak_queue_bytes"]),
            "peak_ingress_bytes": _largest(classes["peak_ingress_bytes"]),
            "headroom_bytes": limit,
            "peak_headroom_bytes": peak,
            "headroom_needed_bytes": np.where(has_headroom, _needed(plan, names), -1),
            "margin_bytes": np.where(has_headroom, limit - peak, -1),
        },
        words.NULLABLE["ports"],
    )


def class_table(plan: Plan, raw: Raw, names: Names) -> Table:
    """One row per (port, priority) that ever held a frame or was paused or paused its peer."""
    kept = np.zeros(len(raw["paused"]), dtype=np.bool_)
    for name in ("peak_queue_bytes", "peak_ingress_bytes", "paused", "xoff", "xoff_received"):
        kept |= raw[name] != 0
    rows = np.flatnonzero(kept)
    port, priority = rows // _CLASSES, rows % _CLASSES
    mask = plan.columns["node_lossless_mask"].astype(np.int64)[names.port_node[port]]
    sizes = [name for name in raw if name.endswith("_bytes")]
    lossless = mask >> priority & 1 == 1
    return Table(
        "classes",
        {
            **names.of_ports(port),
            "priority": priority,
            "lossless": lossless,
            "paused": raw["paused"][rows] == 1,
            "xoff": raw["xoff"][rows] == 1,
            **{name.replace("headroom_b", "headroom_used_b"): raw[name][rows] for name in sizes},
            "xoff_at_bytes": np.where(lossless, _xoff_at(plan)[names.port_node[port]], -1),
            "kmin_bytes": _kmin(plan, names.port_node[port], port, priority),
            **{name: raw[name][rows] for name in _CLASS_COUNTERS},
        },
        words.NULLABLE["classes"],
    )


def _xoff_at(plan: Plan) -> Ints:
    """[N] bytes at which a lossless (port, class) decides XOFF while all others are empty; -1: the
    node has no PFC, or is a host that takes data at line rate.

    With free shares: ``x >= alpha * (B - x)`` for the shared part, that is ``B / (1 + 1 / alpha)``.
    """
    columns = plan.columns
    pool, reserve = columns["node_shared_bytes"], columns["node_reserve_bytes"]
    shift = columns["node_alpha_shift"].astype(np.int64)
    up, down = np.where(shift < 0, -shift, 0), np.where(shift > 0, shift, 0)  # alpha = 2**-shift
    part, whole = 1 << up, 1 << down
    dynamic = -(-pool * part // (part + whole))
    static = columns["node_xoff_bytes"].astype(np.int64)
    shared = np.where(static >= 0, static, dynamic)
    works = (columns["node_pfc_mode"] != 0) & (pool > 0)
    return np.where(works, reserve + np.maximum(shared, 1), -1)


def _kmin(plan: Plan, node: Ints, port: Ints, priority: Ints) -> Ints:
    """kmin of the egress queue of each (port, class); -1: it is never marked."""
    marked = plan.columns["node_ecn_mask"].astype(np.int64)[node] >> priority & 1 == 1
    at_switch = plan.columns["node_is_switch"][node] == 1
    return np.where(marked & at_switch, plan.columns["port_ecn_kmin_bytes"][port], -1)


def _largest(per_class: NDArray[Any]) -> Ints:
    largest: Ints = per_class.reshape(-1, _CLASSES).max(axis=1)
    return largest


def _needed(plan: Plan, names: Names) -> Ints:
    """Headroom that ``headroom="auto"`` gives to each port's link."""
    columns, scalars = plan.columns, plan.scalars
    sizes = ("mtu", "header", "reth", "aeth", "ack", "cnp", "pfc", "gap", "pad")
    frames = Frames(
        **{name: scalars[f"{name}_bytes"] for name in sizes},
        truncate_ns=int(scalars["truncate_ns"]),
    )
    peer_node = names.port_node[columns["port_peer"]]
    return link_headrooms(
        frames,
        columns["port_rate_bps"].astype(np.int64),
        columns["port_delay_ps"].astype(np.int64),
        columns["node_pfc_reaction_ps"][peer_node].astype(np.int64),
        columns["node_latency_ps"][names.port_node].astype(np.int64),
    )
