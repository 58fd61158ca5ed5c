"""Cycles over bounces: against a plain walk of every frame on random next hops."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from route_search import cyclic

import pyfabric as pf

LEAVES, SPINES, HOSTS = 4, 3, 2
#: Bounces into one class more, into two more, and to and fro.
MAPS = ({3: 4}, {3: 4, 4: 5}, {3: 4, 4: 3})


def random_scenario(rng: random.Random) -> pf.Scenario:
    """A leaf-spine where spines have lost links and leaves send up again, or where some next hops
    are random, so that frames go round, too.
    """
    flows, routes, lost = [], {}, rng.random() < 0.6
    for _ in range(rng.randint(2, 8)):
        source, target = rng.sample(range(LEAVES * HOSTS), 2)
        flows.append(pf.Flow(source, target, "20kB", priority=3 if lost else rng.choice([3, 4])))
        if lost:
            leaf = rng.choice([i for i in range(LEAVES) if i != target // HOSTS])
            down, up = rng.sample(range(SPINES), 2)
            hops = [(f"leaf{source // HOSTS}", f"spine{down}"), (f"spine{down}", f"leaf{leaf}")]
            for at, via in [*hops, (f"leaf{leaf}", f"spine{up}")]:
                if at != f"leaf{target // HOSTS}":
                    routes[at, target] = pf.Route(at, f"host{target}", via)
        for _ in range(0 if lost else rng.randint(0, 3)):
            leaf, spine = f"leaf{rng.randrange(LEAVES)}", f"spine{rng.randrange(SPINES)}"
            at, via = rng.choice([(leaf, spine), (spine, leaf)])
            if at != f"leaf{target // HOSTS}":
                routes[at, target] = pf.Route(at, f"host{target}", via)
    return pf.Scenario(
        pf.leaf_spine(LEAVES, SPINES, HOSTS),
        pf.Workload(flows),
        pf.NoCongestionControl(),
        switch=pf.Switch(lossless_priorities=(3, 4, 5), bounce_priorities=rng.choice(MAPS)),
        nic=pf.Nic(ack_priority=0),
        routes=tuple(routes.values()),
    )


def next_hops(scenario: pf.Scenario, at: str, target: int) -> list[str]:
    """Where a switch sends frames for a host to, but the host itself."""
    named = [r.via for r in scenario.routes if (r.at, r.to) == (at, f"host{target}")]
    leaf = f"leaf{target // HOSTS}"
    if named or at == leaf:
        return named
    return [leaf] if at.startswith("spine") else [f"spine{i}" for i in range(SPINES)]


def waits(scenario: pf.Scenario, *, bounces: bool = True) -> set[tuple[str, str]]:
    """Pairs of ``link (priority p)`` that some frame passes one after the other."""
    found = set()
    for flow in scenario.workload.parts:
        start = (f"leaf{flow.src // HOSTS}", "", flow.priority)
        todo, seen = [start], {start}
        while todo:
            at, came, priority = todo.pop()
            for to in next_hops(scenario, at, flow.dst):
                valley = bounces and at.startswith("leaf") and came
                after = scenario.switch.bounce_priorities.get(priority, priority)
                step = (to, f"{at}->{to}", after if valley else priority)
                if came:
                    found.add((f"{came} (priority {priority})", f"{step[1]} (priority {step[2]})"))
                if step not in seen:
                    seen.add(step)
                    todo.append(step)
    return found


@pytest.mark.parametrize("seed", range(80))
def test_random_next_hops_have_the_cycles_that_a_walk_finds(seed: int) -> None:
    scenario = random_scenario(random.Random(seed))
    edges = waits(scenario)
    found = [f for f in pf.verify(scenario).findings if f.check == "dependency"]
    assert bool(found) == cyclic(edges), f"seed {seed}"
    for finding in found:
        if "change their priority" not in finding.message:  # no frame of this one bounces
            assert edges == waits(scenario, bounces=False), f"seed {seed}"
            continue
        told = finding.message.split("priority: ")[1].split(". If")[0].split(" waits for ")
        assert set(pairwise(told)) <= edges, f"seed {seed}"


def test_the_random_fabrics_are_of_all_kinds() -> None:
    """Some have a cycle either way, some lose it by their bounces, some have none."""
    kinds = set()
    for seed in range(80):
        scenario = random_scenario(random.Random(seed))
        kinds.add((cyclic(waits(scenario)), cyclic(waits(scenario, bounces=False))))
    assert {(True, True), (False, True), (False, False)} <= kinds
