"""ECMP polarisation, with the seeds of scenarios and with one seed for all switches."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.verification.finding import Finding


def spread(plan: pf.Plan | pf.Scenario) -> list[Finding]:
    return [f for f in pf.verify(plan, failures=False).findings if f.check == "spread"]


def one_seed(plan: pf.Plan, seed: int) -> pf.Plan:
    columns = dict(plan.columns)
    columns["node_ecmp_seed"] = np.where(columns["node_is_switch"] == 1, seed, 0)
    return dataclasses.replace(plan, columns=columns)


@pytest.mark.parametrize("seed", range(12))
def test_switches_seeded_apart_are_never_called_polarised(seed: int) -> None:
    fabrics = (pf.fat_tree(4), pf.fat_tree(6), pf.leaf_spine(6, 4, 4), pf.clos(3, 2, 4, 3, 2))
    topology = fabrics[seed % 4]
    traffic = (pf.all_to_all("1kB"), pf.permutation("1kB"))[seed % 2]
    assert not spread(pf.Scenario(topology, traffic, seed=seed)), f"seed {seed}"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_seed_for_all_leaves_links_empty_and_the_engine_agrees(seed: int) -> None:
    scenario = pf.Scenario(pf.fat_tree(6), pf.all_to_all("1kB"), seed=seed)
    plan = one_seed(pf.compile_plan(scenario), seed)
    (found,) = spread(plan)
    assert found.severity == "warning"
    assert "seed of those before them" in found.message
    ports = pf.simulate(plan).ports
    up = [
        row
        for row in range(len(ports))
        if (ports["node_name"][row].startswith("agg") and "core" in ports["peer_node_name"][row])
    ]
    idle = sum(ports["tx_data_frames"][row] == 0 for row in up)
    assert found.numbers["links"] == len(up) == 6 * 3 * 3
    assert found.numbers["empty_links"] == idle == 6 * 3 * 2


def test_the_fullest_link_is_told() -> None:
    topology = pf.leaf_spine(2, 2, 8)
    report = pf.verify(
        pf.Scenario(topology, pf.flows([pf.Flow(i, 8 + i, "1kB") for i in range(8)]))
    )
    (text,) = (sentence for sentence in report.covered if sentence.startswith("ECMP"))
    assert "1 set of equal-cost links in use" in text
    assert "at leaf0 with 8 flows" in text
    none = pf.verify(pf.Scenario(pf.star(4), pf.permutation("1kB")))
    assert "ECMP: no flow has a choice of links" in none.covered
