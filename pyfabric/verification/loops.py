"""Routing loops: frames that come back to a switch they have left.

Each is dropped when its time to live is used up. Until then it takes the links of the loop several
times, which bounds what may enter: at more than n * B / TTL, n links of rate B, the loop of a
lossless class fills and locks up (Hu et al., "Deadlocks in datacenter networks", HotNets'16).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pyfabric.compile.paths import PathFinder
from pyfabric.compile.ports import Ints
from pyfabric.compile.replan import routes_of
from pyfabric.verification.cycles import components, shortest_cycle
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.routes import CELLS_MAX, Bools, Traffic
from pyfabric.verification.spread import port_table_of
from pyfabric.verification.text import count_text

_HOPS_MAX = 256  # of the largest time to live


def check_loops(traffic: Traffic) -> Checked:
    """Routes to hosts, as far as they are no shortest paths: none of those goes round."""
    net = traffic.net
    if traffic.too_large:
        return Checked(
            limit=f"routing loops: {net.cells:,} pairs of link and group of hosts (up "
            f"to {CELLS_MAX:,})"
        )
    groups = np.flatnonzero(net.explicit)
    if not len(groups):
        return Checked(covered="routes: all next hops are on shortest paths")
    lossless = [cls for cls in traffic.classes if (net.fabric.lossless >> cls & 1).any()]
    use, kept = _use(traffic, traffic.classes), _use(traffic, lossless)
    loops: dict[tuple[int, ...], list[int]] = {}
    for group in groups.tolist():
        links = np.flatnonzero(use[:, group])
        for part in components(net.switches, net.start[links], net.end[links]):
            cycle = tuple(shortest_cycle(part, net.start[links], net.end[links]))
            loops.setdefault(cycle, []).append(group)
    found = [_finding(traffic, cycle, of, kept) for cycle, of in loops.items()]
    covered = f"routes: {count_text(len(groups), 'group')} of hosts with next hops of their own"
    return Checked([*found, *_too_far(traffic)], covered)


def _use(traffic: Traffic, classes: Iterable[int]) -> Bools:
    """[L, G] links that frames of some classes may use."""
    groups = len(traffic.net.groups[0])
    pairs = np.zeros((groups, groups), dtype=np.bool_)
    for cls in classes:
        pairs |= traffic.pairs(cls, control=True)
    return traffic.link_use(pairs)


def _finding(
    traffic: Traffic, cycle: tuple[int, ...], groups: list[int], lossless: Bools
) -> Finding:
    net, fabric = traffic.net, traffic.net.fabric
    nodes = fabric.hosts + np.array(cycle)
    names = fabric.node_names(nodes)
    after = dict(zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    inside = [after.get(a) == b for a, b in zip(net.start.tolist(), net.end.tolist(), strict=True)]
    slowest = int(fabric.column("port_rate_bps")[net.links[inside]].min())
    ttl = int(fabric.column("node_ttl")[: fabric.hosts].max())
    # Each frame passes ttl switches; the link by which it comes in most often, ceil(ttl / n) times.
    rate = slowest // -(-ttl // len(cycle))
    hosts = _hosts(traffic, groups)
    return Finding(
        "error" if lossless[inside][:, groups].any() else "warning",
        "routes",
        "switch",
        names,
        f"frames for {hosts} can go round: {' -> '.join([*names, names[0]])}. They are dropped "
        f"after {ttl} switches (their time to live); in a lossless class, more than "
        f"{rate / 1e9:.4g} Gb/s of them locks these links up for ever.",
        {"loop_links": len(cycle), "ttl": ttl, "deadlock_rate_bps": rate},
        advice="the routes of these switches, such that each hop leads nearer to the host",
    )


def _hosts(traffic: Traffic, groups: list[int]) -> str:
    """Hosts of groups, as far as they are known."""
    fabric = traffic.net.fabric
    address, port = fabric.address_ports
    mine = np.isin(traffic.net.groups[1][address], groups)
    names = fabric.node_names(np.unique(fabric.node[port[mine]]))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (", ".join(names[:3]) + more) or count_text(len(groups), "group of hosts")


def _too_far(traffic: Traffic) -> list[Finding]:
    """Flows that no loop but the length of their way keeps from their receivers."""
    fabric = traffic.net.fabric
    seeds = fabric.plan.columns["node_ecmp_seed"].astype("u8")
    finder = PathFinder(port_table_of(fabric), routes_of(fabric.plan), seeds, _HOPS_MAX)
    entropy = fabric.plan.columns["qp_entropy"].astype("u8")
    lost: set[str] = set()
    for near, far in (("tx", "rx"), ("rx", "tx")):
        node: Ints = fabric.column(f"qp_{near}_node")
        start = fabric.first[node] + fabric.column(f"qp_{near}_port")
        path = finder.trace(start, fabric.column(f"qp_{far}_address"), entropy)
        allowed = fabric.column("node_ttl")[node] + 1
        short = finder.too_long(path, allowed) & ~finder.too_long(path, _HOPS_MAX)
        lost.update(fabric.node_names(np.unique(node[short])))
    if not lost:
        return []
    return [
        Finding(
            "error",
            "routes",
            "host",
            tuple(sorted(lost)),
            "frames of these hosts are dropped on their way: it has more switches than their time "
            "to live allows.",
            advice="a larger nic.ttl, or shorter routes",
        )
    ]
