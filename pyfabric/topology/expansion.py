"""From a checked layout to arrays of links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.topology.arrays import Floats, Ints, TopologyArrays
from pyfabric.topology.edges import Edge, Layout
from pyfabric.topology.tiers import Link, Tiers


def expand(layout: Layout) -> TopologyArrays:
    """The arrays of a layout."""
    columns = (
        _listed(layout.links) if not isinstance(layout.links, Tiers) else _tiered(layout.links)
    )
    a, b, rate, delay, error_ab, error_ba, nic_a, nic_b = columns
    nics = np.ones(layout.hosts, dtype=np.int64)
    for nodes, numbers in ((a, nic_a), (b, nic_b)):
        at_host = nodes < layout.hosts
        np.maximum.at(nics, nodes[at_host], numbers[at_host] + 1)
    gpus = np.full(layout.hosts, layout.gpus_per_host, dtype=np.int64)
    for array in (*columns, nics, gpus):
        array.flags.writeable = False
    return TopologyArrays(
        layout.host_names(),
        layout.switch_names(),
        *(a, b, rate, delay),
        *(error_ab, error_ba),
        *(nic_a, nic_b),
        gpus,
        nics,
        layout.links if isinstance(layout.links, Tiers) else None,
    )


_Columns = tuple[Ints, Ints, Ints, Ints, Floats, Floats, Ints, Ints]


def _listed(edges: Sequence[Edge]) -> _Columns:
    exact = np.array([row[:4] + row[6:] for row in edges], dtype=np.int64).T.copy()
    errors = np.array([row[4:6] for row in edges], dtype=np.float64).T.copy()
    return (*exact[:4], *errors, *exact[4:])


def _tiered(tiers: Tiers) -> _Columns:
    """Hosts to leaves, leaves to spines, spines to cores; see :class:`Tiers` for the order."""
    hosts, leaf = tiers.all_hosts, tiers.all_hosts
    spine = leaf + tiers.all_leaves
    core = spine + tiers.all_spines
    host, nic = np.divmod(np.arange(hosts * tiers.nics), tiers.nics)
    lower, up = _pairs(tiers.all_leaves, tiers.spines * tiers.uplinks)
    upper, top = _pairs(tiers.all_spines, tiers.cores)
    above = lower // tiers.leaves * tiers.spines + up // tiers.uplinks
    plane = upper % max(tiers.spines, 1)
    counts = len(host), len(lower), len(upper)
    a = np.concatenate([host, leaf + lower, spine + upper])
    b = np.concatenate(
        [leaf + host // tiers.hosts, spine + above, core + plane * tiers.cores + top]
    )
    links = tiers.host_link, tiers.spine_link, tiers.core_link
    nics = np.zeros(len(a), dtype=np.int64)
    nics[: len(nic)] = nic
    error = np.zeros(len(a), dtype=np.float64)
    rate, delay = _repeat(links, counts)
    return a, b, rate, delay, error, error, nics, np.zeros(len(a), dtype=np.int64)


def _pairs(count: int, each: int) -> tuple[Ints, Ints]:
    """(owner, number) of ``each`` links of every owner, owner by owner."""
    return np.divmod(np.arange(count * each), max(each, 1))


def _repeat(links: Sequence[Link], counts: Sequence[int]) -> tuple[NDArray[Any], NDArray[Any]]:
    rates = np.array([link.rate_bps for link in links], dtype=np.int64)
    delays = np.array([link.delay_ps for link in links], dtype=np.int64)
    return np.repeat(rates, counts), np.repeat(delays, counts)
