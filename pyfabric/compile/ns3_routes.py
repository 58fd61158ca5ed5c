"""Shortest paths in the order of the simulator published with HPCC.

There a breadth-first search from each host visits the neighbours of a node in the order of their
addresses in memory, for switches the highest number first, and the next hops of a switch stand in
the order in which that search meets them; of several links between two nodes only the last counts.
"""

from __future__ import annotations

import numpy as np

from pyfabric.compile.entries import UNREACHABLE, EntryTable, RowTable
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Routes
from pyfabric.compile.shortest_paths import SearchedDistances, address_groups, attached_ports

#: Switch -> neighbouring switch -> local port of the last link between them.
_Neighbours = dict[int, dict[int, int]]


def ns3_routes(table: PortTable, node_ids: Ints) -> Routes:
    """Routes of ``table``; ``node_ids`` [N]: numbers of the nodes there. Switches are counted from
    the first one.
    """
    attached = attached_ports(table)
    group, rank, group_switches = address_groups(attached)
    switches = table.nodes - table.hosts
    neighbours = _neighbours(table, node_ids)
    hops = np.full((switches, len(group_switches)), -1, dtype=np.int16)
    rows = np.full((switches, len(group_switches)), UNREACHABLE, dtype=np.uint32)
    entries, made = EntryTable(), RowTable(table.nodes)
    for number, members in enumerate(group_switches):
        first = sorted(members, key=lambda switch: -int(node_ids[table.hosts + switch]))
        for switch, (distance, ports) in _search(first, neighbours).items():
            hops[switch, number] = distance
            if ports:
                rows[switch, number] = entries.members(ports)
    by_rank: dict[tuple[int, int], list[list[int]]] = {}
    for address, owner in enumerate(group.tolist()):
        for switch, ports in attached[address].items():
            by_rank.setdefault((switch, owner), []).append(ports[-1:])
    for (switch, owner), ports_of in by_rank.items():
        rows[switch, owner] = entries.ranked(ports_of)
    for switch in range(switches):
        made.add_dense(table.hosts + switch, rows[switch])
    return Routes.of(group, rank, made, entries, SearchedDistances(hops))


def _neighbours(table: PortTable, node_ids: Ints) -> _Neighbours:
    """Neighbours by falling numbers."""
    found: _Neighbours = {}
    hosts, peer_node, local = table.hosts, table.peer_node, table.local
    for port in np.flatnonzero((table.node >= hosts) & (peer_node >= hosts)).tolist():
        ports = found.setdefault(int(table.node[port]) - hosts, {})
        ports[int(peer_node[port]) - hosts] = int(local[port])
    return {
        switch: dict(sorted(ports.items(), key=lambda item: -int(node_ids[hosts + item[0]])))
        for switch, ports in found.items()
    }


def _search(first: list[int], neighbours: _Neighbours) -> dict[int, tuple[int, list[int]]]:
    """Switch -> (links to the nearest of ``first``, ports of its next hops)."""
    found: dict[int, tuple[int, list[int]]] = {switch: (0, []) for switch in first}
    queue = list(first)
    for switch in queue:  # grows as it goes
        distance = found[switch][0] + 1
        for peer in neighbours.get(switch, {}):
            if peer not in found:
                found[peer] = (distance, [])
                queue.append(peer)
            if found[peer][0] == distance:
                found[peer][1].append(neighbours[peer][switch])
    return found
