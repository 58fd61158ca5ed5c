"""Topologies: names, order, arrays, and every refusal."""

import copy
import pickle

import numpy as np
import pytest

from pyfabric import ScenarioError, Topology, clos, fat_tree, leaf_spine, star

OK = ("host0", "switch0", "100Gbps", "1us")
OTHER = ("host1", "switch0", "100Gbps", "1us")


def edges(*links, hosts=2, switches=1, **options):
    return Topology.from_edges(hosts, switches, links, **options)


def test_leaf_spine_order_and_names():
    topology = leaf_spine(
        leaves=2, spines=3, hosts_per_leaf=2, uplink_rate="800G", link_delay="500ns", uplinks=2
    )
    assert (topology.hosts, topology.switches, topology.endpoints) == (4, 5, 4)
    arrays = topology.expand()
    assert arrays is topology.expand()
    assert arrays.host_names == ("host0", "host1", "host2", "host3")
    assert arrays.switch_names == ("leaf0", "leaf1", "spine0", "spine1", "spine2")
    assert arrays.edge_a[:4].tolist() == [0, 1, 2, 3]
    assert arrays.edge_b[:4].tolist() == [4, 4, 5, 5]
    assert len(arrays.edge_a) == 4 + 2 * 3 * 2
    assert set(arrays.edge_rate_bps[4:].tolist()) == {800 * 10**9}
    assert set(arrays.edge_delay_ps.tolist()) == {500_000}
    names = arrays.port_names()
    assert names[0] == "host0->leaf0"
    assert names[4:8] == ["leaf0->host0", "leaf0->host1", "leaf0->spine0", "leaf0->spine0#1"]
    assert not arrays.edge_a.flags.writeable


def test_delays_of_hosts_and_uplinks():
    arrays = leaf_spine(1, 1, 1, host_delay="20ns", uplink_delay="2us").expand()
    assert arrays.edge_delay_ps.tolist() == [20_000, 2_000_000]


def test_endpoints_are_gpus():
    topology = leaf_spine(1, 1, 2, gpus_per_host=4, nics_per_host=2)
    arrays = topology.expand()
    assert topology.endpoints == 8
    assert arrays.endpoint_host.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert arrays.endpoint_nic.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]
    assert arrays.endpoint_label(5) == "host1:gpu1"
    assert arrays.endpoint_names == {"host0": (0, 4), "host1": (4, 4)}
    assert set(arrays.endpoint_rate_bps.tolist()) == {400 * 10**9}


def test_several_links_of_a_host_are_ports_of_one_nic():
    arrays = edges(OK, OK, OTHER).expand()
    assert arrays.host_nics.tolist() == [1, 1]
    assert arrays.port_names()[:2] == ["host0->switch0", "host0->switch0#1"]
    numbered = {"a": "host0", "b": "switch0", "rate": "50Gbps", "delay": "1us", "nic_a": 1}
    arrays = edges(OK, numbered, OTHER, gpus_per_host=2).expand()
    assert arrays.host_nics.tolist() == [2, 1]
    assert arrays.endpoint_rate_bps.tolist() == [100 * 10**9, 50 * 10**9, *[100 * 10**9] * 2]


def test_error_rates():
    arrays = edges((*OK, 0.25), (*OTHER, (0, 0.5))).expand()
    assert arrays.edge_error_ab.tolist() == [0.25, 0.0]
    assert arrays.edge_error_ba.tolist() == [0.25, 0.5]


def test_hosts_may_be_linked_directly():
    arrays = Topology.from_edges(2, 0, [("host0", "host1", "100G", "1us")]).expand()
    assert arrays.port_names() == ["host0->host1", "host1->host0"]


def test_two_planes_are_connected():
    both = [("host0", f"switch{i}", "1G", "1us") for i in range(2)]
    assert edges(*both, *(("host1", *link[1:]) for link in both), switches=2).hosts == 2


@pytest.mark.parametrize(
    "topology",
    [
        leaf_spine(2, 2, 2, uplink_rate="800G", gpus_per_host=2),
        fat_tree(4, host_delay="3ns", gpus_per_host=2),
        clos(2, 1, 2, 1, 3, core_rate="800G", uplinks=2),
        star(["a", "b"], link_delay="2us"),
        Topology.from_edges(["a", "b"], ["s"], [("a", "s", "1G", 5000), ["s", "b", "1G", "1us"]]),
    ],
    ids=lambda t: t.generator,
)
def test_is_a_value(topology):
    for other in (
        eval(repr(topology)),
        copy.deepcopy(topology),
        pickle.loads(pickle.dumps(topology)),
    ):
        assert other == topology
        assert hash(other) == hash(topology)
        assert np.array_equal(other.expand().edge_a, topology.expand().edge_a)
    with pytest.raises(AttributeError):
        topology.generator = "star"
    with pytest.raises(TypeError):
        topology.parameters["hosts"] = 3


def test_short_delay_warns():
    with pytest.warns(UserWarning, match="500 ps, below 1 ns"):
        star(2, link_delay="0.5ns")


