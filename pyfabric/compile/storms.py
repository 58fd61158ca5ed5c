"""Pause storms of hosts as columns of a plan."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ports import PortTable
from pyfabric.compile.profiles import Profiles
from pyfabric.scenario import PauseStorm

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario
    from pyfabric.topology.arrays import TopologyArrays


def storm_columns(
    scenario: Scenario, arrays: TopologyArrays, table: PortTable, profiles: Profiles
) -> dict[str, NDArray[Any]]:
    """The columns ``storm_*``: a row for each port of each host that storms, by (start, port)."""
    rows = []
    hosts = set()
    for storm in scenario.faults:
        if isinstance(storm, PauseStorm):
            host = storm.host_index(arrays.host_names)
            hosts.add(host)
            for port in range(int(table.first[host]), int(table.first[host + 1])):
                rows.append((storm.start_ps, port, storm.priority, storm.end_ps))
    _warn_of_idle_watchdogs(profiles, hosts)
    filled = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4)
    names = ("storm_start_ps", "storm_port", "storm_class", "storm_end_ps")
    return {name: filled[:, column] for column, name in enumerate(names)}


def _warn_of_idle_watchdogs(profiles: Profiles, storming: set[int]) -> None:
    """A NIC that takes in everything at once pauses nobody, unless a fault makes it."""
    for number, nic in enumerate(profiles.nics):
        if nic.pause_watchdog is None or nic.receive_rate is not None:
            continue
        owners = set(np.flatnonzero(np.asarray(profiles.nic_of) == number).tolist())
        if owners and not owners & storming:
            warnings.warn(
                "Nic.pause_watchdog has no effect at NICs that never pause: give them a "
                "receive_rate, or the scenario a PauseStorm",
                stacklevel=2,
            )
