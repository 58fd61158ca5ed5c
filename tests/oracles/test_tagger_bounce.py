"""One bounce in a Clos (Hu et al., "Tagger: practical PFC deadlock prevention in data center
networks", CoNEXT'17).

Up and down alone makes no cycle. A frame that comes down to a leaf which has lost its way and goes
up again makes one: here the frames of two flows bounce at each other's leaf.

    flow 1: leaf2 -> spine0 -> leaf1 (bounce) -> spine1 -> leaf0
    flow 2: leaf2 -> spine1 -> leaf0 (bounce) -> spine0 -> leaf1

It is the ring of P19, spine0 leaf1 spine1 leaf0, and the third flow of P19, from leaf1 to leaf2
over spine1, locks it up. With a second lossless class for what has bounced the ring falls apart:
coming down to the bounce is the first class, going up after it the second, and neither goes round.
"""

from __future__ import annotations

import pytest
from oracle_tools import run_scenario
from trace_rows import DATA, TRANSMIT, Trace

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


TWO_CLASSES = {"lossless_priorities": (3, 4), "bounce_priorities": {3: 4}}


def bounced(
    routes: tuple[pf.Route, ...] = BOUNCES, *, size: str = "20MB", seed: int = 0, **switch: object
) -> pf.Scenario:
    """Four hosts a leaf; hosts send all frames but acknowledgements in one lossless class."""
    fabric = pf.leaf_spine(3, 2, 4, host_rate="40G", link_delay="1us")
    flows = [pf.Flow(8, 0, size), pf.Flow(9, 4, size), pf.Flow(5, 10, size)]
    return pf.Scenario(
        topology=fabric,
        workload=pf.Workload(flows),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(**{"pfc": pf.PFC(xoff="40kB"), "ecn": None, **switch}),
        nic=pf.Nic(ack_priority=0),
        routes=routes,
        seed=seed,
    )


def of_check(scenario: pf.Scenario, check: str) -> list[pf.verification.Finding]:
    return [found for found in pf.verify(scenario).findings if found.check == check]


RING = {"spine0->leaf1", "leaf1->spine1", "spine1->leaf0", "leaf0->spine0"}


def test_one_bounce_deadlocks_in_one_lossless_class() -> None:
    scenario = bounced()
    (found,) = of_check(scenario, "dependency")
    assert set(found.places) == RING
    result = pf.simulate(scenario)
    assert result.stop_reason == "deadlock"
    assert all(link in str(result.lossless()) for link in RING)


def test_up_and_down_alone_makes_no_cycle() -> None:
    scenario = bounced(())
    assert pf.verify(scenario).ok
    assert pf.simulate(scenario).stop_reason == "all_done"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("size", "xoff"), [("20MB", "40kB"), ("4MB", "12kB"), ("7MB", "150kB")])
def test_two_lossless_classes_never_deadlock(size: str, xoff: str, seed: int) -> None:
    """Everywhere the one class does: the same routes, sizes and thresholds."""
    pfc = pf.PFC(xoff=xoff)
    one = pf.simulate(bounced(size=size, seed=seed, pfc=pfc))
    assert one.stop_reason == "deadlock", f"{size}, {xoff}, seed {seed}"
    repaired = bounced(size=size, seed=seed, pfc=pfc, **TWO_CLASSES)
    assert not of_check(repaired, "dependency")
    two = pf.simulate(repaired)
    assert two.stop_reason == "all_done", f"{size}, {xoff}, seed {seed}"
    assert not len(two.drops)
    assert two.lossless().ok
    assert len(two.pauses) > 100, "flow control was needed"


def test_bounced_frames_are_in_the_second_class() -> None:
    """Of each link of the ring: the first class down to the bounce, the second one up after it."""
    run = run_scenario(bounced(size="1MB", **TWO_CLASSES), trace=True)
    names = run.plan.labels["port_names"]
    seen: dict[str, set[tuple[int, int]]] = {}
    for row in Trace.of(run.plan, run.raw).rows:
        if row.event == TRANSMIT and row.kind == DATA:
            seen.setdefault(names[int(row.port)], set()).add((int(row.qp), int(row.priority)))
    assert seen["spine0->leaf1"] == {(0, 3), (1, 4)}
    assert seen["spine1->leaf0"] == {(1, 3), (0, 4)}
    assert seen["leaf1->spine1"] == {(0, 4), (2, 3)}
    assert seen["leaf0->spine0"] == {(1, 4)}
    assert seen["leaf0->host0"] == {(0, 4)}
    assert seen["leaf1->host4"] == {(1, 4)}


@pytest.mark.parametrize("back", [False, True])
def test_priorities_that_lead_back_close_the_ring_again(back: bool) -> None:
    """The third class of a second bounce that is the first one: leaf1 turns 3 into 4 and leaf0 4
    into 3, so what came down in 3 at either end goes up in what the other end has come down in.
    """
    scenario = bounced(lossless_priorities=(3, 4), bounce_priorities={3: 4})
    if back:
        flows = [pf.Flow(8, 0, "20MB"), pf.Flow(9, 4, "20MB", priority=4), pf.Flow(5, 10, "20MB")]
        flows.append(pf.Flow(6, 11, "20MB", priority=4))
        scenario = scenario.replace(
            workload=pf.Workload(flows),
            routes=(*BOUNCES, pf.Route("leaf1", "host11", "spine1")),
            switch=scenario.switch.replace(bounce_priorities={3: 4, 4: 3}),
        )
    found = of_check(scenario, "dependency")
    assert bool(found) == back
    if back:
        assert set(found[0].places) == RING
        assert "spine0->leaf1 (priority 3) waits for leaf1->spine1 (priority 4)" in found[0].message
