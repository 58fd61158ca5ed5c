"""Victims of congestion spreading: flows that pauses stopped although they do not cross the
congestion point that caused them (DCQCN, SIGCOMM'15, section 2.2).

A flow meets a pause when its path has the paused queue while it lives (start to last
byte at the receiver, or to the end of the run). It is a victim of the pause's tree when its path
does not have the tree's congestion point (of a deadlock: no port of its ring); when it does, it is
a contributor.

Estimate of the delay caused::

    delay = min(max over the ports of its path of (paused time met there), fct - ideal)

The maximum and not the sum, because a stop further up is the shadow of the stop below it. It takes
all the paused time of the worst port for lost: true for flows that always have data to send; of
one that would have waited anyway, or came to that port at another time, it is an upper bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.analysis.intervals import Intervals
from pyfabric.analysis.pause_tree import DEADLOCK

if TYPE_CHECKING:
    from pyfabric.analysis.pause_tree import PauseTrees
    from pyfabric.results import Table

Ints = NDArray[np.int64]

_CLASSES: Final = 8


@dataclass(frozen=True)
class PausesMet:
    """Flows and the trees whose pauses they met. All arrays [M], one entry a (flow, tree).

    flow, tree: rows. paused_ps: paused time met at the worst port of the path, ``port``.
    crosses: the path has the tree's congestion point. delay_ps: the estimate above.
    """

    flow: Ints
    tree: Ints
    port: Ints
    paused_ps: Ints
    crosses: NDArray[np.bool_]
    delay_ps: Ints


_NONE: Final = np.zeros(0, dtype=np.int64)
#: Of no flow.
NOTHING_MET: Final = PausesMet(_NONE, _NONE, _NONE, _NONE, _NONE == 1, _NONE)


def pauses_met(
    flows: Table, pauses: Table, trees: PauseTrees, queues: Ints, end_ps: int
) -> PausesMet:
    """Which flows met pauses of which tree. ``queues`` [Q, hops]: port * 8 + queue of each queue
    pair's data, padded with -1 (``pyfabric.compile.replan.queue_pair_queues``).
    """
    begin, finish = _lives(flows, end_ps)
    pause_key = pauses["port"] * _CLASSES + pauses["priority"]
    count = max(len(trees.kind), 1)
    groups, group = np.unique(pause_key * count + trees.tree, return_inverse=True)
    group = group.reshape(-1)
    start = pauses["start_ps"]
    held = Intervals(group, start, start + pauses["duration_ps"])
    flow, key = _crossings(flows, queues, np.unique(pause_key))
    low = np.searchsorted(groups, key * count)
    number = np.searchsorted(groups, (key + 1) * count) - low  # trees that paused there
    flow, key = np.repeat(flow, number), np.repeat(key, number)
    place = np.arange(len(flow)) - np.repeat(np.cumsum(number) - number, number)
    which = np.repeat(low, number) + place
    met = held.covered(which, finish[flow]) - held.covered(which, begin[flow])
    hit = met > 0
    flow, which, met, port = flow[hit], which[hit], met[hit], key[hit] // _CLASSES
    tree = groups[which] % count
    order = np.lexsort((port, -met, tree, flow))
    flow, tree, port, met = flow[order], tree[order], port[order], met[order]
    worst = np.ones(len(flow), dtype=np.bool_)
    worst[1:] = (flow[1:] != flow[:-1]) | (tree[1:] != tree[:-1])
    flow, tree, port, met = flow[worst], tree[worst], port[worst], met[worst]
    known = ~flows.null("fct_ps") & ~flows.null("ideal_fct_ps")
    over = np.where(known, np.maximum(flows["fct_ps"] - flows["ideal_fct_ps"], 0), np.int64(2**62))
    path = queues[flows["qp"][flow]] // _CLASSES
    crosses = (path == trees.port[tree][:, None]).any(axis=1)
    crosses |= (trees.kind[tree] == DEADLOCK) & np.isin(path, trees.ring).any(axis=1)
    return PausesMet(
        flow,
        tree,
        port,
        met,
        crosses,
        np.minimum(met, over[flow]),
    )


def _lives(flows: Table, end_ps: int) -> tuple[Ints, Ints]:
    """[F] when each flow began, and when its last byte arrived or the run ended."""
    start = np.minimum(flows["start_ps"], end_ps)
    fct = flows["fct_ps"]
    return start, np.where(fct >= 0, start + fct, end_ps)


def _crossings(flows: Table, queues: Ints, paused: Ints) -> tuple[Ints, Ints]:
    """(flow, port * 8 + queue) of each queue on a flow's path that was ever paused."""
    keys = queues[flows["qp"]]
    hit = np.isin(keys, paused) & (keys >= 0)
    flow, hop = np.nonzero(hit)
    return flow, keys[flow, hop]
