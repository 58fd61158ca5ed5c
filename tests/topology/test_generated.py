"""Generated fabrics against link lists written out one by one, closed formulas, refusals."""

import random

import numpy as np
import pytest

import pyfabric as pf
from pyfabric import ScenarioError
from pyfabric.compile.ports import PortTable, port_table

COLUMNS = ("first", "node", "peer", "rate_bps", "delay_ps", "error", "address", "address_port")


def same_ports(one: pf.Topology, other: pf.Topology) -> None:
    """Ports are numbered alike, with the same peers, rates, delays and addresses."""
    tables: list[PortTable] = [port_table(topology.expand()) for topology in (one, other)]
    for column in COLUMNS:
        first, second = (getattr(table, column) for table in tables)
        assert np.array_equal(first, second), column


def listed(shape: dict[str, int], rates: list[int], delays: list[int]) -> pf.Topology:
    """A Clos fabric link by link, from names; without pods: leaf and spine."""
    pods, leaves = shape.get("pods", 1), shape.get("leaves_per_pod", shape.get("leaves", 1))
    spines = shape.get("spines_per_pod", shape.get("spines", 1))
    nics, cores = shape.get("nics_per_host", 1), shape.get("cores_per_spine", 0)
    host, edges = 0, []
    leaf_names, spine_names, core_names = [], [], [f"core{i}" for i in range(spines * cores)]
    for pod in range(pods):
        own = [f"leaf{pod}.{i}" for i in range(leaves)]
        above = [f"spine{pod}.{i}" for i in range(spines)]
        for leaf in own:
            for _ in range(shape["hosts_per_leaf"]):
                for nic in range(nics):
                    end = {"a": f"host{host}", "b": leaf, "nic_a": nic}
                    edges.append({**end, "rate": rates[0], "delay": delays[0]})
                host += 1
        for leaf in own:
            for spine in above:
                edges += [(leaf, spine, rates[1], delays[1])] * shape.get("uplinks", 1)
        for j, spine in enumerate(above):
            for core in core_names[j * cores : (j + 1) * cores]:
                edges.append((spine, core, rates[2], delays[2]))
        leaf_names += own
        spine_names += above
    switches = leaf_names + spine_names + core_names
    return pf.Topology.from_edges(host, switches, edges, gpus_per_host=shape["gpus_per_host"])


@pytest.mark.parametrize("seed", range(20))
def test_ports_are_those_of_the_listed_links(seed):
    dice = random.Random(seed)
    nics = dice.choice((1, 1, 2))
    shape = {"hosts_per_leaf": dice.randint(1, 4), "gpus_per_host": nics * dice.randint(1, 2)}
    shape |= {"nics_per_host": nics, "uplinks": dice.randint(1, 3)}
    rates = [dice.choice((100, 200, 400)) * 10**9 for _ in range(3)]
    delays = [dice.randint(1000, 9000) for _ in range(3)]
    options = {"host_rate": rates[0], "uplink_rate": rates[1]}
    options |= {"host_delay": delays[0], "uplink_delay": delays[1]}
    if dice.random() < 0.4:
        shape |= {"leaves": dice.randint(1, 5), "spines": dice.randint(1, 4)}
        made = pf.leaf_spine(**shape, **options)
    else:
        for name in ("pods", "leaves_per_pod", "spines_per_pod", "cores_per_spine"):
            shape[name] = dice.randint(1, 4)
        made = pf.clos(**shape, **options, core_rate=rates[2], core_delay=delays[2])
    same_ports(made, listed(shape, rates, delays))


@pytest.mark.parametrize("k", [2, 4, 6, 10])
def test_fat_tree(k):
    topology = pf.fat_tree(k, rate="100Gbps", link_delay="2us")
    assert (topology.hosts, topology.switches) == (k**3 // 4, 5 * k**2 // 4)
    half = k // 2
    shape = {"pods": k, "leaves_per_pod": half, "spines_per_pod": half, "cores_per_spine": half}
    shape |= {"hosts_per_leaf": half, "gpus_per_host": 1}
    same_ports(topology, listed(shape, [100 * 10**9] * 3, [2 * 10**6] * 3))
    table = port_table(topology.expand())
    assert set(np.diff(table.first)[topology.hosts :].tolist()) == {k}


def test_fat_tree_is_a_clos():
    clos = pf.clos(4, 2, 2, 2, 2, host_delay="1ns", uplink_delay="5ns", core_delay="5ns")
    same_ports(pf.fat_tree(4, host_delay="1ns", uplink_delay="5ns"), clos)


def test_names_by_tier():
    names = pf.fat_tree(4, gpus_per_host=8).expand()
    assert names.switch_names[::7] == ("edge0", "edge7", "agg6")
    assert names.switch_names[-1] == "core3"
    assert names.port_names()[-4:] == [f"core3->agg{pod}" for pod in (1, 3, 5, 7)]
    clos = pf.clos(1, 1, 1, 2, 1)
    assert clos.switch_names == ("leaf0", "spine0", "spine1", "core0", "core1")
    assert (clos.endpoints, pf.fat_tree(4, gpus_per_host=8).endpoints) == (1, 128)


def test_defaults_of_rates_and_delays():
    arrays = pf.clos(2, 1, 1, 1, 1, host_rate="100G", core_delay="3us").expand()
    assert set(arrays.edge_rate_bps.tolist()) == {100 * 10**9}
    assert arrays.edge_delay_ps.tolist() == [10**6] * 4 + [3 * 10**6] * 2
    arrays = pf.clos(2, 1, 1, 1, 1, uplink_rate="800G").expand()
    assert arrays.edge_rate_bps.tolist() == [400 * 10**9] * 2 + [800 * 10**9] * 4


def test_the_largest_fat_tree_has_names_and_links():
    arrays = pf.fat_tree(128).expand()
    assert (len(arrays.host_names), len(arrays.edge_a)) == (128**3 // 4, 3 * 128**3 // 4)
    assert int(np.bincount(arrays.edge_b)[-1]) == 128


@pytest.mark.parametrize(
    ("make", "words"),
    {
        "odd": (lambda: pf.fat_tree(5), ["fat_tree.k", "must be even", "got 5", "2 to 128"]),
        "large": (lambda: pf.fat_tree(130), ["fat_tree.k", "2 to 128", "130"]),
        "none": (lambda: pf.clos(1, 1, 1, 1, 0), ["clos.cores_per_spine", "1 to 65536", "got 0"]),
        "delay": (lambda: pf.clos(1, 1, 1, 1, 1, core_delay=0), ["clos.core_delay", "1ps to 1s"]),
        "hosts": (
            lambda: pf.leaf_spine(1000, 1000, 1000),
            ["leaf_spine", "1000000 hosts are too many", "524288"],
        ),
        "pods": (
            lambda: pf.clos(65536, 1, 1, 1, 1),
            ["each core would have 65536 ports", "up to 65534"],
        ),
        "ports": (
            lambda: pf.leaf_spine(1, 1, 65534),
            ["each leaf would have 65535 ports", "up to 65534"],
        ),
        "links": (
            lambda: pf.clos(512, 1, 1, 512, 65, uplinks=1),
            ["links are too many", "16777216"],
        ),
    }.values(),
)
def test_refusal(make, words):
    with pytest.raises(ScenarioError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
