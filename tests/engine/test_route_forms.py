"""All forms of routes: the same run from each, and refusals of those that lead out of bounds."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from reference.routes import RouteWriter, next_hops

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import run

UNEVEN = [("a", "x"), ("x", "y"), ("b", "x"), ("x", "y"), ("c", "y"), ("y", "x")]
FABRICS = {
    "star": pf.star(5),
    "leaf_spine": pf.leaf_spine(3, 2, 2, gpus_per_host=2, nics_per_host=2, uplinks=3),
    "clos": pf.clos(3, 3, 1, 2, 2),
    "uneven": pf.Topology.from_edges(
        ["a", "b", "c"], ["x", "y"], [(a, b, "100Gbps", "1us") for a, b in UNEVEN]
    ),
}


def plan_of(fabric: str) -> Plan:
    workload = pf.all_to_all(size="9kB")
    return compile_scenario(pf.Scenario(topology=FABRICS[fabric], workload=workload))


def with_columns(plan: Plan, **changes: Any) -> Plan:
    columns = {name: np.asarray(values) for name, values in changes.items()}
    return dataclasses.replace(plan, columns={**plan.columns, **columns})


def rewritten(plan: Plan, dice: random.Random) -> Plan:
    """The same next hops in forms drawn anew."""
    columns = plan.columns
    groups: dict[int, list[int]] = {}
    for address, group in enumerate(columns["address_group"].tolist()):
        groups.setdefault(group, []).append(address)
    order = list(groups)
    dice.shuffle(order)
    writer = RouteWriter(dice)
    numbers = writer.numbers(len(order))
    for node, is_switch in enumerate(columns["node_is_switch"]):
        hops = [
            [[int(p) for p in next_hops(columns.__getitem__, node, a)] for a in groups[group]]
            for group in order
            if is_switch
        ]
        writer.row(numbers, hops)
    changed = dict(zip(order, numbers, strict=True))
    group = [changed[each] for each in columns["address_group"].tolist()]
    return with_columns(plan, address_group=group, **writer.columns())


@pytest.mark.parametrize("fabric", FABRICS)
def test_the_form_of_routes_changes_nothing(fabric: str) -> None:
    plan = plan_of(fabric)
    others = [rewritten(plan, random.Random(seed)) for seed in range(8)]
    assert len({other.hash for other in others}) > 3
    assert {run(other).fingerprint for other in others} == {run(plan).fingerprint}


RANGE, LOCAL, RANKED = 1 << 30, 2 << 30, 3 << 30
NO_PORT = "leaves by a port that the switch does not have"
BAD = {
    "range": ({"route_default": RANGE | 5 << 15 | 5}, NO_PORT),
    "range in a row": ({"route_entry": RANGE | 10}, NO_PORT),
    "ranked": ({"route_entry": RANKED | 7}, NO_PORT),
    "listed": ({"route_default": 0, "ecmp_first": [0, 1], "ecmp_port": [50]}, NO_PORT),
    "no set": ({"route_default": 0}, "points to no ECMP set"),
    "empty set": ({"route_default": 0, "ecmp_first": [0, 0]}, "points to no ECMP set"),
    "local": ({"route_entry": LOCAL}, "local_entry is too short"),
    "local to local": ({"route_entry": LOCAL, "local_entry": [LOCAL] * 9}, "to another one"),
    "local to ranked": ({"route_entry": LOCAL, "local_entry": [RANKED] * 9}, "to another one"),
    "default": ({"route_default": RANKED}, "route_default is a local entry"),
    "short": ({"route_base": 1000}, "route_entry is too short"),
    "end": ({"route_first": 2**32 - 1, "route_count": 2}, "ends behind the last group"),
    "shift": ({"route_shift": 32}, r"route_shift\[0\] = 32 is outside 0..31"),
    "group": ({"address_group": 2**24}, r"address_group\[0\] = 16777216 is outside"),
    "size": ({"route_count": [0]}, "route_count has 1 values, expected 11"),
}


@pytest.mark.parametrize("name", BAD)
def test_routes_out_of_bounds_are_refused(name: str) -> None:
    changes, message = BAD[name]
    plan = plan_of("leaf_spine")
    columns = {
        column: value if isinstance(value, list) else np.full_like(plan.columns[column], value)
        for column, value in changes.items()
    }
    with pytest.raises(pf.EngineError, match=message):
        run(with_columns(plan, **columns))
