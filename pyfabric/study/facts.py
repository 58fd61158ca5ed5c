"""What a run tells about why a setting had no effect."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyfabric.results import Result
    from pyfabric.scenario import Scenario


@dataclass(frozen=True)
class Peak:
    """The largest use of something at ``port``; ``limit_bytes``: above which it has an effect."""

    port: str
    used_bytes: int
    limit_bytes: int


@dataclass(frozen=True)
class Facts:
    """Small facts of one run.

    flows: digest of the completion times of all flows. queue: the marked egress queue that came
    closest to its kmin, None where nothing can be marked. ingress: the ingress port with the most
    shared bytes in a lossless class. largest_flow_bytes, smallest_window_bytes: -1 for an endless
    flow and for no window.
    """

    flows: str
    plan_hash: str
    queue: Peak | None
    ingress: Peak | None
    largest_flow_bytes: int
    smallest_window_bytes: int


def facts_of(result: Result, scenario: Scenario) -> Facts:
    """The facts of ``result``, a run of ``scenario``."""
    sizes, windows = result.flows["size_bytes"], result.queue_pairs["window_bytes"]
    windows = windows[windows > 0]
    endless = not len(sizes) or bool((sizes < 0).any())
    return Facts(
        flows=_digest(result),
        plan_hash=result.plan_hash,
        queue=_queue(result, scenario),
        ingress=_ingress(result, scenario),
        largest_flow_bytes=-1 if endless else int(sizes.max()),
        smallest_window_bytes=int(windows.min()) if len(windows) else -1,
    )


def _digest(result: Result) -> str:
    digest = hashlib.sha256()
    for name in ("fct_ps", "sender_fct_ps", "delivered_bytes"):
        digest.update(np.ascontiguousarray(result.flows[name]).tobytes())
    return digest.hexdigest()


def _queue(result: Result, scenario: Scenario) -> Peak | None:
    """The queue with the largest share of its kmin, among those whose frames can be marked."""
    classes, ports = result.classes, result.ports
    rows = np.flatnonzero(ports["at_switch"][classes["port"]])
    if not len(rows):
        return None
    rates = ports["rate_bps"][classes["port"][rows]]
    places = np.stack([classes["node"][rows], rates, classes["priority"][rows]], axis=1)
    kinds, inverse = np.unique(places, axis=0, return_inverse=True)
    names = dict(zip(ports["node"].tolist(), ports["node_name"].tolist(), strict=True))
    limits = [_kmin(scenario, names[node], rate, cls) for node, rate, cls in kinds.tolist()]
    kmin = np.array(limits, dtype=np.int64)[inverse.reshape(-1)]
    marked = kmin >= 0
    if not marked.any():
        return None
    rows, kmin = rows[marked], kmin[marked]
    peak = classes["peak_queue_bytes"][rows]
    best = int(np.argmax(peak / np.maximum(kmin, 1)))
    name = classes.row(int(rows[best]))["port_name"]
    return Peak(name, int(peak[best]), int(kmin[best]))


def _kmin(scenario: Scenario, switch_name: str, rate_bps: int, priority: int) -> int:
    """Where marking begins in a class of a port, -1: never."""
    switch = scenario.switch_of(switch_name)
    if switch.ecn is None:
        return -1
    marked = switch.ecn.priorities
    if priority not in (switch.lossless_priorities if marked is None else marked):
        return -1
    return switch.ecn.thresholds_for(rate_bps)[0]


def _ingress(result: Result, scenario: Scenario) -> Peak | None:
    classes, ports = result.classes, result.ports
    rows: NDArray[Any] = np.flatnonzero(classes["lossless"] & ports["at_switch"][classes["port"]])
    if not len(rows):
        return None
    row = classes.row(int(rows[int(np.argmax(classes["peak_ingress_bytes"][rows]))]))
    reserve = scenario.switch_of(row["node_name"]).reserve_bytes
    return Peak(row["port_name"], max(row["peak_ingress_bytes"] - reserve, 0), -1)
