"""One bounce in a Clos (Hu et al., "Tagger: practical PFC deadlock prevention in data center
networks", CoNEXT'17).

Up and down alone makes no cycle. A frame that comes down to a leaf which has lost its way and goes
up again makes one: here the frames of two flows bounce at each other's leaf.

    flow 1: leaf2 -> spine0 -> leaf1 (bounce) -> spine1 -> leaf0
    flow 2: leaf2 -> spine1 -> leaf0 (bounce) -> spine0 -> leaf1

It is the ring of P19, spine0 leaf1 spine1 leaf0, and the third flow of P19, from leaf1 to leaf2
over spine1, locks it up.
"""

from __future__ import annotations

import pyfabric as pf

BOUNCES = (
    pf.Route("leaf2", "host0", "spine0"),
    pf.Route("spine0", "host0", "leaf1"),  # spine0 has lost its link to leaf0
    pf.Route("leaf1", "host0", "spine1"),
    pf.Route("leaf2", "host4", "spine1"),
    pf.Route("spine1", "host4", "leaf0"),  # spine1 has lost its link to leaf1
    pf.Route("leaf0", "host4", "spine0"),
    pf.Route("leaf1", "host10", "spine1"),
)


def bounced(routes: tuple[pf.Route, ...] = BOUNCES, **switch: object) -> pf.Scenario:
    """Four hosts a leaf; all frames but acknowledgements in one lossless class."""
    fabric = pf.leaf_spine(3, 2, 4, host_rate="40G", link_delay="1us")
    flows = [pf.Flow(8, 0, "20MB"), pf.Flow(9, 4, "20MB"), pf.Flow(5, 10, "20MB")]
    return pf.Scenario(
        topology=fabric,
        workload=pf.Workload(flows),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="40kB"), ecn=None, **switch),
        nic=pf.Nic(ack_priority=0),
        routes=routes,
    )


RING = {"spine0->leaf1", "leaf1->spine1", "spine1->leaf0", "leaf0->spine0"}


def test_one_bounce_deadlocks_in_one_lossless_class() -> None:
    scenario = bounced()
    (found,) = (f for f in pf.verify(scenario).findings if f.check == "dependency")
    assert set(found.places) == RING
    result = pf.simulate(scenario)
    assert result.stop_reason == "deadlock"
    assert all(link in str(result.lossless()) for link in RING)


def test_up_and_down_alone_makes_no_cycle() -> None:
    scenario = bounced(())
    assert pf.verify(scenario).ok
    assert pf.simulate(scenario).stop_reason == "all_done"
