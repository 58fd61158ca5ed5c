"""Cyclic buffer dependency: links that wait for each other's buffers.

A link of a lossless class waits for those that its frames leave by at the next switch: when these
are paused, its buffer there fills, and it is paused. Without a cycle of such waits there is no
deadlock (Dally and Seitz, IEEE ToC 1987); with one there can be (Hu et al., HotNets'16).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints
from pyfabric.verification.bounces import Bounces
from pyfabric.verification.cycles import components, order_of, shortest_cycle
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.layers import layered
from pyfabric.verification.routes import CELLS_MAX, Net, Traffic
from pyfabric.verification.text import count_text
from pyfabric.workload import as_workload

Bools = NDArray[np.bool_]

#: Pairs of consecutive links beyond which no graph is made.
PAIRS_MAX: Final = 1 << 25


@dataclass(frozen=True)
class Waits:
    """Which pairs of consecutive links can wait for each other at all."""

    net: Net

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """(link into a switch, link out of it), straight back included; links by number."""
        net = self.net
        degree = np.bincount(net.start, minlength=net.switches)
        begin = np.cumsum(degree) - degree
        each = degree[net.start]  # for every link out: as many links in as its switch has
        out = np.repeat(np.arange(len(net.links)), each)
        step = np.arange(len(out)) - np.repeat(np.cumsum(each) - each, each)
        return net.reverse[begin[net.start[out]] + step], out

    @property
    def size(self) -> int:
        """Number of pairs, without making them."""
        return int((np.bincount(self.net.start, minlength=1).astype(np.int64) ** 2).sum())

    def paused(self, cls: int) -> Bools:
        """[L] whether the far end pauses this class, and the near end obeys."""
        fabric, links = self.net.fabric, self.net.links
        near, far = fabric.node[links], fabric.node[fabric.peer[links]]
        lossless = (fabric.lossless[far] >> cls & 1) == 1
        return np.asarray(lossless & (fabric.mode[far] > 0) & (fabric.mode[near] > 0))

    def edges(self, use: Bools, paused: Bools | None = None) -> tuple[Ints, Ints]:
        """Pairs that frames of one destination pass one after the other; ``use`` [L, g]."""
        into, out = self.pairs
        if paused is not None:
            keep = paused[into] & paused[out]
            into, out = into[keep], out[keep]
        packed = np.packbits(use, axis=1)
        both = np.zeros(len(into), dtype=np.bool_)
        for column in range(packed.shape[1]):
            bits = packed[:, column]
            if bits.any():
                both |= (bits[into] & bits[out]) != 0
        return into[both], out[both]


def check_dependency(traffic: Traffic, waits: Waits) -> tuple[Checked, tuple[int, ...]]:
    """Cycles of the routes in use, class by class; and the classes that have none."""
    net = traffic.net
    if traffic.too_large or waits.size > PAIRS_MAX:
        limit = (
            f"cyclic buffer dependency: {net.cells:,} pairs of link and group of hosts, and "
            f"{waits.size:,} of consecutive links (up to {CELLS_MAX:,} and {PAIRS_MAX:,})"
        )
        return Checked(limit=limit), ()
    bounces = Bounces(traffic, waits)
    if bounces.classes:
        found, edges = bounces.findings()
        limit = "failures: priorities were not followed over bounces, so no link was taken out"
        return Checked(found, _covered(traffic, edges), limit), ()
    found = []
    clean, edges = [], 0
    for cls in traffic.classes:
        paused = waits.paused(cls)
        if not paused.any():
            continue
        tail, head = waits.edges(traffic.link_use(traffic.pairs(cls, control=True)), paused)
        edges += len(tail)
        cyclic = components(len(net.links), tail, head)
        if not cyclic:
            clean.append(cls)
            continue
        data = waits.edges(traffic.link_use(traffic.pairs(cls, control=False)), paused)
        of_data = components(len(net.links), *data)
        if of_data:
            found += [_finding(traffic, waits, cls, part, data) for part in of_data]
        else:
            found += [_control(net, cls, part, (tail, head)) for part in cyclic]
    return Checked(found, _covered(traffic, edges)), tuple(clean)


def _covered(traffic: Traffic, edges: int) -> str:
    which = "all pairs of hosts" if traffic.all_pairs else "the workload's pairs of hosts"
    return (
        f"cyclic buffer dependency: all equal-cost routes of {which}, "
        f"{count_text(edges, 'dependency', 'dependencies')} between "
        f"{count_text(len(traffic.net.links), 'link')}"
    )


def cycle_text(net: Net, cycle: list[int]) -> str:
    """The links of a cycle in the order of waiting."""
    names = [net.fabric.port_name(int(net.links[link])) for link in cycle]
    return " waits for ".join([*names, names[0]])


def _finding(
    traffic: Traffic, waits: Waits, cls: int, part: list[int], edges: tuple[Ints, Ints]
) -> Finding:
    net = traffic.net
    cycle = shortest_cycle(part, *edges)
    fix, layers = _layers(traffic, waits, cls)
    more = f" ({len(part)} links are in cycles together)" if len(part) > len(cycle) else ""
    return Finding(
        "error",
        "dependency",
        "link",
        tuple(net.fabric.port_name(int(net.links[link])) for link in cycle),
        f"class {cls} can deadlock: {cycle_text(net, cycle)}{more}. If these buffers fill, each "
        "pause keeps the next one up, for ever; whether they do depends on load and timing."
        + (f" The workload's parts fit into {layers} classes without a cycle." if fix else ""),
        {"priority": cls, "cycle_links": len(cycle), "component_links": len(part)},
        fix,
        "links such that every shortest path goes up and then down (leaf-spine, Clos, tree)",
    )


def _control(net: Net, cls: int, part: list[int], edges: tuple[Ints, Ints]) -> Finding:
    cycle = shortest_cycle(part, *edges)
    return Finding(
        "warning",
        "dependency",
        "link",
        tuple(net.fabric.port_name(int(net.links[link])) for link in cycle),
        f"class {cls} has a cycle that only acknowledgements close: {cycle_text(net, cycle)}. They "
        "seldom fill a buffer, but nothing rules it out.",
        {"priority": cls, "cycle_links": len(cycle), "component_links": len(part)},
        advice="nic.ack_priority in a class of its own",
    )


def _layers(traffic: Traffic, waits: Waits, cls: int) -> tuple[dict[str, Any], int]:
    """Other priorities for some parts of the workload, so that no class has a cycle."""
    fabric = traffic.net.fabric
    if fabric.scenario is None or traffic.all_pairs:
        return {}, 0
    taken = set(traffic.classes)
    free = [c for c in range(7, -1, -1) if c not in taken and c != cls]
    every = np.bitwise_and.reduce(fabric.lossless)
    layers = layered(traffic, waits, cls, len(free) + 1)
    workload = as_workload(fabric.scenario.workload)
    if layers is None or not all(hasattr(workload.parts[n], "priority") for n in layers):
        return {}, 0
    number = dict(enumerate([cls, *sorted(free, key=lambda c: (c < cls, abs(c - cls)))]))
    used = sorted({number[layer] for layer in layers.values()})
    lossless = sorted({*used, *(c for c in range(8) if every >> c & 1)})
    paths = fabric.profiles.switch_paths if fabric.profiles is not None else ()
    fix: dict[str, Any] = {f"{path}.lossless_priorities": lossless for path in paths}
    for part, layer in layers.items():
        if layer:
            fix[f"workload[{part}].priority"] = number[layer]
    return fix, len(used)


def order(vertices: int, edges: tuple[Ints, Ints]) -> Ints | None:
    """An order in which all edges go upwards; None: there is a cycle."""
    found = order_of(vertices, *edges)
    return None if (found < 0).any() else found
