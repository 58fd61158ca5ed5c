"""Selective repeat: who has it, how much may be outstanding beyond a gap, BDP flow control."""

from __future__ import annotations

from typing import Final

import numpy as np

from pyfabric.compile.connections import Connections, Network, bdp_bytes, window_bytes
from pyfabric.compile.nodes import Columns
from pyfabric.compile.profiles import Profiles
from pyfabric.errors import Fault, ScenarioError
from pyfabric.scenario import Nic

_BDPS: Final = 8
_PACKETS_MIN: Final = 256
_PACKETS_MAX: Final = 1 << 24


def recovery(profiles: Profiles) -> str:
    """The loss recovery of all NICs that have any; ScenarioError where only some repeat
    selectively, for both ends of a queue pair have to."""
    places: dict[str, str] = {}
    for index in np.unique(profiles.nic_of).tolist():
        places.setdefault(profiles.nics[index].recovery, f"{profiles.nic_paths[index]}.recovery")
    if len(places) > 1 and "selective_repeat" in places:
        told = ", ".join(f"{name!r} at {place}" for name, place in places.items())
        raise ScenarioError(
            Fault(
                places["selective_repeat"],
                f"both ends of a queue pair repeat selectively or neither does (got {told}); give "
                "all NICs the same recovery",
            )
        )
    return next(iter(places), "go_back_n")


def selective_columns(
    profiles: Profiles, network: Network, connections: Connections, sender: np.ndarray
) -> Columns:
    """``qp_reorder_packets`` and ``qp_bdp_bytes``; ``sender`` [Q] is the host of each queue pair's
    data.

    Without a number of its own, a NIC has room beyond a gap for eight bandwidth-delay products,
    256 packets at least.
    """
    count = len(sender)
    columns: Columns = {
        "qp_reorder_packets": np.zeros(count, dtype=np.int64),
        "qp_bdp_bytes": np.zeros(count, dtype=np.int64),
    }
    if recovery(profiles) != "selective_repeat":
        return columns
    mtu = network.frames.mtu
    for index in np.unique(profiles.nic_of[sender]).tolist():
        own = np.flatnonzero(profiles.nic_of[sender] == index)
        nic: Nic = profiles.nics[index]
        cap = np.broadcast_to(window_bytes(network, connections, nic.bdp_cap), count)[own]
        columns["qp_bdp_bytes"][own] = cap
        product = np.maximum(cap, bdp_bytes(connections)[own])
        room = np.clip(-(-_BDPS * product // mtu), _PACKETS_MIN, _PACKETS_MAX)
        columns["qp_reorder_packets"][own] = room if nic.reorder == "auto" else nic.reorder
    return columns