BAD = {
    "zero": (lambda: leaf_spine(0, 1, 1), ["leaf_spine.leaves", "1 to 65536", "got 0"]),
    "negative": (lambda: leaf_spine(1, -1, 1), ["leaf_spine.spines", "got -1"]),
    "bool": (lambda: leaf_spine(1, 1, True), ["leaf_spine.hosts_per_leaf", "got True"]),
    "float": (lambda: leaf_spine(1.5, 1, 1), ["leaf_spine.leaves", "integer", "1.5"]),
    "huge": (lambda: leaf_spine(2**70, 1, 1), ["leaf_spine.leaves", "1 to 65536"]),
    "huge total": (lambda: leaf_spine(60000, 60000, 1), ["links are too many", "16777216"]),
    "zero rate": (lambda: star(2, "0bps"), ["star.rate", "'0bps'", "1Mbps to 100Tbps"]),
    "nan rate": (lambda: star(2, float("nan")), ["star.rate", "nan", "1Mbps to 100Tbps"]),
    "wrong unit": (lambda: star(2, "4us"), ["star.rate", "'4us'", "unit of time"]),
    "missing unit": (lambda: star(2, "400"), ["star.rate", "'400'", "no unit"]),
    "zero delay": (lambda: star(2, link_delay=0), ["star.link_delay", "1ps to 1s"]),
    "negative delay": (lambda: star(2, link_delay="-1us"), ["star.link_delay", "'-1us'"]),
    "bool delay": (lambda: star(2, link_delay=True), ["star.link_delay", "True"]),
    "infinite delay": (lambda: star(2, link_delay=float("inf")), ["star.link_delay", "inf"]),
    "unknown parameter": (
        lambda: star(2, link_dly=1),
        ["star.link_dly", "did you mean 'link_delay'?"],
    ),
    "missing parameter": (lambda: star(), ["star", "'hosts'"]),
    "idle nics": (lambda: star(2, nics_per_host=2), ["star.nics_per_host", "gpus_per_host = 1"]),
    "generator": (lambda: Topology("leafspine", {}), ["'leafspine'", "did you mean 'leaf_spine'"]),
    "lone host": (lambda: edges(OK), ["'host1' has no link"]),
    "unknown node": (
        lambda: edges(OK, ("host1", "swich0", "1G", "1us")),
        ["edges[1].b", "'swich0'", "did you mean 'switch0'?"],
    ),
    "self loop": (
        lambda: edges(OK, OTHER, ("host1", "host1", "1G", "1us")),
        ["edges[2]", "'host1' to itself"],
    ),
    "disconnected": (
        lambda: edges(OK, ("host1", "switch1", "1G", "1us"), switches=2),
        ["from 'host0' to 'host1'"],
    ),
    "hosts do not forward": (
        lambda: Topology.from_edges(
            3, 0, [("host0", "host1", "1G", "1us"), ("host1", "host2", "1G", "1us")]
        ),
        ["from 'host0' to 'host2'"],
    ),
    "duplicate host": (
        lambda: Topology.from_edges(["a", "a"], 1, [("a", "switch0", "1G", "1us")]),
        ["hosts[1]", "duplicate name 'a'"],
    ),
    "duplicate across": (
        lambda: Topology.from_edges(["a"], ["a"], [("a", "a", "1G", "1us")]),
        ["switches", "duplicate name 'a'"],
    ),
    "bad name": (lambda: star(["a:b", "c"]), ["hosts[0]", "'a:b'"]),
    "empty name": (lambda: star(["", "c"]), ["hosts[0]", "''"]),
    "short edge": (lambda: edges(OK, ("host1", "switch0")), ["edges[1]", "(a, b, rate, delay"]),
    "edge key": (
        lambda: edges(OK, {"a": "host1", "b": "switch0", "rat": "1G", "delay": 1000}),
        ["edges[1].rat", "did you mean 'rate'?"],
    ),
    "edge delay": (
        lambda: edges(OK, ("host1", "switch0", "1G", 0)),
        ["edges[1].delay", "1ps to 1s"],
    ),
    "error rate": (lambda: edges(OK, (*OTHER, 1.5)), ["edges[1].error_rate", "1.5", "0 to 1"]),
    "error nan": (lambda: edges(OK, (*OTHER, float("nan"))), ["edges[1].error_rate", "nan"]),
    "nic gap": (
        lambda: edges(
            OK,
            {"a": "host1", "b": "switch0", "rate": "1G", "delay": 1000, "nic_a": 1},
            gpus_per_host=2,
        ),
        ["'host1'", "NICs [1]", "without gaps"],
    ),
    "no edges": (lambda: Topology.from_edges(2, 1, []), ["edges", "1 to 16777216", "got 0"]),
    "edges text": (lambda: Topology.from_edges(2, 1, "ab"), ["edges", "'ab'"]),
}


@pytest.mark.parametrize("name", BAD)
def test_refusal(name):
    make, words = BAD[name]
    with pytest.raises(ScenarioError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_all_faults_at_once():
    with pytest.raises(ScenarioError) as caught:
        leaf_spine(0, -1, 0, host_rate="x", link_delay="y", gpus_per_host=0)
    assert len(caught.value.faults) == 6


def test_a_topology_made_by_hand_is_that_of_its_maker():
    by_hand = Topology("star", {"hosts": 3, "gpus_per_host": 1})
    assert by_hand == star(3)
    assert repr(by_hand) == repr(star(3))
    assert by_hand.hosts == 3
