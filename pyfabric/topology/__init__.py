"""Topologies: pure functions from a spec to arrays of nodes and edges. Knows nothing of traffic."""

from pyfabric.topology.spec import Topology, leaf_spine, star

__all__ = ["Topology", "leaf_spine", "star"]
