"""Classes for parts of a workload such that none has a cycle: LASH (Skeie et al., IPDPS 2002) with
parts instead of pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from pyfabric.verification.cycles import order_of
from pyfabric.verification.routes import Traffic

if TYPE_CHECKING:
    from pyfabric.verification.dependency import Waits

PARTS_MAX: Final = 64


def layered(traffic: Traffic, waits: Waits, cls: int, layers: int) -> dict[int, int] | None:
    """Part of the workload -> layer, the first that stays acyclic with it; None: some part is
    cyclic alone, or ``layers`` are not enough. Parts without data of the class are left out.
    """
    plan = traffic.net.fabric.plan
    mine = np.flatnonzero(plan.columns["qp_class"][plan.columns["flow_qp"]] == cls)
    part = np.asarray(plan.labels["workload"])[mine]
    parts = np.unique(part).tolist()
    if not 1 < len(parts) <= PARTS_MAX:
        return None
    vertices, paused = len(traffic.net.links), waits.paused(cls)
    filled: list[np.ndarray] = []
    chosen: dict[int, int] = {}
    for number in parts:
        queue_pairs = np.unique(plan.columns["flow_qp"][mine[part == number]]).astype(np.int64)
        there = traffic.pairs_of(queue_pairs)
        use = traffic.link_use(there)
        for layer in range(layers):
            together = use | filled[layer] if layer < len(filled) else use
            if (order_of(vertices, *waits.edges(together, paused)) >= 0).all():
                break
        else:
            return None
        if layer == len(filled):
            filled.append(together)
        filled[layer] = together
        chosen[int(number)] = layer
    return chosen
