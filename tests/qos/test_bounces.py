"""Bounces change the priority (Tagger, CoNEXT'17): from the switch where they happen on."""

from __future__ import annotations

import numpy as np
import pytest
from oracle_tools import run_scenario
from trace_rows import DATA, TRANSMIT, Trace

import pyfabric as pf

#: leaf0 - spine0 - leaf1 - spine1 - leaf2: the only way from host0 to host2 bounces at leaf1.
LINKS = [
    ("host0", "leaf0"),
    ("host1", "leaf1"),
    ("host2", "leaf2"),
    ("leaf0", "spine0"),
    ("leaf1", "spine0"),
    ("leaf1", "spine1"),
    ("leaf2", "spine1"),
]


def fabric() -> pf.Topology:
    links = [(a, b, "100Gbps", "500ns") for a, b in LINKS]
    hosts = [f"host{i}" for i in range(3)]
    return pf.Topology.from_edges(hosts, ["leaf0", "leaf1", "leaf2", "spine0", "spine1"], links)


def scenario(**settings: object) -> pf.Scenario:
    switch = pf.Switch(lossless_priorities=(3, 4), **settings)
    traffic = pf.flows([pf.Flow("host0", "host2", "40kB"), pf.Flow("host0", "host1", "40kB")])
    return pf.Scenario(fabric(), traffic, pf.NoCongestionControl(), switch=switch)


def test_a_bounce_goes_on_in_the_other_priority() -> None:
    run = run_scenario(scenario(bounce_priorities={3: 4}), trace=True)
    names = run.plan.labels["node_names"]
    first = run.plan.columns["node_first_port"]
    peer = run.plan.columns["port_peer"]
    owner = np.repeat(np.arange(len(names)), np.diff(first))
    seen = set()
    for row in Trace.of(run.plan, run.raw).rows:
        if row.event == TRANSMIT and row.kind == DATA:
            to = names[owner[peer[int(row.port)]]]
            seen.add((int(row.qp), names[int(row.node)], to, int(row.priority)))
    bounced = {(a, b): p for qp, a, b, p in seen if qp == 0}
    assert bounced[("host0", "leaf0")] == 3
    assert bounced[("leaf0", "spine0")] == 3
    assert bounced[("spine0", "leaf1")] == 3
    assert bounced[("leaf1", "spine1")] == 4
    assert bounced[("spine1", "leaf2")] == 4
    assert bounced[("leaf2", "host2")] == 4
    assert {p for qp, *_, p in seen if qp == 1} == {3}


def test_nothing_bounces_on_shortest_paths_of_a_clos() -> None:
    clos = pf.clos(2, 2, 2, 2, 2)
    traffic = pf.permutation("50kB")
    plain = pf.Scenario(clos, traffic, switch=pf.Switch(lossless_priorities=(3, 4)))
    bouncing = plain.replace({"switch.bounce_priorities": {3: 4}})
    assert pf.compile_plan(bouncing).columns["port_goes_up"].sum() == 8 + 8
    assert pf.simulate(bouncing).fingerprint == pf.simulate(plain).fingerprint


@pytest.mark.parametrize("where", ["everywhere", "spines"])
def test_no_tiers(where: str) -> None:
    switch = pf.Switch(lossless_priorities=(3, 4), bounce_priorities={3: 4})
    if where == "everywhere":
        made = pf.Scenario(pf.star(4), pf.permutation("1kB"), switch=switch)
    else:
        made = scenario().replace(overrides={"spine*": switch})
    with pytest.raises(pf.ScenarioError, match="no tiers"):
        pf.compile_plan(made)
