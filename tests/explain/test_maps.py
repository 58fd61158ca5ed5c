"""Explanations where priority, priority group and queue have different numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qos_scenarios import PERMUTED

import pyfabric as pf
from pyfabric.analysis.pause_tree import KINDS, pause_trees
from pyfabric.compile.replan import queue_pair_queues
from pyfabric.results.table import Table

NIC = pf.Nic(start_jitter=0, dscp={3: 26})
#: Beside priority 3 also priority 4, whose frames come into the same group and leave by queue 2.
SPLIT: dict[str, Any] = {
    "dscp_to_tc": {26: 3, "32-39": 4},
    "tc_to_pg": {3: 5, 4: 5},
    "tc_to_queue": {3: 1, 4: 2},
    "pfc_to_pg": {3: 5, 4: 5},
    "pfc_to_queue": {3: 1, 4: 2},
    "lossless_priorities": (3, 4),
}


def congested(**maps: Any) -> pf.Scenario:
    """Three hosts of leaf1 and one of leaf0 fill host0's link; host7's flow is the victim."""
    fabric = pf.leaf_spine(2, 1, 4, host_rate="100G", uplink_rate="400G", link_delay="500ns")
    flows = [pf.Flow(source, 0, "3MB") for source in (2, 4, 5, 6)]
    return pf.Scenario(
        fabric,
        pf.flows([*flows, pf.Flow(7, 1, "2MB", name="victim")]),
        pf.NoCongestionControl(),
        switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB"), ecn=None, **maps),
        nic=NIC,
    )


def without(table: Table, *names: str) -> dict[str, list[Any]]:
    return {name: table[name].tolist() for name in table.columns if name not in names}


def test_permuted_maps_give_the_same_trees() -> None:
    """DSCP 26 -> traffic class 3 -> priority group 5 -> queue 1 is the same run in other numbers:
    the same XOFFs, trees, victims and delays.
    """
    plain, other = (pf.simulate(congested(**maps)) for maps in ({}, PERMUTED))
    assert without(plain.xoffs, "priority", "egress_priority") == without(
        other.xoffs, "priority", "egress_priority"
    )
    assert set(plain.xoffs["egress_priority"].tolist()) == {3}
    assert set(other.xoffs["egress_priority"].tolist()) == {1}
    assert set(other.xoffs["priority"].tolist()) == {5}
    assert (other.pauses["xoff"] >= 0).all()
    assert other.pauses["xoff"].tolist() == plain.pauses["xoff"].tolist()
    same, seen = plain.explain(), other.explain()
    for name in ("congestion_points", "pause_trees"):
        assert without(same.tables[name], "priority") == without(seen.tables[name], "priority")
    assert without(same.victims) == without(seen.victims)
    assert "victim" in seen.victims["name"].tolist()
    assert seen.congestion_points["port_name"][0] == "leaf0->host0"
    assert seen.congestion_points["contributors"][0] == 4
    hosts = ~other.ports["at_switch"][seen.pause_trees["port"]]
    assert set(seen.pause_trees["priority"][hosts].tolist()) == {3}
    assert set(seen.pause_trees["priority"][~hosts].tolist()) == {1}


def test_a_group_of_two_queues_is_looked_for_in_both() -> None:
    """Priorities 3 and 4 share group 5. Each XOFF names the queue that holds most of the group,
    whichever of the two the frame that caused it goes to.
    """
    flows = [pf.Flow(0, 2, "600kB", priority=3), pf.Flow(0, 3, "150kB", priority=4)]
    flows += [pf.Flow(1, 2, "150kB", priority=3), pf.Flow(1, 3, "600kB", priority=4)]
    flows += [pf.Flow(4, 2, "900kB", priority=3), pf.Flow(4, 3, "900kB", priority=4)]
    scenario = pf.Scenario(
        pf.star(5, "100G", link_delay="500ns"),
        pf.flows(flows),
        pf.NoCongestionControl(),
        switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB"), ecn=None, **SPLIT),
        nic=NIC,
    )
    result = pf.simulate(scenario)
    xoffs = result.xoffs
    assert set(xoffs["priority"].tolist()) == {5}
    queues = set(zip(xoffs["egress_port_name"], xoffs["egress_priority"], strict=True))
    assert queues == {("switch0->host2", 1), ("switch0->host3", 2)}
    # Two queues hold all of the group, acknowledgements apart, so the larger has half of it.
    exact = xoffs["sampled_every"] == 1
    assert (2 * xoffs["held_bytes"] >= xoffs["ingress_bytes"] - 66 * 40)[exact].all()
    assert (xoffs["held_bytes"] <= xoffs["queue_bytes"])[exact].all()
    # One XOFF stops both priorities of a host.
    assert (result.pauses["xoff"] >= 0).all()
    paused = np.bincount(result.pauses["priority"], minlength=8)
    assert paused[3] == paused[4] > 10


@pytest.mark.parametrize("seed", range(3))
def test_trees_go_on_where_frames_bounced(seed: int) -> None:
    """leaf1 sends up again what came down (Tagger): its queue 4 is paused, and behind it queue 3 of
    the link down. The tree leads through both, to the congested link, whose flows are named.
    """
    hosts = [f"host{i}" for i in range(4)]
    cables = [("host0", "leaf0"), ("host1", "leaf1"), ("host2", "leaf2"), ("host3", "leaf2")]
    cables += [("leaf0", "spine0"), ("leaf1", "spine0"), ("leaf1", "spine1"), ("leaf2", "spine1")]
    fabric = pf.Topology.from_edges(
        hosts,
        ["leaf0", "leaf1", "leaf2", "spine0", "spine1"],
        [(a, b, "100G", "500ns") for a, b in cables],
    )
    flows = [pf.Flow(0, 2, "1MB")] * 3 + [pf.Flow(3, 2, "2MB"), pf.Flow(0, 1, "1MB", name="beside")]
    maps = {"lossless_priorities": (3, 4), "bounce_priorities": {3: 4}}
    scenario = pf.Scenario(
        fabric,
        pf.flows(flows),
        pf.NoCongestionControl(),
        switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB"), ecn=None, **maps),
        nic=pf.Nic(ack_priority=0),
        seed=seed,
    )
    result = pf.simulate(scenario)
    names = result.ports["name"]
    queues = {
        (str(names[at // 8]), at % 8)
        for at in queue_pair_queues(pf.compile_plan(scenario))[0].tolist()
    }
    assert queues == {
        *(("host0->leaf0", 3), ("leaf0->spine0", 3), ("spine0->leaf1", 3)),
        *(("leaf1->spine1", 4), ("spine1->leaf2", 4), ("leaf2->host2", 4)),
    }
    trees = pause_trees(result.pauses, result.xoffs, result.ports)
    assert {KINDS[kind] for kind in trees.kind} == {"oversubscribed"}
    explained = result.explain()
    points = explained.congestion_points
    assert set(points["port_name"].tolist()) == {"leaf2->host2"}
    tree = int(np.flatnonzero(points["priority"] == 4)[0])
    nodes = explained.pause_trees.take(explained.pause_trees["tree"] == tree)
    drawn = zip(
        nodes["depth"].tolist(),
        nodes["port_name"].tolist(),
        nodes["priority"].tolist(),
        strict=True,
    )
    chain = {(1, "spine1->leaf2", 4), (2, "leaf1->spine1", 4), (3, "spine0->leaf1", 3)}
    chain |= {(4, "leaf0->spine0", 3), (5, "host0->leaf0", 3)}
    assert set(drawn) == chain
    assert points["contributors"][tree] == 3
    victims = explained.victims.take(explained.victims["tree"] == tree)
    assert victims["name"].tolist() == ["beside"]


def words(result: pf.Result) -> str:
    return " ".join(str(result.explain()).split())


def test_causes_of_pools_and_wred_are_told() -> None:
    """Shared headroom, an egress limit in a lossless queue, WRED: what was lost, and why."""
    star = pf.Scenario(
        pf.star(9, "100G", link_delay="500ns"),
        pf.incast(8, senders=range(8), size="1MB"),
        pf.NoCongestionControl(),
        nic=pf.Nic(receive_rate="1Mbps", receive_buffer="500kB", start_jitter=0, rto=None),
        until="200us",
    )
    tight = pf.Switch(buffer="2MB", alpha="1/128", ecn=None, headroom_pool="auto")
    oversubscribed = star.replace(switch=tight.replace(headroom_oversubscription=3))
    assert "oversubscription" in words(pf.simulate(oversubscribed))

    pools = {
        "pool": pf.BufferPool("ingress", "8MB"),
        "out": pf.BufferPool("egress", "8MB", mode="static"),
    }
    profiles = {
        "in": pf.BufferProfile("pool", alpha=1),
        "out": pf.BufferProfile("out", static_th="100kB"),
    }
    limited = pf.Switch(
        buffer="16MB",
        ecn=None,
        pools=pools,
        profiles=profiles,
        priority_groups={"0-7": "in"},
        queues={"0-7": "out"},
    )
    result = pf.simulate(star.replace(switch=limited))
    assert set(result.drops["cause"].tolist()) == {"egress_threshold"}
    assert "drops before the ingress sends XOFF" in words(result)

    early = pf.Switch(
        ecn=None, lossless_priorities=(), lossy_alpha=8, wred={0: pf.WRED("10kB", "40kB")}
    )
    lossy = pf.Scenario(
        pf.star(3, "100G"),
        pf.incast(2, senders=[0, 1], size="400kB", priority=0),
        pf.NoCongestionControl(),
        switch=early,
    )
    assert "dropped early (WRED)" in words(pf.simulate(lossy))
