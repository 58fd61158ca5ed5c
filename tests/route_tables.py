"""Compiled routes as lists of ports, and random generated fabrics to compute them for."""

from __future__ import annotations

import random

import numpy as np

import pyfabric as pf
from pyfabric.compile.ports import PortTable
from pyfabric.compile.routes import Routes


def next_hops(table: PortTable, routes: Routes) -> list[list[int]]:
    """Local ports of every (switch, address)."""
    pairs = np.indices((table.nodes - table.hosts, table.addresses)).reshape(2, -1)
    switch, address = pairs[0] + table.hosts, pairs[1]
    sets = routes.sets(switch, address)
    found: list[list[int]] = [[] for _ in switch]
    for member in range(int(sets.size.max())):
        rows = np.flatnonzero(sets.size > member)
        part = routes.sets(switch[rows], address[rows])
        ports = routes.ports(part, np.full(len(rows), member))
        for row, port in zip(rows.tolist(), ports.tolist(), strict=True):
            found[row].append(port)
    return found


def random_topology(dice: random.Random) -> pf.Topology:
    nics = dice.choice((1, 1, 2, 3))
    options = {"nics_per_host": nics, "gpus_per_host": nics * dice.randint(1, 2)}
    kind = dice.choice(("star", "leaf_spine", "fat_tree", "clos", "clos"))
    if kind == "star":
        return pf.star(dice.randint(1, 5), **options)
    if kind == "fat_tree":
        return pf.fat_tree(dice.choice((2, 4, 6)))
    hosts, uplinks = dice.randint(1, 3), dice.randint(1, 3)
    if kind == "leaf_spine":
        leaves, spines = dice.randint(1, 6), dice.randint(1, 4)
        return pf.leaf_spine(leaves, spines, hosts, uplinks=uplinks, **options)
    pods, leaves, spines, cores = (dice.randint(1, 4) for _ in range(4))
    return pf.clos(pods, leaves, hosts, spines, cores, uplinks=uplinks, **options)
