"""Routes that scenarios name: next hops against a plain reading of the entries, and bad entries."""

import random
from fnmatch import fnmatchcase

import numpy as np
import pytest
from route_tables import next_hops, random_topology

import pyfabric as pf
from pyfabric.compile.ports import port_table
from pyfabric.compile.routes import Routes
from pyfabric.compile.routing import compute_routes, routes_for


def random_routes(dice: random.Random, topology: pf.Topology) -> list[pf.Route]:
    """Next hops that exist; some entries for many switches or hosts."""
    arrays = topology.expand()
    ports = [name for name in arrays.port_names() if name.split("->")[0] in arrays.switch_names]
    found = []
    for _ in range(dice.randint(1, 6)):
        port = dice.choice(ports)
        at, far = port.split("->")
        peer = far.split("#")[0]
        to = peer if peer in arrays.host_names else dice.choice(("*", *arrays.host_names))
        others = [p for p in ports if p.startswith(f"{at}->") and p.split("->")[1][0] != "h"]
        more = [dice.choice(others)] if others and dice.random() < 0.5 else []
        via = list(dict.fromkeys([dice.choice((port, peer)), *more]))
        found.append(pf.Route(at, to, via[0] if len(via) == 1 else via))
    return found


def expected(topology: pf.Topology, routes: list[pf.Route]) -> dict[tuple[int, int], list[int]]:
    """(switch, address) -> local ports, for what routes name, entry by entry."""
    arrays = topology.expand()
    table, names = port_table(arrays), arrays.port_names()
    found = {}
    for switch, at in enumerate(arrays.switch_names):
        node = table.hosts + switch
        mine = range(int(table.first[node]), int(table.first[node + 1]))
        for address, host in enumerate(table.address_host.tolist()):
            for route in routes:
                if route.at != at or not fnmatchcase(arrays.host_names[host], route.to):
                    continue
                found[switch, address] = [
                    port - mine.start
                    for port in mine
                    for owner in [int(table.address[table.peer[port]])]
                    if owner in (-1, address)
                    and any(
                        names[port] == hop or names[port].split("->")[1].split("#")[0] == hop
                        for hop in route.next_hops
                    )
                ]
    return found


def routes_or_faults(topology: pf.Topology, wanted: list[pf.Route]) -> Routes | list[str]:
    arrays = topology.expand()
    try:
        return routes_for(port_table(arrays), arrays, wanted)
    except pf.ScenarioError as error:
        return [str(fault) for fault in error.faults]


@pytest.mark.parametrize("seed", range(60))
def test_next_hops_are_the_named_ones_and_shortest_paths_elsewhere(seed):
    dice = random.Random(seed)
    topology = random_topology(dice)
    arrays = topology.expand()
    table, wanted = port_table(arrays), random_routes(dice, topology)
    named = expected(topology, wanted)
    made = routes_or_faults(topology, wanted)
    if isinstance(made, list):
        reasons = ("has no effect", "hosts do not forward")
        assert all(any(reason in fault for reason in reasons) for fault in made), f"seed {seed}"
        return
    want = next_hops(table, compute_routes(table, arrays.tiers))
    for (switch, address), ports in named.items():
        want[switch * table.addresses + address] = ports
    assert next_hops(table, made) == want, f"seed {seed}"


def test_switches_without_an_entry_keep_their_rows():
    """One entry for all hosts of a leaf changes one row of a fabric of 320 switches."""
    topology = pf.fat_tree(16)
    arrays = topology.expand()
    table = port_table(arrays)
    before = compute_routes(table, arrays.tiers)
    hosts = [f"host{i}" for i in range(8)]
    wanted = [pf.Route("agg9", name, "core8") for name in hosts]
    after = routes_for(table, arrays, wanted)
    assert len(after.entry) <= len(before.entry) + 16  # pods 0 and 1, edge by edge
    named = np.flatnonzero(after.count != before.count)
    assert named.tolist() == [table.hosts + 128 + 9]


