"""The same after any single link between switches has failed and routes are shortest paths again.

Routes that are no shortest paths stay as they are, less the link. A failure changes the routes to
few groups: those for which the link was the only next hop of the switch before it. All other routes
can only lose alternatives, and fewer routes make fewer waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints
from pyfabric.verification.cycles import components, order_of, shortest_cycle
from pyfabric.verification.dependency import Waits, cycle_text
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.routes import Traffic
from pyfabric.verification.text import count_text

Bools = NDArray[np.bool_]

#: Pairs of links compared over all failures, about ten seconds; beyond, some failures are left out,
#: evenly.
WORK_MAX: Final = 6 * 10**8


@dataclass
class _Found:
    """Cables by what their failure does."""

    cycles: dict[int, tuple[list[str], str]] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)


def check_failures(traffic: Traffic, waits: Waits, classes: tuple[int, ...]) -> Checked:
    """``classes``: those without a cycle while all links are up."""
    if not classes:
        return Checked()
    net = traffic.net
    cables = np.flatnonzero(np.arange(len(net.links)) < net.reverse)
    if _all_alike(traffic, waits, classes, cables):
        return Checked(
            covered=f"failures: any one of {count_text(len(cables), 'link')} between switches "
            "down, for all pairs of hosts (links of a tier are alike)"
        )
    chosen, limit = _chosen(cables, waits.size)
    failed = _Failures(traffic, waits, classes)
    found = _Found()
    for cable in chosen.tolist():
        failed.look(cable, found)
    findings = [
        Finding(
            "warning",
            "failures",
            "cable",
            tuple(names),
            f"without this link, class {cls} can deadlock: {example}.",
            {"priority": cls},
            advice="links such that two equal paths are left wherever one fails, or two classes",
        )
        for cls, (names, example) in found.cycles.items()
    ]
    if found.cut:
        findings.append(
            Finding(
                "note",
                "failures",
                "cable",
                tuple(found.cut),
                "without this link, some hosts that the workload connects have no path.",
            )
        )
    covered = (
        f"failures: {count_text(len(chosen), 'link')} between switches down, one at a time, for "
        f"{count_text(len(classes), 'class', 'classes')} without a cycle"
    )
    if net.explicit.any():
        fixed = "failures: routes that are no shortest paths were not computed anew"
        limit = f"{limit}; {fixed}" if limit else fixed
    return Checked(findings, covered, limit)


def _all_alike(traffic: Traffic, waits: Waits, classes: tuple[int, ...], cables: Ints) -> bool:
    """Whether one link of each tier of a generated fabric stands for all, and none does harm.

    Renumbering leaves, spines, pods and cores maps any link of a tier to any other, and all pairs
    of hosts to themselves.
    """
    fabric = traffic.net.fabric
    tiers = None if fabric.scenario is None else fabric.scenario.topology.expand().tiers
    if tiers is None or not len(cables) or traffic.net.explicit.any():
        return False
    every = Traffic(traffic.net, all_pairs=True)
    failed, found = _Failures(every, waits, classes), _Found()
    at_spine = traffic.net.start[cables] >= tiers.all_leaves
    for tier in (False, True):
        for cable in cables[at_spine == tier][:1].tolist():
            failed.look(cable, found)
    return not found.cycles and not found.cut


def _chosen(cables: Ints, each: int) -> tuple[Ints, str]:
    """The failures to look at, evenly spread if all would take too long; ``each``: work of one."""
    count = min(len(cables), max(WORK_MAX // max(each, 1), 1))
    if count == len(cables):
        return cables, ""
    limit = f"failures: {len(cables) - count:,} of {len(cables):,} links, for they are too many"
    return cables[np.linspace(0, len(cables) - 1, count).astype(np.int64)], limit


def _next_hops(traffic: Traffic) -> NDArray[np.int64]:
    """[S, G] number of next hops between switches."""
    net, (_, leads) = traffic.net, traffic.base
    counts = np.zeros((net.switches, leads.shape[1]), dtype=np.int64)
    heads, first = np.unique(net.start, return_index=True)
    if len(heads):
        counts[heads] = np.add.reduceat(leads.astype(np.int64), first, axis=0)
    return counts


class _Failures:
    """Looks at one failure after the other."""

    def __init__(self, traffic: Traffic, waits: Waits, classes: tuple[int, ...]) -> None:
        self._traffic, self._waits = traffic, waits
        self._pairs = {cls: traffic.pairs(cls, control=True) for cls in classes}
        self._hops = _next_hops(traffic)
        groups = len(traffic.net.groups[0])
        every = np.ones((groups, groups), dtype=np.bool_)
        self._every = every
        edges = waits.edges(traffic.link_use(every))
        found = order_of(len(traffic.net.links), *edges)
        self._order = None if (found < 0).any() else found

    @cached_property
    def _use(self) -> dict[int, Bools]:
        return {cls: self._traffic.link_use(pairs) for cls, pairs in self._pairs.items()}

    def look(self, cable: int, found: _Found) -> None:
        """Add what the failure of a cable, named by one of its directions, does."""
        net = self._traffic.net
        down = np.array([cable, int(net.reverse[cable])])
        _, leads = self._traffic.base
        only = leads[down] & (self._hops[net.start[down]] == 1) & ~net.explicit
        groups = np.flatnonzero(only.any(axis=0))
        if not len(groups):
            return
        distance = net.distances(groups, down)
        name = net.fabric.port_name(int(net.links[cable]))
        if self._cuts(groups, distance):
            found.cut.append(name)
        leads = net.nearer(distance, down)
        if self._order is not None:
            into, out = self._waits.edges(net.used(self._every[:, groups], groups, distance, leads))
            if (self._order[into] < self._order[out]).all():
                return
        for cls, pairs in self._pairs.items():
            use = self._use[cls].copy()
            use[:, groups] = net.used(pairs[:, groups], groups, distance, leads)
            use[down] = False
            edges = self._waits.edges(use, self._waits.paused(cls))
            cyclic = components(len(net.links), *edges)
            if cyclic:
                cycle = cycle_text(net, shortest_cycle(cyclic[0], *edges))
                found.cycles.setdefault(cls, ([], f"with {name} down, {cycle}"))[0].append(name)

    def _cuts(self, groups: Ints, distance: NDArray[np.int16]) -> bool:
        """Whether hosts that talk are without a path."""
        net = self._traffic.net
        for pairs in self._pairs.values():
            for source, members in net.members:
                lost = (distance[members] < 0).all(axis=0)
                if (pairs[source][groups] & lost).any():
                    return True
        return False
