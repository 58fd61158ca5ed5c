"""Which ports go up a tier: to switches farther from hosts (docs/model.md 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.profiles import Profiles
from pyfabric.errors import Fault, ScenarioError


def host_distance(table: PortTable) -> Ints:
    """[N] links from each node to the nearest host, -1: no path."""
    distance = np.full(table.nodes, -1, dtype=np.int64)
    distance[: table.hosts] = 0
    level = 0
    while True:
        # Hosts do not forward, so only the first step starts at them.
        reached = table.peer_node[distance[table.node] == level]
        reached = np.unique(reached[distance[reached] < 0])
        if not len(reached):
            return distance
        level += 1
        distance[reached] = level


def goes_up(table: PortTable) -> NDArray[np.bool_]:
    """[P] whether the peer of a switch port is a switch farther from hosts."""
    distance = host_distance(table)
    here, there = distance[table.node], distance[table.peer_node]
    return (here > 0) & (there > here)


def port_columns(table: PortTable, profiles: Profiles) -> dict[str, NDArray[np.uint8]]:
    """``port_goes_up``; ScenarioError where bounces are asked for and none can be."""
    up = np.zeros(len(table.node), dtype=np.bool_)
    faults = []
    for profile in np.unique(profiles.switch_of).tolist():
        if not profiles.switches[profile].bounce_priorities:
            continue
        if not up.any():
            up = goes_up(table)
        per_node = np.bincount(table.node[up], minlength=table.nodes)[table.hosts :]
        if not (per_node[profiles.switch_of == profile] >= 2).any():
            faults.append(
                Fault(
                    f"{profiles.switch_paths[profile]}.bounce_priorities",
                    "no switch with these settings has two links to switches farther from hosts, "
                    "so no frame bounces: the topology has no tiers there",
                )
            )
    if faults:
        raise ScenarioError(faults)
    return {"port_goes_up": up.astype(np.uint8)}
