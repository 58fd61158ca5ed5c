"""Pause trees: one made by hand, deadlock and slow receiver, and conservation on random fabrics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from random_fabrics import scenarios
from result_tools import deadlocked_run

import pyfabric as pf
from pyfabric.analysis import PauseTrees, pause_trees
from pyfabric.analysis.pause_tree import KINDS
from pyfabric.compile.replan import queue_pair_paths
from pyfabric.results import Result
from pyfabric.results.table import Table

STILL = pf.Nic(start_jitter=0)


def spread_incast(**settings_of: object) -> pf.Scenario:
    """Four hosts of leaf1 send to host0; links between switches carry all four at line rate, so
    host0's link alone is oversubscribed.
    """
    return pf.Scenario(
        topology=pf.leaf_spine(
            leaves=2,
            spines=2,
            hosts_per_leaf=4,
            host_rate="100Gbps",
            uplink_rate="400Gbps",
            link_delay="500ns",
        ),
        workload=pf.incast(0, senders=range(4, 8), size="4MB"),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB"), ecn=None),
        nic=STILL,
        **settings_of,
    )


def test_two_levels_of_switches_by_hand() -> None:
    """The tree is the reverse of the four paths, with host0's link at the root and nothing else."""
    scenario = spread_incast()
    result = pf.simulate(scenario)
    explained = result.explain()
    points = explained.congestion_points
    assert points["port_name"].tolist() == ["leaf0->host0"]
    assert points["kind"].tolist() == ["oversubscribed"]
    paths = queue_pair_paths(pf.compile_plan(scenario))
    names = result.ports["name"]
    expected = set()
    for path in paths.tolist():
        host, up, down, last = (str(names[port]) for port in path)
        assert last == "leaf0->host0"
        expected |= {(1, down, ""), (2, up, down), (3, host, up)}
    nodes = explained.pause_trees
    parents = [str(names[port]) if port >= 0 else "" for port in nodes["parent_port"].tolist()]
    found = set(zip(nodes["depth"].tolist(), nodes["port_name"].tolist(), parents, strict=True))
    assert found == expected
    assert points["depth"].tolist() == [3]
    assert points["hosts"].tolist() == [4]
    assert points["contributors"].tolist() == [4]
    assert points["fan_in"].tolist() == [len({path[2] for path in paths.tolist()})]
    assert len(explained.victims) == 0


def test_a_slow_receiver_is_named() -> None:
    """host0 takes in a tenth of its rate: its switch is paused by it, and so on up."""
    scenario = spread_incast(until="400us").replace(
        workload=pf.flows([pf.Flow("host4", "host0", None)]),
        nic=pf.Nic(start_jitter=0, receive_rate="10Gbps", receive_buffer="200kB"),
    )
    explained = pf.simulate(scenario).explain()
    first = explained.congestion_points.row(0)
    assert (first["kind"], first["port_name"]) == ("slow_receiver", "leaf0->host0")
    assert explained.pause_trees["depth"].tolist() == [1, 2, 3, 4]
    assert "takes data too slowly" in str(explained)


def test_a_deadlock_is_one_tree_of_its_ring() -> None:
    result = deadlocked_run()
    explained = result.explain()
    assert explained.findings[0].kind == "deadlock"
    points = explained.congestion_points
    stuck = points.take(points["kind"] == "deadlock")
    assert len(stuck) == 1
    ring = {f"s{i}->s{(i + 1) % 5}" for i in range(5)}
    nodes = explained.pause_trees.take(explained.pause_trees["tree"] == stuck["tree"][0])
    assert ring <= set(nodes["port_name"].tolist())
    flows = set(explained.victims["tree"].tolist())
    assert stuck["tree"][0] not in flows, "every flow of this ring is part of it"


def check_forest(result: Result, trees: PauseTrees) -> None:
    pauses, xoffs, ports = result.pauses, result.xoffs, result.ports
    assert len(trees.tree) == len(pauses)
    explained = result.explain()
    nodes, points = explained.pause_trees, explained.congestion_points
    for table in (nodes, points):
        assert int(table["pauses"].sum()) == len(pauses)
        assert int(table["paused_ps"].sum()) == int(pauses["duration_ps"].sum())
    assert int(ports["paused_ps"].sum()) == int(pauses["duration_ps"].sum())
    assert len(set(zip(nodes["tree"].tolist(), nodes["port"].tolist(), strict=True))) == len(nodes)
    child = np.flatnonzero(trees.parent >= 0)
    over = trees.parent[child]
    assert (pauses["start_ps"][over] < pauses["start_ps"][child]).all()
    assert (trees.tree[over] == trees.tree[child]).all()
    assert (trees.depth[over] + 1 == trees.depth[child]).all()
    assert (trees.depth[trees.parent < 0] == 1).all()
    cause = pauses["xoff"][child]
    assert (xoffs["egress_port"][cause] == pauses["port"][over]).all()
    # Who paused a port is the node at the other end of its link.
    assert (ports["peer_node"][pauses["port"][child]] == ports["node"][pauses["port"][over]]).all()
    for row in map(nodes.row, range(len(nodes))):
        above = row["parent_port"] if row["parent_port"] >= 0 else trees.port[row["tree"]]
        if points.row(row["tree"])["kind"] == "oversubscribed":
            assert ports["peer_node"][row["port"]] == ports["node"][above]


@settings(max_examples=40)
@given(scenarios(errors=False))
def test_every_pause_is_in_exactly_one_tree(scenario: pf.Scenario) -> None:
    result = pf.simulate(scenario)
    trees = pause_trees(result.pauses, result.xoffs, result.ports)
    assert (result.pauses["xoff"] >= 0).all(), "without link errors every pause has its XOFF"
    assert set(trees.kind.tolist()) <= {0, 1}
    check_forest(result, trees)
    again = pf.simulate(scenario, threads=2).explain()
    assert all(again.tables[name] == table for name, table in result.explain().tables.items())


def test_results_of_plans_alone_and_of_other_plans() -> None:
    scenario = spread_incast()
    plan = pf.compile_plan(scenario)
    result = pf.simulate(plan)
    assert "victims are not known" in str(result.explain())
    assert result.explain(plan).congestion_points["contributors"].tolist() == [4]
    other = pf.compile_plan(scenario.replace(seed=7))
    with pytest.raises(pf.ScenarioError, match="another run"):
        result.explain(other)


def test_a_host_that_pauses_for_nothing_is_a_storm() -> None:
    """The tables of a slow receiver without its XOFFs: pauses by a host that never decided one."""
    scenario = spread_incast(until="400us").replace(
        workload=pf.flows([pf.Flow("host4", "host0", None)]),
        nic=pf.Nic(start_jitter=0, receive_rate="10Gbps", receive_buffer="200kB"),
    )
    result = pf.simulate(scenario)
    by_host = result.xoffs["egress_port"] < 0
    assert by_host.any()
    pauses = result.pauses
    cause = pauses["xoff"].copy()
    cause[by_host[cause]] = -1
    columns = {name: pauses.stored(name) for name in pauses.columns} | {"xoff": cause}
    storm = Table("pauses", columns, pauses.nullable)
    trees = pause_trees(storm, result.xoffs, result.ports)
    assert [KINDS[kind] for kind in trees.kind] == ["pause_storm"]
    assert result.ports["name"][trees.port].tolist() == ["leaf0->host0"]
    assert int(trees.depth.max()) == 4
