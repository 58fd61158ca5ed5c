"""Shortest-path routes, ECMP sets and traced paths."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from fabrics import HPCC, fat_tree, hpcc_topology

from pyfabric.compile.ecmp import entropies, mix32, select, switch_seeds
from pyfabric.compile.paths import HOPS_MAX, PathFinder
from pyfabric.compile.ports import PortTable, port_table
from pyfabric.compile.routes import Routes
from pyfabric.compile.routing import compute_routes
from pyfabric.topology import Topology, leaf_spine


def routed(topology: Topology) -> tuple[PortTable, Routes, PathFinder]:
    arrays = topology.expand()
    table = port_table(arrays)
    routes = compute_routes(table, arrays.tiers)
    return table, routes, PathFinder(table, routes, switch_seeds(1, table.nodes))


def ecmp_set(table: PortTable, routes: Routes, switch: int, address: int) -> list[int]:
    """Nodes behind the equal-cost ports of a switch towards the address, in port order."""
    sets = routes.sets(np.array([switch]), np.array([address]))
    members = np.arange(sets.size[0])
    repeated = routes.sets(np.full(len(members), switch), np.full(len(members), address))
    ports = routes.ports(repeated, members)
    return [int(node) for node in table.peer_node[table.first[switch] + ports]]


def distances(routes: Routes, switches: int, groups: int):
    """[switches, groups] hops."""
    return routes.distances.between(np.arange(switches)[:, None], np.arange(groups))


def trace(paths: PathFinder, tx, rx, seed: int = 1):
    tx, rx = np.asarray(tx), np.asarray(rx)
    entropy = entropies(seed, len(tx), tx, rx)
    return paths.trace(paths.sending_port(tx, rx, entropy), rx, entropy)


def all_pairs(count: int):
    tx, rx = np.divmod(np.arange(count * count), count)
    return tx[tx != rx], rx[tx != rx]


def check_arrival(table: PortTable, path, tx, rx) -> None:
    """Every path starts at its sender, is connected and ends at its receiver."""
    nodes = table.node[path]
    peers = table.peer_node[path]
    assert (nodes[:, 0] == table.address_host[tx]).all()
    later = path[:, 1:] >= 0
    assert (nodes[:, 1:][later] == peers[:, :-1][later]).all()
    last = (path >= 0).sum(axis=1) - 1
    assert (peers[np.arange(len(path)), last] == table.address_host[rx]).all()


def test_leaf_spine_sets_list_spines_in_port_order():
    table, routes, paths = routed(leaf_spine(leaves=4, spines=3, hosts_per_leaf=2))
    leaf0, spine0 = 8, 12
    assert ecmp_set(table, routes, leaf0, 1) == [1]
    assert ecmp_set(table, routes, leaf0, 2) == [12, 13, 14]
    assert ecmp_set(table, routes, spine0, 2) == [9]
    tx, rx = all_pairs(8)
    path = trace(paths, tx, rx)
    check_arrival(table, path, tx, rx)
    assert np.array_equal((path >= 0).sum(axis=1), np.where(tx // 2 == rx // 2, 2, 4))


def test_parallel_links_are_separate_members():
    table, routes, _ = routed(leaf_spine(leaves=2, spines=2, hosts_per_leaf=1, uplinks=3))
    assert ecmp_set(table, routes, 2, 1) == [4, 4, 4, 5, 5, 5]


def test_fat_tree_spreads_over_all_core_switches():
    table, routes, paths = routed(fat_tree(8))
    assert distances(routes, 80, 32).max() == 4
    assert len(ecmp_set(table, routes, 128, 127)) == 4
    tx, rx = all_pairs(128)
    path = trace(paths, tx, rx)
    check_arrival(table, path, tx, rx)
    pod = 16
    expected = np.where(tx // 4 == rx // 4, 2, np.where(tx // pod == rx // pod, 4, 6))
    assert np.array_equal((path >= 0).sum(axis=1), expected)
    cores = table.node[path[expected == 6, 3]]
    assert set(cores.tolist()) == set(range(192, 208))


def test_hosts_never_transit():
    """Two islands of switches that only a host with a NIC in each joins."""
    edges = [
        ("host0", "switch0", "100G", "1us"),
        {"a": "host1", "b": "switch0", "rate": "100G", "delay": "1us", "nic_a": 0},
        {"a": "host1", "b": "switch1", "rate": "100G", "delay": "1us", "nic_a": 1},
    ]
    topology = Topology.from_edges(2, 2, edges, gpus_per_host=2)
    table, routes, paths = routed(topology)
    assert table.addresses == 3
    assert paths.reachable(np.array([0, 0]), np.array([1, 2])).tolist() == [True, False]
    assert ecmp_set(table, routes, switch=3, address=0) == []


def test_a_nic_with_two_ports_uses_only_those_on_a_shortest_path():
    """host0 is linked to both leaves, host1 to leaf1 only: the port to leaf0 would be longer."""
    edges = [
        ("host0", "switch0", "100G", "1us"),
        ("host0", "switch1", "100G", "1us"),
        ("host1", "switch1", "100G", "1us"),
        ("host2", "switch0", "100G", "1us"),
        ("host2", "switch1", "100G", "1us"),
        ("switch0", "switch1", "100G", "1us"),
    ]
    table, routes, paths = routed(Topology.from_edges(3, 2, edges))
    path = trace(paths, [0] * 200, [1] * 200)
    assert set(path[:, 0].tolist()) == {1}
    path = trace(paths, [0] * 200, [2] * 200)
    assert set(path[:, 0].tolist()) == {0, 1}
    assert (path >= 0).sum(axis=1).tolist() == [2] * 200
    assert routes.group.tolist()[0] == routes.group.tolist()[2] != routes.group.tolist()[1]
    assert routes.rank.tolist() == [0, 0, 1]
    check_arrival(table, path, np.zeros(200, int), np.full(200, 2))


def test_direct_links_need_no_switch():
    table, routes, paths = routed(Topology.from_edges(2, 0, [("host0", "host1", "10G", "1us")]))
    assert trace(paths, [0, 1], [1, 0]).tolist() == [[0], [1]]
    assert routes.entry.size == 0
    assert table.addresses == 2


def test_a_chain_longer_than_the_time_to_live_is_noticed():
    def chain(switches: int):
        names = ["host0", *(f"switch{i}" for i in range(switches)), "host1"]
        edges = [(a, b, "100G", "1us") for a, b in itertools.pairwise(names)]
        _, _, paths = routed(Topology.from_edges(2, switches, edges))
        return paths.too_long(trace(paths, [0], [1])).tolist()

    assert chain(HOPS_MAX - 1) == [False]
    assert chain(HOPS_MAX) == [True]


def test_mix32_known_values():
    """Computed by hand with Python integers from the definition in csrc/fabric/net/routing.h."""

    def plain(entropy: int, seed: int) -> int:
        h = ((entropy ^ seed) * 0x9E3779B1) % 2**32
        h = ((h ^ (h >> 15)) * 0x85EBCA77) % 2**32
        h = ((h ^ (h >> 13)) * 0xC2B2AE3D) % 2**32
        return h ^ (h >> 16)

    for entropy, seed in [(0, 0), (1, 0), (0xFFFFFFFF, 0x5BD1E995), (0xC0DE, 12345)]:
        assert int(mix32(entropy, seed)) == plain(entropy, seed)
        assert int(select(entropy, seed, 7)) == plain(entropy, seed) * 7 >> 32


@pytest.mark.parametrize("ways", [2, 3, 16, 64])
def test_ecmp_spreads_evenly(ways):
    """Chi-square of 64,000 queue pairs of one pair of hosts: within 5 sigma of its mean."""
    count = 64_000
    entropy = entropies(1, count, np.zeros(count, int), np.ones(count, int))
    hits = np.bincount(select(entropy, 0x1234567, ways), minlength=ways)
    chi_square = float(((hits - count / ways) ** 2 / (count / ways)).sum())
    # At most 16,384 source ports: four queue pairs share each, which multiplies the variance by 5.
    assert chi_square < 5 * (ways - 1 + 5 * (2 * (ways - 1)) ** 0.5)


def test_consecutive_switches_do_not_polarise():
    """Queue pairs that one switch sends the same way are spread evenly by the next one."""
    count = 40_000
    entropy = entropies(3, count, np.arange(count) % 97, np.arange(count) % 89 + 100)
    seeds = switch_seeds(3, 2)
    first = select(entropy, seeds[0], 8) == 0
    hits = np.bincount(select(entropy[first], seeds[1], 8), minlength=8)
    expected = first.sum() / 8
    assert float(((hits - expected) ** 2 / expected).sum()) < 7 + 5 * 14**0.5


@pytest.mark.skipif(not (HPCC / "fat.txt").exists(), reason="HPCC files are not here")
def test_hpcc_fat_topology():
    """Oracle U2: 320 hosts, farthest pair 6 links, base RTT 12,240 ns, BDP 153,000 B."""
    begin = time.perf_counter()
    table, routes, paths = routed(hpcc_topology(HPCC / "fat.txt"))
    assert time.perf_counter() - begin < 5
    assert (table.hosts, table.nodes - table.hosts, len(table.node)) == (320, 56, 2 * 480)
    assert distances(routes, 56, 20).min() == 0
    tx, rx = all_pairs(320)
    path = trace(paths, tx, rx)
    check_arrival(table, path, tx, rx)
    used = path >= 0
    assert used.sum(axis=1).max() == 6
    rate = np.where(used, table.rate_bps[path], 10**18)
    delay_ns = np.where(used, table.delay_ps[path], 0).sum(axis=1) // 1000
    base_rtt_ns = 2 * delay_ns + np.where(used, 8000 * 10**9 // rate, 0).sum(axis=1)
    assert base_rtt_ns.max() == 12_240
    assert (base_rtt_ns * rate.min(axis=1) // 8 // 10**9).max() == 153_000


@pytest.mark.skipif(not (HPCC / "fat.txt").exists(), reason="HPCC files are not here")
def test_hpcc_dual_homed_hosts():
    """Each host has a link to either switch of its rack: half of the paths use each."""
    table, _, paths = routed(hpcc_topology(HPCC / "ali_32host_10rack.txt"))
    tx, rx = all_pairs(320)
    path = trace(paths, tx, rx)
    check_arrival(table, path, tx, rx)
    first = table.local[path[:, 0]]
    assert abs(float(first.mean()) - 0.5) < 0.01


@pytest.mark.parametrize(
    ("topology", "seconds"),
    [
        (fat_tree(16), 3),
        (leaf_spine(leaves=128, spines=64, hosts_per_leaf=64), 10),
    ],
    ids=["1024 hosts", "8192 hosts"],
)
def test_large_fabrics_are_routed_quickly(topology, seconds):
    arrays = topology.expand()
    table = port_table(arrays)
    begin = time.perf_counter()
    routes = compute_routes(table)
    assert time.perf_counter() - begin < seconds
    assert (distances(routes, table.nodes - table.hosts, int(routes.group.max()) + 1) >= 0).all()
