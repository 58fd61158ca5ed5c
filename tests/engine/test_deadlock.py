"""A ring of switches in which every flow takes two hops the same way round: the textbook deadlock.

Each link of the ring carries two flows and feeds the next, so the pauses of a single class close a
cycle (Hu et al., "Deadlocks in datacenter networks", HotNets'16).
"""

from __future__ import annotations

import pytest

import pyfabric as pf

RING = 5  # two hops one way round are shorter than three the other way


def ring(hops: int, **changes: object) -> pf.Scenario:
    edges = [(f"switch{i}", f"switch{(i + 1) % RING}", "100Gbps", "1us") for i in range(RING)]
    edges += [(f"host{i}", f"switch{i}", "100Gbps", "1us") for i in range(RING)]
    return pf.Scenario(
        topology=pf.Topology.from_edges(RING, RING, edges),
        workload=pf.flows([pf.Flow(i, (i + hops) % RING, "2MB") for i in range(RING)]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="100kB"), ecn=None),
    ).replace(changes)


@pytest.mark.parametrize("mode", ["quanta", "on_off"])
def test_two_hops_deadlock_and_the_cycle_is_named(mode: str) -> None:
    result = pf.simulate(ring(2, **{"switch.pfc.mode": mode}))
    assert result.stop_reason == "deadlock"
    assert not result.complete
    report = result.lossless()
    assert not report
    for i in range(RING):
        assert f"switch{i}->switch{(i + 1) % RING}" in str(report)


def test_one_hop_has_no_cycle() -> None:
    result = pf.simulate(ring(1))
    assert result.stop_reason == "all_done"
    assert result.lossless()


def test_without_pfc_the_ring_loses_frames_instead() -> None:
    result = pf.simulate(ring(2, **{"switch.pfc.enabled": False, "switch.buffer": "1MB"}))
    assert result.stop_reason == "all_done"
    assert len(result.drops) > 0
    assert not result.lossless()
