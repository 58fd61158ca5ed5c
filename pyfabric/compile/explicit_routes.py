"""Routes that the scenario names, on top of shortest paths.

Routes between switches depend on the group of the destination alone (:mod:`pyfabric.compile.routes`
), so hosts of a group that are routed differently get groups of their own; ranks stay, and with
them whatever entries say by rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.distinct import distinct
from pyfabric.compile.entries import EntryTable, RowTable
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Distances, Routes
from pyfabric.errors import Fault, ScenarioError
from pyfabric.scenario.route import is_pattern

if TYPE_CHECKING:
    from pyfabric.scenario import Route
    from pyfabric.topology.arrays import TopologyArrays

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class _Distances:
    """Those of shortest paths between the groups as they were."""

    before: Distances
    group: Ints  #: [G] former group of each

    def between(self, switch: Ints, group: Ints) -> Ints:
        """See :class:`pyfabric.compile.routes.Distances`."""
        return self.before.between(switch, self.group[group])

    def examples(self, latency_ps: Ints) -> Ints | None:
        """None: an exception holds for the hosts that it names."""
        return None


@dataclass(frozen=True)
class _Kinds:
    """Addresses by the routes whose ``to`` they match. R routes, A addresses, K kinds."""

    of: Ints  #: [A]
    example: Ints  #: [K] an address of each
    matched: Bools  #: [R, K]

    @classmethod
    def find(cls, table: PortTable, arrays: TopologyArrays, wanted: Sequence[Route]) -> _Kinds:
        """Hosts that are next hops are kinds of their own, NIC by NIC."""
        hosts = np.zeros((len(wanted), table.hosts), dtype=np.bool_)
        alone = np.zeros(table.hosts, dtype=np.int64)
        number = {name: index for index, name in enumerate(arrays.host_names)}
        for index, route in enumerate(wanted):
            hosts[index, _matched(route.to, arrays.host_names, number)] = True
            alone[[number[end] for hop in route.next_hops if (end := _far_end(hop)) in number]] = 1
        addresses = np.arange(1, table.addresses + 1)
        columns = np.packbits(hosts, axis=0)[:, table.address_host].astype(np.int64)
        example, kind = distinct([*columns, alone[table.address_host] * addresses])
        return cls(kind, example, hosts[:, table.address_host[example]])


def explicit_routes(
    routes: Routes, table: PortTable, arrays: TopologyArrays, wanted: Sequence[Route]
) -> Routes:
    """``routes`` but for what ``wanted`` says; at every switch, for every host, the last counts.

    Raises ScenarioError for next hops that are no neighbours, hosts that would have to forward, and
    entries that later ones replace everywhere.
    """
    kinds = _Kinds.find(table, arrays, wanted)
    chosen = _chosen(table, arrays, wanted, kinds)
    hops, effect = _by_effect(_next_hops(table, arrays, wanted, kinds, chosen), len(kinds.example))
    group, former, kind = _groups(routes, effect[kinds.of])
    numbered = routes.local_entry, routes.ecmp_first, routes.ecmp_port
    entries = EntryTable.resumed(*(np.asarray(column, dtype=np.int64) for column in numbered))
    rows, split = RowTable(table.nodes), group is not routes.group
    for node in range(table.hosts, table.nodes):
        if node in hops or split:
            row = routes.row(node, former)
            for number, ports in hops.get(node, {}).items():
                row[kind == number] = entries.members(ports)
            rows.add_dense(node, row.astype(np.uint32))
        else:
            part = slice(routes.base[node], routes.base[node] + routes.count[node])
            place = int(routes.first[node]), int(routes.default[node]), int(routes.shift[node])
            rows.add(node, routes.entry[part], *place)
    distances = _Distances(routes.distances, former)
    return Routes.of(group, routes.rank, rows, entries, distances)


def _matched(text: str, names: Sequence[str], number: dict[str, int]) -> list[int]:
    if not is_pattern(text) or text in number:
        return [number[text]]
    return [index for index, name in enumerate(names) if fnmatchcase(name, text)]


def _far_end(hop: str) -> str:
    return hop.partition("->")[2].partition("#")[0] if "->" in hop else hop


def _chosen(
    table: PortTable, arrays: TopologyArrays, wanted: Sequence[Route], kinds: _Kinds
) -> dict[int, Ints]:
    """Switch (a node) -> [K] number of the route that counts for each kind, -1: none."""
    number = {name: index for index, name in enumerate(arrays.switch_names)}
    chosen: dict[int, Ints] = {}
    for index, route in enumerate(wanted):
        for switch in _matched(route.at, arrays.switch_names, number):
            none = np.full(len(kinds.example), -1, dtype=np.int64)
            chosen.setdefault(table.hosts + switch, none)[kinds.matched[index]] = index
    effective = {index for row in chosen.values() for index in np.unique(row).tolist()}
    unused = [index for index in range(len(wanted)) if index not in effective]
    if unused:
        said = "has no effect: later routes replace it everywhere; remove it or move it down"
        raise ScenarioError([Fault(f"routes[{index}]", said) for index in unused])
    return chosen


def _next_hops(
    table: PortTable,
    arrays: TopologyArrays,
    wanted: Sequence[Route],
    kinds: _Kinds,
    chosen: dict[int, Ints],
) -> dict[tuple[int, int], list[int]]:
    """(switch, kind) -> local ports in their order."""
    found: dict[tuple[int, int], list[int]] = {}
    faults: dict[Fault, None] = {}
    for node, of_kind in chosen.items():
        look = _NextHops(table, arrays, node)
        for kind in np.flatnonzero(of_kind >= 0).tolist():
            index, address = int(of_kind[kind]), int(kinds.example[kind])
            local: set[int] = set()
            for hop in wanted[index].next_hops:
                try:
                    local.update(look.ports(hop, address))
                except ValueError as error:
                    faults[Fault(f"routes[{index}].via", str(error))] = None
            found[node, kind] = sorted(local)
    if faults:
        raise ScenarioError(list(faults))
    return found


def _by_effect(
    ports: dict[tuple[int, int], list[int]], kinds: int
) -> tuple[dict[int, dict[int, list[int]]], Ints]:
    """(switch -> effect -> local ports, effect of each kind [K]): kinds that every switch treats
    alike have one effect.
    """
    of_kind: list[list[tuple[int, tuple[int, ...]]]] = [[] for _ in range(kinds)]
    for (node, kind), local in ports.items():
        of_kind[kind].append((node, tuple(local)))
    numbers: dict[tuple[tuple[int, tuple[int, ...]], ...], int] = {}
    effect = [numbers.setdefault(tuple(what), len(numbers)) for what in of_kind]
    hops: dict[int, dict[int, list[int]]] = {}
    for (node, kind), local in ports.items():
        hops.setdefault(node, {})[effect[kind]] = local
    return hops, np.array(effect, dtype=np.int64)


class _NextHops:
    """Ports of one switch by the names of routes."""

    def __init__(self, table: PortTable, arrays: TopologyArrays, node: int) -> None:
        self._table, self._names, self._node = table, arrays.node_names, node
        self._by_peer: dict[str, list[int]] = {}
        for port in range(int(table.first[node]), int(table.first[node + 1])):
            peer = self._names[int(table.node[table.peer[port]])]
            self._by_peer.setdefault(peer, []).append(port)

    def ports(self, hop: str, address: int) -> list[int]:
        """Local ports that a next hop means for frames to an address; ValueError says why none."""
        table, leads = self._table, self._named(hop)
        owner = [int(table.address[table.peer[port]]) for port in leads]
        mine = [port for port, other in zip(leads, owner, strict=True) if other in (-1, address)]
        if not mine:
            host = self._names[int(table.address_host[address])]
            raise ValueError(f"{hop!r} cannot be the next hop to {host}: hosts do not forward")
        return [port - int(table.first[self._node]) for port in mine]

    def _named(self, hop: str) -> list[int]:
        """Global ports of a neighbour, or the one port."""
        at = self._names[self._node]
        near, arrow, far = hop.partition("->")
        peer, _, which = (far if arrow else near).partition("#")
        leads = self._by_peer.get(peer, [])
        if arrow and near != at:
            raise ValueError(f"{hop!r} is a port of {near}, but the route is for {at}, too")
        if not leads:
            shown = ", ".join(list(self._by_peer)[:6]) + (", ..." if len(self._by_peer) > 6 else "")
            raise ValueError(f"{hop!r} is no neighbour of {at} (neighbours: {shown})")
        if not arrow:
            return leads
        if which and (not which.isdecimal() or int(which) >= len(leads)):
            last = f"{at}->{peer}" + (f"#{len(leads) - 1}" if len(leads) > 1 else "")
            raise ValueError(f"there is no port {hop!r} (the last one is {last!r})")
        return [leads[int(which or 0)]]


def _groups(routes: Routes, effect: Ints) -> tuple[Ints, Ints, Ints]:
    """(group of each address [A], former group [G] and effect [G] of each, -1: without addresses).

    Numbers stay unless a group falls apart.
    """
    example, group = distinct([routes.group, effect])
    if len(example) > len(np.unique(routes.group)):
        return group, routes.group[example], effect[example]
    former = np.arange(int(routes.group.max(initial=-1)) + 1)
    of_group = np.full(len(former), -1, dtype=np.int64)
    of_group[routes.group] = effect
    return routes.group, former, of_group
