"""Fabrics and switches for tests of maps, pools, shared headroom, WRED and bounces."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pyfabric as pf

BUFFER = "4MB"
ECN = pf.ECN(kmin="20kB", kmax="80kB")

#: DSCP 26 -> traffic class 3 -> priority group 5 -> queue 1.
PERMUTED: dict[str, Any] = {
    "dscp_to_tc": {26: 3},
    "tc_to_pg": {3: 5},
    "tc_to_queue": {3: 1},
    "pfc_to_pg": {3: 5},
    "pfc_to_queue": {3: 1},
}


def busy(switch: pf.Switch, **settings: Any) -> pf.Scenario:
    """Incasts of a lossless and a lossy class over a leaf-spine, with marks, pauses and drops."""
    fabric = pf.leaf_spine(3, 2, hosts_per_leaf=3, host_rate="100G", link_delay="300ns")
    lossless = pf.incast(0, senders=range(1, 9), size="300kB")
    lossy = pf.incast(4, senders=[0, 1, 2, 7, 8], size="200kB", priority=0, name="lossy")
    traffic = lossless + lossy + pf.permutation("100kB")
    return pf.Scenario(fabric, traffic, switch=switch, **{"seed": 3, **settings})


def single(**settings: Any) -> pf.Switch:
    """A small single pool."""
    small = {"buffer": BUFFER, "alpha": "1/4", "lossy_alpha": "1/8", "ecn": ECN}
    return pf.Switch(**{**small, **settings})


def as_pool(size: int) -> pf.Switch:
    """:func:`single` with its pool of ``size`` bytes written out."""
    group: dict[str, Any] = {"pool": "all", "reserved": "4KiB", "alpha": "1/4"}
    return pf.Switch(
        buffer="8MB",  # reserves of all groups, not of those in use alone
        ecn=ECN,
        pools={"all": pf.BufferPool("both", size)},
        profiles={
            "lossless": pf.BufferProfile(**group),
            "lossy": pf.BufferProfile(**group),
            "queue": pf.BufferProfile("all", alpha="1/8"),
        },
        priority_groups={3: "lossless", "0-2": "lossy", "4-7": "lossy"},
        queues={"0-2": "queue", "4-7": "queue"},
    )


#: Two pools, shared headroom, profiles of every kind of threshold.
POOLED = pf.Switch(
    pools={
        "in": pf.BufferPool(shared_headroom="1MB"),
        "out": pf.BufferPool("egress", mode="static"),
    },
    profiles={
        "in": pf.BufferProfile("in", alpha=Fraction(1, 8), xon="2kB"),
        "lossy": pf.BufferProfile("in", dynamic_th=7),
        "out": pf.BufferProfile("out", static_th="9 kB"),
    },
    priority_groups={3: "in", "4-5": "lossy"},
    queues={"0-7": "out"},
)
