"""Small runs that several tests of results share."""

from __future__ import annotations

from functools import cache

import pyfabric as pf
from pyfabric.results import Result
from pyfabric.workload import Part, Workload


def leaf_spine_scenario(workload: Workload | Part, **settings: object) -> pf.Scenario:
    """Sixteen hosts at 400 Gb/s under two leaves and two spines."""
    topology = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=8, link_delay="500ns")
    return pf.Scenario(topology=topology, workload=workload, **settings)


def incast_scenario(**settings: object) -> pf.Scenario:
    """Twelve hosts send 1 MB each to host0 without congestion control."""
    given = {"congestion_control": pf.NoCongestionControl(), **settings}
    return leaf_spine_scenario(pf.incast(receiver=0, senders=range(4, 16), size="1MB"), **given)


@cache
def lossless_run() -> Result:
    """An incast that PFC keeps lossless, recorded."""
    return pf.simulate(incast_scenario(), record=("queues", "trace"))


@cache
def lossy_run() -> Result:
    """The same with a headroom of 10 kB, which is too small."""
    return pf.simulate(incast_scenario(switch=pf.Switch(headroom="10kB")))


def ring_scenario(switches: int = 5, **settings: object) -> pf.Scenario:
    """A ring in which all traffic goes clockwise over two links: a cyclic buffer dependency."""
    hosts = [f"h{i}{side}" for i in range(switches) for side in "ab"]
    names = [f"s{i}" for i in range(switches)]
    edges = [(host, f"s{host[1:-1]}", "100Gbps", "100ns") for host in hosts]
    edges += [(f"s{i}", f"s{(i + 1) % switches}", "100Gbps", "1us") for i in range(switches)]
    flows = [
        pf.Flow(f"h{i}{side}", f"h{(i + 2) % switches}{side}", "40MB", name=f"from {i}{side}")
        for i in range(switches)
        for side in "ab"
    ]
    given = {
        "congestion_control": pf.NoCongestionControl(),
        "switch": pf.Switch(buffer="2MB"),
        **settings,
    }
    topology = pf.Topology.from_edges(hosts, names, edges)
    return pf.Scenario(topology=topology, workload=pf.flows(flows), **given)


@cache
def deadlocked_run() -> Result:
    """The ring, run until nothing moves."""
    return pf.simulate(ring_scenario())
