"""Cyclic buffer dependency where bounces change the priority (Tagger, Hu et al., CoNEXT'17).

A frame that came in by a port that goes up and leaves by one goes on in the priority that
``bounce_priorities`` names. So what waits is a link in a priority: the link by which it came, in
the old one, waits for the link by which it leaves, in the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints
from pyfabric.verification.cycles import components, shortest_cycle
from pyfabric.verification.finding import Finding
from pyfabric.verification.routes import Traffic

if TYPE_CHECKING:
    from pyfabric.verification.dependency import Waits

Bools = NDArray[np.bool_]

_PRIORITIES: Final = 8


@dataclass(frozen=True)
class Bounces:
    """The links that classes may use, priority by priority. L links, S switches, G groups."""

    traffic: Traffic
    waits: Waits

    @cached_property
    def after(self) -> Ints:
        """[S, 8] priority after a bounce at each switch."""
        fabric = self.traffic.net.fabric
        found = np.tile(np.arange(_PRIORITIES), (self.traffic.net.switches, 1))
        bounce = fabric.plan.columns["qos_bounce"].reshape(-1, 64)
        if not len(bounce):
            return found
        dscp = fabric.plan.columns["priority_dscp"].tolist()
        profile = fabric.qos[fabric.hosts :]
        for priority, own in enumerate(dscp):
            to = bounce[profile, own]
            for other in range(_PRIORITIES - 1, -1, -1):  # the lowest with this DSCP is left
                found[(to != own) & (to == dscp[other]), priority] = other
        return found

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """Classes some of whose frames bounce into another priority."""
        if (self.after == np.arange(_PRIORITIES)).all():
            return ()
        pairs = ((cls, self.traffic.pairs(cls, control=True)) for cls in self.traffic.classes)
        return tuple(cls for cls, which in pairs if set(self.use(cls, which)) - {cls})

    @cached_property
    def _up(self) -> tuple[Bools, Bools]:
        """[L] (whether a frame comes in by a port that goes up, whether it leaves by one)."""
        net = self.traffic.net
        goes_up = net.fabric.plan.columns["port_goes_up"] == 1
        return goes_up[net.fabric.peer[net.links]], goes_up[net.links]

    def use(self, cls: int, pairs: Bools) -> dict[int, Bools]:
        """Priority -> [L, G] links that frames of ``pairs`` [G, G], sent in ``cls``, may pass in
        that priority.
        """
        net = self.traffic.net
        distance, leads = self.traffic.base
        came_up, leaves_up = self._up
        todo = {(cls, False): net.entries(pairs, distance)}
        reached = dict(todo)
        use: dict[int, Bools] = {}
        while todo:
            (priority, up), at = todo.popitem()
            taken = leads & at[net.start]
            following = np.where(up & leaves_up, self.after[net.start, priority], priority)
            for after in np.unique(following[taken.any(axis=1)]).tolist():
                part = taken & (following == after)[:, None]
                use[after] = use.get(after, False) | part
                for way in (False, True):
                    place = (after, way)
                    fresh = _ends(part & (came_up == way)[:, None], net.end, at.shape)
                    fresh &= ~reached.get(place, np.zeros_like(fresh))
                    if fresh.any():
                        reached[place] = reached.get(place, False) | fresh
                        todo[place] = todo.get(place, False) | fresh
        return use

    def edges(self, *, control: bool) -> tuple[Ints, Ints]:
        """Waits of all classes: numbers are priority * L + link; see :meth:`Traffic.pairs`."""
        net, traffic = self.traffic.net, self.traffic
        count = len(net.links)
        paused = np.stack([self.waits.paused(cls) for cls in range(_PRIORITIES)])
        into, out = self.waits.pairs
        came_up, leaves_up = self._up
        bounced = came_up[into] & leaves_up[out]
        leads = traffic.base[1]
        tails, heads = [into[:0]], [out[:0]]
        for cls in traffic.classes:
            for priority, use in self.use(cls, traffic.pairs(cls, control=control)).items():
                after = np.where(bounced, self.after[net.start[out], priority], priority)
                rows = np.flatnonzero(paused[priority, into] & paused[after, out])
                rows = rows[_meet(use, leads, into[rows], out[rows])]
                tails.append(into[rows] + count * priority)
                heads.append(out[rows] + count * after[rows])
        return np.concatenate(tails), np.concatenate(heads)

    def findings(self) -> tuple[list[Finding], int]:
        """(cycles, number of waits) with priorities followed over bounces."""
        tail, head = self.edges(control=True)
        vertices = _PRIORITIES * len(self.traffic.net.links)
        cyclic = components(vertices, tail, head)
        if not cyclic:
            return [], len(tail)
        data = self.edges(control=False)
        of_data = components(vertices, *data)
        if of_data:
            return [self._finding("error", part, data) for part in of_data], len(tail)
        return [self._finding("warning", part, (tail, head)) for part in cyclic], len(tail)

    def _finding(self, severity: str, part: list[int], edges: tuple[Ints, Ints]) -> Finding:
        net = self.traffic.net
        cycle = shortest_cycle(part, *edges)
        places = [divmod(vertex, len(net.links)) for vertex in cycle]
        names = [net.fabric.port_name(int(net.links[link])) for _, link in places]
        told = [f"{name} (priority {p})" for name, (p, _) in zip(names, places, strict=True)]
        also = " that only acknowledgements close" if severity == "warning" else ""
        return Finding(
            severity,
            "dependency",
            "link",
            tuple(names),
            f"a cycle{also}, although frames that bounce change their priority: "
            f"{' waits for '.join([*told, told[0]])}. If these buffers fill, each pause keeps the "
            "next one up, for ever; whether they do depends on load and timing.",
            {"priority": places[0][0], "cycle_links": len(cycle), "component_links": len(part)},
            advice="bounce_priorities that never lead back, one lossless priority more for each "
            "bounce of a route",
        )


def _ends(part: Bools, end: Ints, shape: tuple[int, ...]) -> Bools:
    """[S, G] switches at the far ends of links [L, G]."""
    found = np.zeros(shape, dtype=np.bool_)
    rows, columns = np.nonzero(part)
    found[end[rows], columns] = True
    return found


def _meet(use: Bools, leads: Bools, into: Ints, out: Ints) -> Bools:
    """Of pairs of links: whether frames for some group come by one and leave by the other."""
    left, right = np.packbits(use, axis=1), np.packbits(leads, axis=1)
    both = np.zeros(len(into), dtype=np.bool_)
    for column in range(left.shape[1]):
        if left[:, column].any():
            both |= (left[into, column] & right[out, column]) != 0
    return both
