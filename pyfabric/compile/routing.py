"""Where routes come from: the structure of a generated fabric, or a search; and the scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyfabric.compile.explicit_routes import explicit_routes
from pyfabric.compile.ports import PortTable
from pyfabric.compile.routes import Routes
from pyfabric.compile.shortest_paths import searched_routes
from pyfabric.compile.tier_routes import tier_routes

if TYPE_CHECKING:
    from pyfabric.scenario import Route
    from pyfabric.topology.arrays import TopologyArrays
    from pyfabric.topology.tiers import Tiers


def compute_routes(table: PortTable, tiers: Tiers | None = None) -> Routes:
    """Shortest-path routes over the switches of ``table``; ``tiers``: as which it was generated."""
    return searched_routes(table) if tiers is None else tier_routes(table, tiers)


def routes_for(table: PortTable, arrays: TopologyArrays, wanted: Sequence[Route]) -> Routes:
    """Shortest paths, but for what the scenario wants otherwise."""
    shortest = compute_routes(table, arrays.tiers)
    return explicit_routes(shortest, table, arrays, wanted) if wanted else shortest