ONE = pf.leaf_spine(2, 2, 2, uplinks=2)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (pf.Route("leaf9", "host0", "spine0"), "routes[0].at: 'leaf9' matches no switch"),
        (pf.Route("leaf0", "hosts*", "spine0"), "routes[0].to: 'hosts*' matches no host"),
        (pf.Route("leaf0", "host3", "spin0"), "there is no 'spin0'; did you mean 'spine0'?"),
        (pf.Route("leaf0", "host3", "leaf1"), "'leaf1' is no neighbour of leaf0 (neighbours: host"),
        (pf.Route("leaf*", "host3", "leaf0->spine0"), "is a port of leaf0, but the route is for"),
        (pf.Route("leaf0", "host3", "leaf0->spine0#2"), "the last one is 'leaf0->spine0#1'"),
        (pf.Route("leaf0", "host3", "host0"), "cannot be the next hop to host3: hosts do not fo"),
    ],
)
def test_bad_routes_are_named(route, words):
    with pytest.raises(pf.ScenarioError) as caught:
        pf.compile_plan(pf.Scenario(ONE, pf.Flow(0, 3, 1000), routes=[route]))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"at": "", "to": "host0", "via": "spine0"}, "Route.at: must be a name or pattern"),
        ({"at": "leaf0", "to": 3, "via": "spine0"}, "Route.to: must be a name or pattern, got 3"),
        ({"at": "leaf0", "to": "host0", "via": []}, "Route.via: must be the name of a neighbour"),
        ({"at": "leaf0", "to": "host0", "via": ["a", "a"]}, "Route.via: names a next hop twice"),
    ],
)
def test_bad_fields_are_named(fields, words):
    with pytest.raises(pf.ScenarioError) as caught:
        pf.Route(**fields)
    assert words in str(caught.value)


def test_an_entry_that_later_ones_replace_is_refused():
    routes = [pf.Route("leaf0", "host3", "spine0"), pf.Route("leaf*", "*", "spine1")]
    with pytest.raises(pf.ScenarioError, match=r"routes\[0\]: has no effect"):
        pf.compile_plan(pf.Scenario(ONE, pf.Flow(0, 3, 1000), routes=routes))


def test_files_keep_routes_and_paths_change_them(tmp_path):
    routes = [pf.Route("leaf0", "host3", "spine0"), pf.Route("leaf1", "*", ["spine0", "spine1"])]
    scenario = pf.Scenario(ONE, pf.Flow(0, 3, 1000), routes=routes)
    scenario.save(tmp_path / "s.yaml")
    assert pf.Scenario.load(tmp_path / "s.yaml") == scenario
    changed = scenario.replace({"routes[0].via": "spine1"})
    assert changed.routes[0].via == "spine1"
    assert changed.replace(routes=[{"at": "leaf0", "to": "host3", "via": "spine0"}]).routes == (
        routes[0],
    )


DETOUR = [
    pf.Route("leaf0", "host1", "spine0"),
    pf.Route("spine0", "host1", "leaf2"),
    pf.Route("leaf2", "host1", "spine1"),
]


def ideal(*routes: pf.Route, **nic: int) -> int:
    """Of a WRITE of one full packet from leaf0 to leaf1 at 100 Gb/s, 500 ns a link."""
    fabric = pf.leaf_spine(3, 2, 1, host_rate="100G", link_delay="500ns")
    scenario = pf.Scenario(fabric, pf.Flow(0, 1, 4096), routes=routes, nic=pf.Nic(**nic))
    return int(pf.compile_plan(scenario).labels["ideal_fct_ps"][0])


def test_ideal_completion_follows_the_named_path():
    link_ps = 500_000 + (4096 + 62 + 16 + 20) * 80
    assert ideal() == 4 * link_ps
    assert ideal(*DETOUR) == 6 * link_ps
    back = pf.Route("spine1", "host1", "leaf2")
    assert ideal(*DETOUR, back) == -1  # leaf2 and spine1 in turn, for ever


def test_the_time_to_live_counts_switches():
    assert ideal(ttl=3) == ideal()
    assert ideal(*DETOUR, ttl=5) > 0
    assert ideal(*DETOUR, ttl=4) == -1
    with pytest.raises(pf.ScenarioError, match=r"time to live of its frames allows \(nic.ttl\)"):
        ideal(ttl=2)
