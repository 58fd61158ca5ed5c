"""Where routes come from: the structure of a generated fabric, or a search; and the scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyfabric.compile.explicit_routes import explicit_routes
from pyfabric.compile.ns3_routes import ns3_routes
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Routes
from pyfabric.compile.shortest_paths import searched_routes
from pyfabric.compile.tier_routes import tier_routes

if TYPE_CHECKING:
    from pyfabric.scenario import Route
    from pyfabric.topology.arrays import TopologyArrays
    from pyfabric.topology.tiers import Tiers


def compute_routes(
    table: PortTable, tiers: Tiers | None = None, ns3_ids: Ints | None = None
) -> Routes:
    """Shortest-path routes over the switches of ``table``.

    tiers: as which it was generated. ns3_ids: numbers of the nodes [N] under the rules of
    docs/ns3.md.
    """
    if ns3_ids is not None:
        return ns3_routes(table, ns3_ids)
    return searched_routes(table) if tiers is None else tier_routes(table, tiers)


def routes_for(
    table: PortTable, arrays: TopologyArrays, wanted: Sequence[Route], ns3_ids: Ints | None = None
) -> Routes:
    """Shortest paths, but for what the scenario wants otherwise."""
    shortest = compute_routes(table, arrays.tiers, ns3_ids)
    return explicit_routes(shortest, table, arrays, wanted) if wanted else shortest
