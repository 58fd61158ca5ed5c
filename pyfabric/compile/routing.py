"""Where routes come from: the structure of a generated fabric, or a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyfabric.compile.ports import PortTable
from pyfabric.compile.routes import Routes
from pyfabric.compile.shortest_paths import searched_routes
from pyfabric.compile.tier_routes import tier_routes

if TYPE_CHECKING:
    from pyfabric.topology.tiers import Tiers


def compute_routes(table: PortTable, tiers: Tiers | None = None) -> Routes:
    """Shortest-path routes over the switches of ``table``; ``tiers``: as which it was generated."""
    return searched_routes(table) if tiers is None else tier_routes(table, tiers)
