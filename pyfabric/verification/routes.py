"""Which links a class of traffic may use: all next hops of the plan, whatever hashes pick.

Addresses attached to the same switches share a group, and routes between switches depend on the
group alone; so everything here is per (link, group). S switches, L links between switches (one per
direction, named by its transmitting port), G groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints
from pyfabric.compile.replan import routes_of
from pyfabric.compile.routes import EcmpSets
from pyfabric.verification.fabric import Fabric

Bools = NDArray[np.bool_]

#: (link, group) cells beyond which routes are not laid out.
CELLS_MAX: Final = 1 << 27


@dataclass(frozen=True)
class Net:
    """The switches of a fabric and the links between them."""

    fabric: Fabric

    @cached_property
    def links(self) -> Ints:
        """[L] ports whose both ends are at switches, in order of their switches."""
        at, switch = self.fabric.node, self.fabric.is_switch
        return np.flatnonzero(switch[at] & switch[at[self.fabric.peer]])

    @cached_property
    def start(self) -> Ints:
        """[L] switch, counted from the first one, that transmits."""
        return self.fabric.node[self.links] - self.fabric.hosts

    @cached_property
    def end(self) -> Ints:
        """[L] switch that receives."""
        return self.fabric.node[self.fabric.peer[self.links]] - self.fabric.hosts

    @cached_property
    def reverse(self) -> Ints:
        """[L] the other direction of each link."""
        return np.searchsorted(self.links, self.fabric.peer[self.links])

    @property
    def switches(self) -> int:
        """Number of switches."""
        return int(self.fabric.is_switch.sum())

    @cached_property
    def groups(self) -> tuple[Ints, Ints]:
        """(group numbers [G], group of each address [A] as an index of these)."""
        values, index = np.unique(self.fabric.column("address_group"), return_inverse=True)
        return values, index.reshape(-1)

    @property
    def attached(self) -> Bools:
        """[S, G] whether the hosts of a group hang at a switch."""
        return self._laid_out[0]

    @property
    def routes(self) -> Bools:
        """[L, G] whether the plan sends frames for a group by a link, whatever the hash picks."""
        return self._laid_out[1]

    @cached_property
    def _laid_out(self) -> tuple[Bools, Bools]:
        """(attached, routes), read from the plan switch by switch."""
        routes, fabric = routes_of(self.fabric.plan), self.fabric
        values, index = self.groups
        example = np.zeros(len(values), dtype=np.int64)
        example[index[::-1]] = np.arange(len(index))[::-1]  # the first address of each group
        attached = np.zeros((self.switches, len(values)), dtype=np.bool_)
        by = np.zeros((len(self.links), len(values)), dtype=np.bool_)
        for switch in range(self.switches):
            node = fabric.hosts + switch
            sets = routes.sets(np.full(len(example), node), example)
            group = np.repeat(np.arange(len(example)), sets.size)
            member = np.arange(len(group)) - np.repeat(np.cumsum(sets.size) - sets.size, sets.size)
            each = EcmpSets(sets.start[group], sets.size[group], sets.numbered[group])
            port = fabric.first[node] + routes.ports(each, member)
            to_host = fabric.node[fabric.peer[port]] < fabric.hosts
            attached[switch, group[to_host]] = True  # of hosts that no flow has
            by[np.searchsorted(self.links, port[~to_host]), group[~to_host]] = True
        address, own = fabric.address_ports
        leaf = fabric.node[fabric.peer[own]] - fabric.hosts
        attached[leaf[leaf >= 0], index[address[leaf >= 0]]] = True
        return attached, by

    @cached_property
    def explicit(self) -> Bools:
        """[G] whether routes to a group are others than all shortest paths."""
        shortest = self.nearer(self.distances(np.arange(len(self.groups[0]))))
        return np.asarray((self.routes != shortest).any(axis=0))

    @property
    def cells(self) -> int:
        """Size of a table over links and groups."""
        return len(self.links) * len(self.groups[0])

    def distances(self, groups: Ints, without: Ints | None = None) -> NDArray[np.int16]:
        """[S, g] links from each switch to the nearest of each group, -1: no path; ``without``:
        links that are down.
        """
        up = np.ones(len(self.links), dtype=np.bool_)
        if without is not None:
            up[without] = False
        start, end = self.start[up], self.end[up]
        heads, first = np.unique(start, return_index=True)
        frontier = self.attached[:, groups]
        distance = np.where(frontier, 0, -1).astype(np.int16)
        level = 0
        while len(start) and frontier.any():
            level += 1
            reached = np.zeros_like(frontier)
            reached[heads] = np.logical_or.reduceat(frontier[end], first, axis=0)
            frontier = reached & (distance < 0)
            distance[frontier] = level
        return distance

    def nearer(self, distance: NDArray[np.int16], without: Ints | None = None) -> Bools:
        """[L, g] whether a link is on a shortest path from where it starts."""
        leads: Bools = (distance[self.end] >= 0) & (distance[self.end] == distance[self.start] - 1)
        if without is not None:
            leads[without] = False
        return leads

    def used(self, pairs: Bools, groups: Ints, distance: NDArray[np.int16], leads: Bools) -> Bools:
        """[L, g] links that frames of ``pairs`` [G, g] (source group, destination) may take."""
        reached = self.entries(pairs, distance)
        frontier = reached.copy()
        while len(self.links) and frontier.any():
            taken = leads & frontier[self.start]
            frontier = np.zeros_like(reached)
            rows, columns = np.nonzero(taken)
            frontier[self.end[rows], columns] = True
            frontier &= ~reached
            reached |= frontier
        return leads & reached[self.start]

    def entries(self, pairs: Bools, distance: NDArray[np.int16]) -> Bools:
        """[S, g] switches where frames come in from hosts: the nearest of those of their NIC."""
        entries = np.zeros((self.switches, pairs.shape[1]), dtype=np.bool_)
        for source, members in self.members:
            far = np.where(distance[members] < 0, np.iinfo(np.int16).max, distance[members])
            nearest = (far == far.min(axis=0)) & (distance[members] >= 0)
            entries[members] |= nearest & pairs[source]
        return entries

    @cached_property
    def members(self) -> list[tuple[int, Ints]]:
        """(group, its switches)"""
        group, switch = np.nonzero(self.attached.T)
        heads = np.flatnonzero(np.diff(group, prepend=-1))
        parts = np.split(switch, heads[1:]) if len(heads) else []
        return list(zip(group[heads].tolist(), parts, strict=True))


@dataclass(frozen=True)
class Traffic:
    """Pairs of groups per class: those of the plan's queue pairs, or all."""

    net: Net
    all_pairs: bool = False

    @property
    def too_large(self) -> bool:
        """Whether the fabric is beyond :data:`CELLS_MAX`."""
        return self.net.cells > CELLS_MAX

    @cached_property
    def base(self) -> tuple[NDArray[np.int16], Bools]:
        """(distances [S, G], links by which the plan's routes lead [L, G])."""
        return self.net.distances(np.arange(len(self.net.groups[0]))), self.net.routes

    @cached_property
    def _flows(self) -> list[tuple[int, bool, Ints, Ints]]:
        """(class, whether data, sources, destinations) over all queue pairs; addresses."""
        columns = self.net.fabric.plan.columns
        tx, rx = (self.net.fabric.column(f"qp_{end}_address") for end in ("tx", "rx"))
        cls, read = self.net.fabric.column("qp_class"), columns["qp_read"] == 1
        receiver = self.net.fabric.column("qp_rx_node")
        ack = self.net.fabric.column("node_ack_class")[receiver]
        cnp = self.net.fabric.column("node_cnp_class")[receiver]
        no_cnp = self.net.fabric.column("node_cnp_on_ack")[receiver] == 1
        back = np.where(read | (ack < 0), cls, ack)  # for READ the request, in the data's class
        kinds = [(True, cls, tx, rx), (False, back, rx, tx)]
        kinds.append((False, np.where(no_cnp, back, cnp), rx, tx))
        return [
            (c, data, a[k == c], b[k == c])
            for data, k, a, b in kinds
            for c in np.unique(k).tolist()
        ]

    @cached_property
    def classes(self) -> tuple[int, ...]:
        """Classes that any frame but PFC has."""
        return tuple(sorted({cls for cls, *_ in self._flows}))

    def carries_data(self, cls: int) -> bool:
        """Whether data has this class."""
        return any(data and number == cls for number, data, *_ in self._flows)

    def pairs(self, cls: int, *, control: bool) -> Bools:
        """[G, G] pairs (source, destination) of groups of a class; ``control``: also of ACK, NAK,
        CNP and READ requests.
        """
        groups, index = self.net.groups
        found = np.zeros((len(groups), len(groups)), dtype=np.bool_)
        for number, data, source, target in self._flows:
            if number == cls and (data or control):
                if self.all_pairs:
                    return np.ones_like(found)
                found[index[source], index[target]] = True
        return found

    def pairs_of(self, queue_pairs: Ints) -> Bools:
        """[G, G] pairs of the data of some queue pairs."""
        groups, index = self.net.groups
        found = np.zeros((len(groups), len(groups)), dtype=np.bool_)
        tx, rx = (self.net.fabric.column(f"qp_{end}_address") for end in ("tx", "rx"))
        found[index[tx[queue_pairs]], index[rx[queue_pairs]]] = True
        return found

    def link_use(self, pairs: Bools) -> Bools:
        """[L, G] links that these pairs may use."""
        return self.net.used(pairs, np.arange(pairs.shape[1]), *self.base)

    def used(self, cls: int) -> Bools:
        """[P] ports that may transmit frames of a class, hosts included; all of them in a fabric
        that is too large.
        """
        fabric = self.net.fabric
        if self.all_pairs or self.too_large:
            return np.ones(len(fabric.peer), dtype=np.bool_)
        used = np.zeros(len(fabric.peer), dtype=np.bool_)
        used[self.net.links[self.link_use(self.pairs(cls, control=True)).any(axis=1)]] = True
        port = self._host_port
        for number, _, source, target in self._flows:
            if number == cls:
                used[port[source]] = True
                used[fabric.peer[port[target]]] = True
        return used

    @cached_property
    def _host_port(self) -> Ints:
        """[A] port of each address, one of them where it has several; -1 where no flow is."""
        fabric = self.net.fabric
        port = np.full(len(self.net.groups[1]), -1, dtype=np.int64)
        for end in ("tx", "rx"):
            at = fabric.first[fabric.column(f"qp_{end}_node")] + fabric.column(f"qp_{end}_port")
            port[fabric.column(f"qp_{end}_address")] = at
        return port
