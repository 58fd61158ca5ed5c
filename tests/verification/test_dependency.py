"""Cyclic buffer dependency: rings, trees, and a second opinion on random fabrics."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from route_search import Graph, cyclic, random_scenario, ring

import pyfabric as pf
from pyfabric.verification.cycles import components, order_of, shortest_cycle


def of(report: pf.Verification, check: str) -> list[pf.verification.Finding]:
    json.loads(report.to_json())
    return [finding for finding in report.findings if finding.check == check]


@pytest.mark.parametrize(("n", "hops"), [(5, 2), (6, 2), (7, 2), (7, 3), (11, 5)])
def test_a_ring_one_way_round_has_exactly_its_cycle(n: int, hops: int) -> None:
    (found,) = of(pf.verify(ring(n, hops)), "dependency")
    assert found.severity == "error"
    assert found.places == tuple(f"switch{i}->switch{(i + 1) % n}" for i in range(n))
    assert found.numbers["component_links"] == n
    assert f"switch{n - 1}->switch0 waits for switch0->switch1" in found.message


def test_one_hop_waits_for_nobody() -> None:
    assert not of(pf.verify(ring(5, 1)), "dependency")
    (found,) = of(pf.verify(ring(5, 1), all_pairs=True), "dependency")[:1]
    assert "can deadlock" in found.message


def test_a_cycle_is_needed_for_a_deadlock_but_not_enough() -> None:
    small = {f"workload[{i}].size": "20kB" for i in range(5)}
    scenario = ring(5, 2, **small)
    assert not pf.verify(scenario)
    assert pf.simulate(scenario).stop_reason == "all_done"  # HotNets'16: load decides


def test_without_pfc_nothing_waits() -> None:
    report = pf.verify(ring(5, 2, **{"switch.pfc.enabled": False}))
    assert not of(report, "dependency")
    assert not report  # it loses frames instead
    assert of(report, "pfc")[0].severity == "error"


def test_the_detector_names_the_same_cycle() -> None:
    scenario = ring(7, 3)
    (found,) = of(pf.verify(scenario), "dependency")
    result = pf.simulate(scenario)
    assert result.stop_reason == "deadlock"
    text = str(result.lossless())
    assert all(place in text for place in found.places)


def test_classes_of_the_fix_run_to_the_end() -> None:
    scenario = ring(7, 3)
    report = pf.verify(scenario)
    repaired = scenario.replace(report.fixes)
    assert pf.verify(repaired)
    result = pf.simulate(repaired)
    assert result.stop_reason == "all_done"
    assert result.lossless()


def test_acknowledgements_alone_make_a_warning() -> None:
    scenario = ring(5, 2)
    half = [flow for flow in scenario.workload.parts if flow.src < 2]
    back = [pf.Flow((i + 2) % 5, i, "2MB") for i in range(2, 5)]
    mixed = scenario.replace(workload=pf.Workload([*half, *back]))
    (found,) = of(pf.verify(mixed), "dependency")[:1]
    assert found.severity == "warning"
    assert not of(pf.verify(mixed.replace({"nic.ack_priority": 0})), "dependency")


@pytest.mark.parametrize("seed", range(25))
def test_trees_have_no_cycle(seed: int) -> None:
    report = pf.verify(random_scenario(random.Random(seed), extra=0), all_pairs=seed % 2 == 0)
    assert not of(report, "dependency"), f"seed {seed}"
    cables = [finding for finding in of(report, "failures") if finding.severity != "note"]
    assert not cables, f"seed {seed}"


@pytest.mark.parametrize("seed", range(120))
def test_random_fabrics_have_the_cycles_that_a_search_finds(seed: int) -> None:
    rng = random.Random(seed)
    scenario = random_scenario(rng, extra=rng.randint(0, 3), around=seed % 4 > 0)
    graph, report = Graph(scenario), pf.verify(scenario)
    edges, _ = graph.waits()
    found = of(report, "dependency")
    assert bool(found) == cyclic(edges), f"seed {seed}"
    for finding in found:
        links = list(finding.places)
        assert set(zip(links, links[1:] + links[:1], strict=True)) <= edges, f"seed {seed}"
    if not found:
        _same_failures(graph, report, seed)


def _same_failures(graph: Graph, report: pf.Verification, seed: int) -> None:
    after = {cable: graph.waits(cable) for cable in set(graph.cable.values())}
    for severity, expected in (
        ("warning", {cable for cable, (edges, _) in after.items() if cyclic(edges)}),
        ("note", {cable for cable, (_, whole) in after.items() if not whole}),
    ):
        found = [f for f in of(report, "failures") if f.severity == severity]
        assert {place for f in found for place in f.places} == expected, f"seed {seed}"


@pytest.mark.parametrize(
    "topology",
    [
        pf.leaf_spine(4, 2, 4),
        pf.leaf_spine(3, 2, 2, uplinks=2, nics_per_host=2, gpus_per_host=2),
        pf.fat_tree(4),
        pf.clos(2, 2, 2, 2, 2),
    ],
    ids=["leaf_spine", "two_nics", "fat_tree", "clos"],
)
def test_up_and_down_routes_never_wait_in_a_ring(topology: pf.Topology) -> None:
    report = pf.verify(pf.Scenario(topology, pf.permutation("1MB")), all_pairs=True)
    assert not of(report, "dependency")
    assert not of(report, "failures")
    assert "links of a tier are alike" in " ".join(report.covered)
    # A plan does not tell its tiers, so there every link is taken out.
    one_by_one = pf.verify(pf.compile_plan(pf.Scenario(topology, pf.permutation("1MB"))))
    assert not of(one_by_one, "failures")
    assert "one at a time" in " ".join(one_by_one.covered)


def test_the_only_way_is_told() -> None:
    scenario = pf.Scenario(pf.leaf_spine(2, 1, 2), pf.permutation("1MB"))
    (found,) = of(pf.verify(scenario, all_pairs=True), "failures")
    assert found.places == ("leaf0->spine0", "leaf1->spine0")
    assert "no path" in found.message
    assert not of(pf.verify(scenario, all_pairs=True, failures=False), "failures")


@pytest.mark.parametrize("seed", range(40))
def test_components_are_those_of_reachability(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    tail, head = rng.integers(0, n, (2, int(rng.integers(1, 3 * n))))
    tail, head = tail[tail != head], head[tail != head]
    reach = np.zeros((n, n), dtype=bool)
    reach[tail, head] = True
    for k in range(n):
        reach |= reach[:, k : k + 1] & reach[k : k + 1]
    expected = {tuple(np.flatnonzero(reach[i] & reach[:, i])) for i in range(n) if reach[i, i]}
    found = components(n, tail, head)
    assert {tuple(part) for part in found} == expected, f"seed {seed}"
    order = order_of(n, tail, head)
    assert (order >= 0).all() == (not expected)
    edges = set(zip(tail.tolist(), head.tolist(), strict=True))
    for part in found:
        cycle = shortest_cycle(part, tail, head)
        assert set(zip(cycle, cycle[1:] + cycle[:1], strict=True)) <= edges
        assert cycle[0] == min(cycle)
