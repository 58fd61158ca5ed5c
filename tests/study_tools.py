"""Small scenarios that the tests of studies share."""

from __future__ import annotations

import pyfabric as pf

#: Marking begins far below the default.
ECN = pf.ECN(kmin="200kB", kmax="800kB")


def busy(**settings: object) -> pf.Scenario:
    """Random traffic and an incast that make queues, marks and pauses."""
    topology = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, link_delay="500ns")
    traffic = pf.incast(receiver=0, senders=range(2, 8), size="2MB", name="incast")
    traffic += pf.poisson(load=0.3, sizes="websearch", duration="50us", name="background")
    given = {"switch": pf.Switch(buffer="4MB", ecn=ECN), **settings}
    return pf.Scenario(topology=topology, workload=traffic, **given)


def quiet(workload: pf.Workload | None = None, **settings: object) -> pf.Scenario:
    """Two flows that never meet: nothing queues."""
    flows = pf.flows([pf.Flow(0, 1, "64kB"), pf.Flow(2, 3, "64kB")])
    topology = pf.star(4, rate="400Gbps", link_delay="500ns")
    return pf.Scenario(topology=topology, workload=workload or flows, **settings)


def small_incast(**settings: object) -> pf.Scenario:
    """Three messages of 64 kB to one host: a queue far below the default thresholds."""
    topology = pf.star(4, rate="400Gbps", link_delay="500ns")
    return pf.Scenario(topology=topology, workload=pf.incast(0, [1, 2, 3], size="64kB"), **settings)
