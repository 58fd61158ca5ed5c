"""ECMP polarisation: equal-cost links that the hash leaves empty.

Where two tiers hash alike, the flows that one switch hands to the next have all made the same
choice already, and make it again: of the next links only some are used (RFC 2992 and every vendor's
advice to seed tiers apart). Counted are the workload's queue pairs on the paths that the plan gives
them; a chi-square test says whether a fair hash could have done that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.distinct import distinct
from pyfabric.compile.paths import PathFinder
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.replan import routes_of
from pyfabric.verification.fabric import Fabric
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.text import count_text

#: Standard deviations beyond which no fair hash is believed in: less than 1e-9 by chance.
_DEVIATIONS: Final = 6.0
#: Queue pairs that are followed; of more, these many evenly.
_FOLLOWED: Final = 1 << 20


@dataclass(frozen=True)
class _Hop:
    """Sets of equal-cost links K that flows meet at one hop of their way, and the flows on each."""

    node: Ints  #: [K]
    members: Ints  #: [K]
    flows: Ints  #: [K]
    fullest: Ints  #: [K] flows on the fullest member
    empty: Ints  #: [K] members without flows
    chi_square: NDArray[np.float64]  #: [K] Pearson's statistic against equal shares

    def deviations(self) -> float:
        """How far the spread of all sets together is beyond a fair hash, in standard deviations
        (Wilson and Hilferty, PNAS 1931, for the sum of the statistics).
        """
        freedom = float((self.members - 1).sum())
        scaled = float((self.chi_square.sum() / freedom) ** (1 / 3))
        return float((scaled - (1 - 2 / (9 * freedom))) / (2 / (9 * freedom)) ** 0.5)


def check_spread(fabric: Fabric) -> Checked:
    """Every hop with equal-cost links, over the data of all queue pairs."""
    hops = _hops(fabric)
    found = [
        _finding(fabric, number, hop, hops.get(number - 1))
        for number, hop in hops.items()
        if hop.deviations() > _DEVIATIONS
    ]
    if not hops:
        return Checked(found, "ECMP: no flow has a choice of links")
    sets = sum(len(hop.node) for hop in hops.values())
    return Checked(
        found, f"ECMP: {count_text(sets, 'set')} of equal-cost links in use{_worst(fabric, hops)}"
    )


def _worst(fabric: Fabric, hops: dict[int, _Hop]) -> str:
    """The fullest link, among sets with at least as many flows as links."""
    worst: tuple[float, int, int] = (0.0, 0, 0)
    for hop in hops.values():
        loads = np.where(hop.flows >= hop.members, _loads(hop), 0)
        k = int(np.argmax(loads))
        worst = max(worst, (float(loads[k]), int(hop.node[k]), int(hop.flows[k])))
    share, node, flows = worst
    if not share:
        return ""
    return (
        f"; the fullest link carries {share:.2g} times the mean, at {fabric.node_name(node)} with "
        f"{count_text(flows, 'flow')}"
    )


def _loads(hop: _Hop) -> NDArray[np.float64]:
    return hop.fullest * hop.members / hop.flows


def _finding(fabric: Fabric, number: int, hop: _Hop, before: _Hop | None) -> Finding:
    expected = float((hop.members * (1 - 1 / hop.members) ** hop.flows).sum())
    seeds = fabric.plan.columns["node_ecmp_seed"]
    alike = before is not None and bool(np.isin(seeds[hop.node], seeds[before.node]).any())
    worst = hop.node[np.argsort(-hop.chi_square, kind="stable")]
    names = fabric.node_names(worst[np.sort(np.unique(worst, return_index=True)[1])])
    return Finding(
        "warning",
        "spread",
        "switch",
        names,
        f"ECMP is polarised at switch number {number} of the way: "
        f"{count_text(int(hop.empty.sum()), 'link')} of {int(hop.members.sum()):,} carry nothing, "
        f"a fair hash would leave about {expected:.0f}"
        + (
            "; these switches hash with the seed of those before them."
            if alike
            else ", and the others are not equally full."
        ),
        {
            "flows": int(hop.flows.sum()),
            "links": int(hop.members.sum()),
            "empty_links": int(hop.empty.sum()),
        },
        advice="a hash seed of its own for every switch, as plans of scenarios have it",
    )


def _hops(fabric: Fabric) -> dict[int, _Hop]:
    """Number of the switch on the way, from 1 -> what flows meet there; only where there is a
    choice.
    """
    routes = routes_of(fabric.plan)
    count = len(fabric.plan.columns["qp_class"])
    rows = np.linspace(0, count - 1, min(count, _FOLLOWED)).astype(np.int64)
    address, sender = fabric.column("qp_rx_address")[rows], fabric.column("qp_tx_node")[rows]
    finder = PathFinder(
        port_table_of(fabric), routes, fabric.plan.columns["node_ecmp_seed"].astype("u8")
    )
    start = fabric.first[sender] + fabric.column("qp_tx_port")[rows]
    path = finder.trace(start, address, fabric.plan.columns["qp_entropy"][rows].astype("u8"))
    found = {}
    for number in range(1, path.shape[1]):
        port = path[:, number].astype(np.int64)
        on = np.flatnonzero(port >= 0)
        port, node = port[on], fabric.node[port[on]]
        sets = routes.sets(node, address[on])
        choice = sets.size > 1
        if choice.any():
            keys = (node, sets.start, sets.size, sets.numbered.astype(np.int64))
            found[number] = _hop([key[choice] for key in keys], port[choice])
    return found


def _hop(keys: list[Ints], port: Ints) -> _Hop:
    """``keys``: node, start, size and form of the set that each flow meets, all [flows]."""
    node, _, size, _ = keys
    first, kind = distinct(keys)
    _, one, flows = np.unique(
        kind * (int(port.max()) + 1) + port, return_index=True, return_counts=True
    )
    owner, members, total = kind[one], size[first], np.bincount(kind)
    fullest = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(fullest, owner, flows)
    squares = np.bincount(owner, weights=flows.astype(np.float64) ** 2)
    return _Hop(
        node=node[first],
        members=members,
        flows=total,
        fullest=fullest,
        empty=members - np.bincount(owner),
        chi_square=squares * members / total - total,
    )


def port_table_of(fabric: Fabric) -> PortTable:
    """What following routes needs of a table of ports."""
    nothing = np.full(len(fabric.peer), -1, dtype=np.int64)
    return PortTable(
        hosts=fabric.hosts,
        first=fabric.first,
        node=fabric.node,
        peer=fabric.peer,
        rate_bps=fabric.column("port_rate_bps"),
        delay_ps=fabric.column("port_delay_ps"),
        error=np.zeros(len(fabric.peer)),
        address=nothing,
        address_first=np.zeros(1, dtype=np.int64),
        address_port=nothing[:0].reshape(0, 1),
    )
