"""Which frames a plan's switches keep lossless, by DSCP and by the priority they have at hosts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.plan import Plan

Bools = NDArray[np.bool_]
_DSCPS = 64


def group_by_dscp(plan: Plan) -> NDArray[np.int64]:
    """[K, 64] ingress priority group of each DSCP, in each qos profile."""
    return _by_dscp(plan, "qos_tc_to_pg")


def queue_by_dscp(plan: Plan) -> NDArray[np.int64]:
    """[K, 64] egress queue of each DSCP, in each qos profile."""
    return _by_dscp(plan, "qos_tc_to_queue")


def _by_dscp(plan: Plan, name: str) -> NDArray[np.int64]:
    tc = plan.columns["qos_dscp_to_tc"].reshape(-1, _DSCPS).astype(np.int64)
    return np.take_along_axis(plan.columns[name].reshape(-1, 8).astype(np.int64), tc, axis=1)


def priorities_that_stand(plan: Plan, kind: str) -> NDArray[np.int64]:
    """[K, 8] mask of the PFC priorities of each group (``kind`` "pg") or queue ("queue")."""
    stands_for = plan.columns[f"qos_pfc_to_{kind}"].reshape(-1, 8).astype(np.int64)
    enabled = plan.columns["qos_pfc_mask"].astype(np.int64)
    found = np.zeros_like(stands_for)
    rows = np.arange(len(found))
    for priority in range(8):
        found[rows, stands_for[:, priority]] |= enabled & 1 << priority
    return found


def default_maps(plan: Plan) -> Bools:
    """[K] whether a profile's maps lead priority, class, group and queue to the same number."""
    same = np.ones(len(plan.columns["qos_pfc_mask"]), dtype=np.bool_)
    for name in ("tc_to_pg", "tc_to_queue", "pfc_to_pg", "pfc_to_queue"):
        same &= (plan.columns[f"qos_{name}"].reshape(-1, 8) == np.arange(8)).all(axis=1)
    tc = plan.columns["qos_dscp_to_tc"].reshape(-1, _DSCPS)
    for priority, dscp in enumerate(plan.columns["priority_dscp"].tolist()):
        same &= tc[:, dscp] == priority
    return same


def lossless_dscps(plan: Plan) -> Bools:
    """[64] whether any switch promises to keep a DSCP: by a lossless priority group for it, or as
    the priority that hosts send with it is one of its lossless priorities, wherever maps lead.
    """
    masks = plan.columns["node_lossless_mask"][plan.columns["node_is_switch"] == 1]
    if not len(plan.columns["qos_pfc_mask"]):
        promised = int(np.bitwise_or.reduce(masks, initial=0))
        return np.array([promised >> (dscp >> 3) & 1 == 1 for dscp in range(_DSCPS)])
    used = np.unique(plan.columns["node_qos"][plan.columns["node_is_switch"] == 1])
    stands = np.take_along_axis(priorities_that_stand(plan, "pg"), group_by_dscp(plan), axis=1)
    kept: Bools = np.asarray((stands[used] != 0).any(axis=0))
    enabled = int(np.bitwise_or.reduce(plan.columns["qos_pfc_mask"][used], initial=0))
    for priority, dscp in enumerate(plan.columns["priority_dscp"].tolist()):
        kept[dscp] |= enabled >> priority & 1 == 1
    return kept


def by_priority(plan: Plan, node_mask: NDArray[Any], of_dscp: NDArray[np.int64]) -> NDArray[Any]:
    """[N] ``node_mask`` with its bits by the priority that hosts give a frame: at switches with a
    qos profile its bits are of what ``of_dscp`` [K, 64] leads to.
    """
    masks = node_mask.astype(np.int64)
    profile = plan.columns["node_qos"].astype(np.int64)
    at = np.flatnonzero(profile >= 0)
    found = masks.copy()
    found[at] = 0
    for priority, dscp in enumerate(plan.columns["priority_dscp"].tolist()):
        found[at] |= (masks[at] >> of_dscp[profile[at], dscp] & 1) << priority
    return found
