"""Routes of generated fabrics from their structure: a few rows per tier, no search.

Traffic goes up until it has reached the pod, or the leaf, of its destination: so a leaf needs one
entry of its own, a spine one for each leaf of its pod, a core one for each pod, and everything
else has a default, up. The next hops are those of shortest paths (tests hold them against the
search).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.entries import UNREACHABLE, EntryTable, RowTable
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Routes
from pyfabric.topology.tiers import Tiers


@dataclass(frozen=True)
class TierDistances:
    """Distances by formula."""

    tiers: Tiers

    def between(self, switch: Ints, group: Ints) -> Ints:
        """See :class:`pyfabric.compile.routes.Distances`."""
        tiers, bits = self.tiers, _leaf_bits(self.tiers)
        pod, leaf = group >> bits, group & ((1 << bits) - 1)
        spine = switch - tiers.all_leaves
        is_leaf, is_core = spine < 0, spine >= tiers.all_spines
        of_leaf = np.where(switch % tiers.leaves == leaf, 0, 2)
        own_pod = np.where(is_leaf, switch // tiers.leaves, spine // max(tiers.spines, 1))
        below = np.where(is_leaf, of_leaf, 1)
        above = np.where(is_leaf, 4, 3)
        return np.where(is_core, 2, np.where(own_pod == pod, below, above))

    def examples(self, latency_ps: Ints) -> Ints | None:
        """Two leaves of a pod and one of another pod, if each tier has one latency."""
        tiers = self.tiers
        bounds = np.cumsum([tiers.all_leaves, tiers.all_spines])
        of_tiers = np.split(latency_ps, bounds)
        if any(len(of_tier) and of_tier.min() < of_tier.max() for of_tier in of_tiers):
            return None
        leaves = np.array([0, min(1, tiers.leaves - 1), (tiers.pods - 1) * tiers.leaves])
        return _group(leaves, tiers, _leaf_bits(tiers))


def tier_routes(table: PortTable, tiers: Tiers) -> Routes:
    """Shortest-path routes over the switches of the fabric that ``tiers`` generated."""
    bits = _leaf_bits(tiers)
    per_leaf = tiers.hosts * tiers.nics
    leaf, rank = np.divmod(np.arange(table.addresses), per_leaf)
    entries, rows = EntryTable(), RowTable(table.nodes)

    def run(first: int, count: int) -> int:
        return entries.members(range(first, first + count)) if count else UNREACHABLE

    def parts(each: int, count: int) -> NDArray[np.uint32]:
        return np.array([run(i * each, each) for i in range(count)], dtype=np.uint32)

    first_leaf, first_spine = table.hosts, table.hosts + tiers.all_leaves
    first_core = first_spine + tiers.all_spines
    rows.add(
        slice(first_leaf, first_spine),
        np.array([entries.ranked([[port] for port in range(per_leaf)])], dtype=np.uint32),
        first=_group(np.arange(tiers.all_leaves), tiers, bits),
        default=run(per_leaf, tiers.spines * tiers.uplinks),
    )
    if tiers.spines:
        rows.add(
            slice(first_spine, first_core),
            parts(tiers.uplinks, tiers.leaves),
            first=np.arange(tiers.all_spines) // tiers.spines << bits,
            default=run(tiers.leaves * tiers.uplinks, tiers.cores),
        )
    if tiers.cores:
        rows.add(slice(first_core, table.nodes), parts(1, tiers.pods), shift=bits)
    return Routes.of(_group(leaf, tiers, bits), rank, rows, entries, TierDistances(tiers))


def _leaf_bits(tiers: Tiers) -> int:
    """Bits of a group that number the leaf in its pod; the others number the pod."""
    return (tiers.leaves - 1).bit_length()


def _group(leaf: Ints, tiers: Tiers, bits: int) -> Ints:
    pod, number = np.divmod(leaf, tiers.leaves)
    return pod << bits | number
