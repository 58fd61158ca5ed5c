"""P19, a cyclic buffer dependency that deadlocks only with a third flow (Hu et al., "Deadlocks in
datacenter networks: why do they form, and how to avoid them", HotNets'16).

Ring of four switches A B C D. Flow 1 goes A-B-C-D, flow 2 C-D-A-B: each link waits for the next one
round the ring, and nothing stands still, for no link of the cycle stays paused for both. A third
flow, B-C, makes it a deadlock, unless it is held to a small part of its rate.
"""

from __future__ import annotations

import pytest

import pyfabric as pf

ROUND = tuple(f"switch{i}->switch{(i + 1) % 4}" for i in range(4))


def ring(third: str | None) -> pf.Scenario:
    """Every switch forwards clockwise, but for its own host; acknowledgements in a lossy class.

    third: rate of the third flow's host, None: no such flow.
    """
    rates = ["40Gbps", third or "40Gbps", "40Gbps", "40Gbps"]
    edges = [(f"switch{i}", f"switch{(i + 1) % 4}", "40Gbps", "1us") for i in range(4)]
    edges += [(f"host{i}", f"switch{i}", rates[i], "1us") for i in range(4)]
    edges += [("host4", "switch1", "40Gbps", "1us")]
    flows = [pf.Flow(0, 3, "20MB"), pf.Flow(2, 4, "20MB")]
    flows += [] if third is None else [pf.Flow(1, 2, "20MB")]
    home = {"host4": 1} | {f"host{i}": i for i in range(4)}
    return pf.Scenario(
        topology=pf.Topology.from_edges(5, 4, edges),
        workload=pf.Workload(flows),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="100kB"), ecn=None),
        nic=pf.Nic(ack_priority=0),
        routes=[
            pf.Route(f"switch{i}", host, f"switch{(i + 1) % 4}")
            for i in range(4)
            for host, at in home.items()
            if at != i
        ],
    )


@pytest.mark.parametrize("third", [None, "40Gbps"])
def test_the_cycle_is_there_with_two_flows_and_deadlocks_with_three(third: str | None) -> None:
    scenario = ring(third)
    (found,) = (f for f in pf.verify(scenario, failures=False).findings if f.check == "dependency")
    assert found.places == ROUND
    result = pf.simulate(scenario)
    assert len(result.pauses) > 0
    assert result.stop_reason == ("all_done" if third is None else "deadlock")
    verdict = str(result.lossless())
    assert all(place in verdict for place in ROUND) == (third is not None)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("third", "end"), [("2Gbps", "all_done"), ("4Gbps", "deadlock")])
def test_a_third_flow_at_a_small_rate_does_not_close_it(third: str, end: str, seed: int) -> None:
    """The paper holds it to 2 to 3 of 40 Gb/s. How much is harmless depends on how many bytes the
    pauses of the two flows leave room for: here, with XOFF at 100 kB, 2 but not 4 Gb/s.
    """
    assert pf.simulate(ring(third).replace(seed=seed)).stop_reason == end
