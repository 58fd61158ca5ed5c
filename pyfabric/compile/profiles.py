"""Which settings each node has: the scenario's, or those of the last override that matches."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from pyfabric.compile.ports import Ints
from pyfabric.errors import Fault, ScenarioError
from pyfabric.scenario import Nic, Switch

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario
    from pyfabric.topology.arrays import TopologyArrays


@dataclass(frozen=True)
class Profiles:
    """Distinct settings and who has them. ``nic_of`` [H] and ``switch_of`` [S] index the tuples.

    ``*_paths`` say where each stands in the scenario, for messages.
    """

    nics: tuple[Nic, ...]
    nic_of: Ints
    nic_paths: tuple[str, ...]
    switches: tuple[Switch, ...]
    switch_of: Ints
    switch_paths: tuple[str, ...]


def resolve_profiles(scenario: Scenario, arrays: TopologyArrays) -> Profiles:
    """Apply the overrides in their order; each matches a node of its kind (Scenario checks that).

    Raises ScenarioError for NICs of different MTU or DSCPs.
    """
    nics: list[Nic] = [scenario.nic]
    switches: list[Switch] = [scenario.switch]
    nic_paths, switch_paths = ["nic"], ["switch"]
    nic_of = np.zeros(len(arrays.host_names), dtype=np.int64)
    switch_of = np.zeros(len(arrays.switch_names), dtype=np.int64)
    for pattern, settings in scenario.overrides.items():
        path = f"overrides[{pattern!r}]"
        if isinstance(settings, Nic):
            nic_of[_matching(pattern, arrays.host_names)] = len(nics)
            nics.append(settings)
            nic_paths.append(path)
        else:
            switch_of[_matching(pattern, arrays.switch_names)] = len(switches)
            switches.append(settings)
            switch_paths.append(path)
    profiles = Profiles(
        tuple(nics), nic_of, tuple(nic_paths), tuple(switches), switch_of, tuple(switch_paths)
    )
    _check_equal(profiles)
    return profiles


def _matching(pattern: str, names: tuple[str, ...]) -> Ints:
    hits = [index for index, name in enumerate(names) if fnmatchcase(name, pattern)]
    return np.array(hits, dtype=np.int64)


def _check_equal(profiles: Profiles) -> None:
    faults = _check_mtu(profiles) + _check_dscp(profiles)
    if faults:
        raise ScenarioError(faults)


def _check_mtu(profiles: Profiles) -> list[Fault]:
    mtus = {profiles.nics[i].mtu_bytes: i for i in np.unique(profiles.nic_of)[::-1].tolist()}
    if len(mtus) <= 1:
        return []
    places = ", ".join(f"{mtu} B in {profiles.nic_paths[i]}.mtu" for mtu, i in sorted(mtus.items()))
    return [Fault("nic.mtu", f"must be equal for all NICs of a run, got {places}")]


def _check_dscp(profiles: Profiles) -> list[Fault]:
    tables = {profiles.nics[i].priority_dscp: i for i in np.unique(profiles.nic_of)[::-1].tolist()}
    if len(tables) <= 1:
        return []
    places = ", ".join(
        f"{list(table)} in {profiles.nic_paths[i]}.dscp" for table, i in sorted(tables.items())
    )
    message = f"must be equal for all NICs of a run, got by priority {places}"
    return [Fault("nic.dscp", message)]


def priority_dscp(profiles: Profiles) -> tuple[int, ...]:
    """[8] DSCP of each priority, which all NICs share."""
    return profiles.nics[int(profiles.nic_of[0])].priority_dscp


def mtu_bytes(profiles: Profiles) -> int:
    """The MTU that all NICs share."""
    return profiles.nics[int(profiles.nic_of[0])].mtu_bytes
