"""ECN before PFC: thresholds that pause before they mark.

DCQCN (Zhu et al., SIGCOMM'15, section 4) asks that a queue is marked before anybody is paused, for
PFC does not know flows. :func:`pause_bound` and :func:`mark_bound` are that section's bounds.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from pyfabric.compile.ports import Ints
from pyfabric.verification.fabric import Fabric, alike
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.pools import Pool, kinds_of_switches, pool_of
from pyfabric.verification.text import count_text, size_text

#: Numbers in csrc/fabric/cc/registry.cc of those that decrease on marks only.
_WAIT_FOR_MARKS: Final = {2: "DCQCN", 7: "DCTCP", 8: "NSCC"}
_ROUND: Final = 1000


def pause_bound(shared_bytes: float, ports: int, classes: int) -> float:
    """The largest static XOFF threshold that every (port, class) can have at once.

    ``shared_bytes``: the buffer less all headrooms.
    """
    return shared_bytes / (ports * classes)


def mark_bound(shared_bytes: float, ports: int, classes: int, alpha: float) -> float:
    """The kmin below which no ingress (port, class) is paused before queues are marked, whatever
    the traffic, under a dynamic threshold of ``alpha`` times the free pool.

    The worst case: in every class all n egress queues stand just below kmin, each filled by one
    ingress: n kmin < alpha (shared - n classes kmin). The paper's beta is alpha * 8 classes.
    """
    return alpha * shared_bytes / (ports * (1 + alpha * classes))


def check_marking(fabric: Fabric) -> Checked:
    """Marked egress queues of lossless classes against what their inputs may hold before XOFF."""
    found: list[Finding] = []
    marked = fabric.lossless & fabric.marked
    count, kinds = 0, kinds_of_switches(fabric)
    smallest: dict[int, int] = {}  # settings -> what one input may fill at the tightest switch
    for nodes in kinds:
        profile, one = int(fabric.profile[nodes[0]]), pool_of(fabric, int(nodes[0])).queue_bytes(1)
        smallest[profile] = min(one, smallest.get(profile, one))
    for nodes in kinds:
        pool = pool_of(fabric, int(nodes[0]))
        ports = np.flatnonzero(np.isin(fabric.node, nodes[marked[nodes] > 0]))
        if pool.ports < 2 or not len(ports):
            continue
        count += len(ports)
        kmin = fabric.column("port_ecn_kmin_bytes")[ports]
        found += [
            finding
            for same in alike(ports, kmin)
            if (finding := _finding(fabric, same, pool, smallest)) is not None
        ]
    found += _unmarked(fabric)
    return Checked(found, f"ECN before PFC: {count_text(count, 'marked egress port')}")


def _finding(fabric: Fabric, ports: Ints, pool: Pool, smallest: dict[int, int]) -> Finding | None:
    kmin = int(fabric.column("port_ecn_kmin_bytes")[ports[0]])
    inputs = pool.ports - 1
    one, every = pool.queue_bytes(1), max(map(pool.queue_bytes, (1, inputs)))
    numbers = {"kmin_bytes": kmin, "one_input_bytes": one, "all_inputs_bytes": every}
    names = tuple(fabric.port_name(port) for port in ports.tolist())
    if kmin < one:
        bound = _bound(pool)
        if kmin <= bound:
            return None
        return Finding(
            "note",
            "ecn",
            "port",
            names,
            f"kmin {size_text(kmin)} is above the bound of DCQCN's paper (SIGCOMM'15, section 4), "
            f"{size_text(bound)}: if every queue stands near kmin and one link filled them, it "
            "is paused before anything is marked.",
            numbers | {"bound_bytes": bound},
        )
    often = (
        f"pauses and never marks before: even with {count_text(inputs, 'input')} the queue reaches "
        f"{size_text(every)} when the last of them is paused"
        if kmin >= every
        else f"pauses before it marks: a queue that one link feeds reaches {size_text(one)} when "
        f"that link is paused (with {count_text(inputs, 'input')} {size_text(every)})"
    )
    return Finding(
        "warning",
        "ecn",
        "port",
        names,
        f"kmin {size_text(kmin)} {often}. Congestion control gets no signal, PFC does its work, "
        "and pauses spread to flows that have no part in it.",
        numbers,
        _fix(fabric, ports, smallest),
        "more buffer, a larger alpha or a higher static XOFF threshold",
    )


def _bound(pool: Pool) -> int:
    if pool.xoff is not None:
        return min(pool.xoff, pool.shared) // pool.ports
    return int(mark_bound(pool.shared, pool.ports, pool.classes, 2.0**-pool.shift))


def _fix(fabric: Fabric, ports: Ints, smallest: dict[int, int]) -> dict[str, Any]:
    """Marking from a quarter of what one input may fill, and all frames from there on."""
    node = int(fabric.node[ports[0]])
    one = smallest[int(fabric.profile[node])]
    kmin, kmax = (one // 4 // _ROUND * _ROUND, one // _ROUND * _ROUND)
    return fabric.fix(node, ecn__kmin=f"{kmin}B", ecn__kmax=f"{kmax}B")


def _unmarked(fabric: Fabric) -> list[Finding]:
    """Switches that do not mark a lossless class whose flows wait for marks."""
    columns = fabric.plan.columns
    algorithm = columns["cc_algorithm"][columns["qp_cc"]]
    waits = np.isin(algorithm, list(_WAIT_FOR_MARKS))
    classes = np.unique(columns["qp_class"][waits]).astype(np.int64)
    found = []
    for cls in classes.tolist():
        some = np.unique(algorithm[waits & (columns["qp_class"] == cls)]).tolist()
        names = " and ".join(_WAIT_FOR_MARKS[number] for number in some)
        lossless = fabric.is_switch & (fabric.lossless >> cls & 1 == 1) & (fabric.mode > 0)
        nodes = np.flatnonzero(lossless & (fabric.marked >> cls & 1 == 0))
        for same in alike(nodes, fabric.profile[nodes]):
            found.append(
                Finding(
                    "warning",
                    "ecn",
                    "switch",
                    fabric.node_names(same),
                    f"class {cls} is not marked here, and its flows run {names}, which waits for "
                    "marks: queues that form here are paused, and nobody slows down.",
                    advice="switch.ecn with the class among its priorities",
                )
            )
    return found
