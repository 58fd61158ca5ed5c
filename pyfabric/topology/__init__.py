"""Topologies: pure functions from a spec to arrays of nodes and edges. Knows nothing of traffic."""

from pyfabric.topology.makers import clos, fat_tree, leaf_spine, star
from pyfabric.topology.spec import Topology

__all__ = ["Topology", "clos", "fat_tree", "leaf_spine", "star"]
