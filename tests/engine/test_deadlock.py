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


def beside(**changes: object) -> pf.Scenario:
    """The ring that deadlocks, and a pair of hosts elsewhere that never stops."""
    scenario = ring(2)
    edges = [*scenario.topology.parameters["edges"]]
    edges += [(end, "switch5", "10Gbps", "1us") for end in ("host5", "host6", "switch0")]
    return scenario.replace(
        topology=pf.Topology.from_edges(RING + 2, RING + 1, edges),
        workload=scenario.workload + pf.Flow(5, 6, None),
        until="60ms",
    ).replace(changes)


def test_deadlock_is_found_while_other_traffic_runs_on() -> None:
    result = pf.simulate(beside())
    assert (result.stop_reason, result.end_ps) == ("deadlock", 20 * 10**9)
    found = result.deadlocks["port_name"].tolist()
    verified = pf.verify(beside(), failures=False)
    (cycle,) = (f.places for f in verified.findings if f.check == "dependency")
    assert tuple(found) == cycle
    assert result.deadlocks["held_bytes"].min() > 0


@pytest.mark.parametrize("action", ["drop", "forward", "alert"])
def test_a_watchdog_that_acts_lets_the_run_go_on(action: str) -> None:
    dog = pf.PFCWatchdog(detection="25ms", restoration="5ms", action=action)
    changes = {"switch.watchdog": dog, "nic.rto": "3ms", "nic.retries": 50}
    result = pf.simulate(beside(**changes))
    assert len(result.deadlocks) == RING
    assert not result.lossless()
    if action == "alert":
        assert result.stop_reason == "deadlock"
        return
    assert result.stop_reason == "until"
    assert len(result.watchdog) > 0
    # What is dropped is sent again and closes the ring again; against the pause all gets through.
    without = pf.simulate(beside(**{**changes, "switch.watchdog": None}))
    delivered = result.flows["delivered_bytes"][:RING]
    assert delivered.sum() > without.flows["delivered_bytes"][:RING].sum()
    assert result.flows["finished"][:RING].all() == (action == "forward")
    assert "until a watchdog" in str(result.lossless())


def test_threads_find_the_same_deadlock() -> None:
    results = [pf.simulate(beside(), threads=threads) for threads in (1, 2, 3)]
    assert len({result.fingerprint for result in results}) == 1
    assert all(result.deadlocks == results[0].deadlocks for result in results)


def test_a_long_pause_is_no_deadlock() -> None:
    """A storm longer than two looks fills the path behind it, without any cycle."""
    scenario = pf.Scenario(
        topology=pf.star(3, rate="25Gbps"),
        workload=pf.flows([pf.Flow(1, 0, "1MB"), pf.Flow(2, 0, "1MB")]),
        nic=pf.Nic(rto=None),
        faults=[pf.PauseStorm(host=0, start="50us", duration="45ms")],
    )
    result = pf.simulate(scenario)
    assert result.stop_reason == "all_done"
    assert len(result.deadlocks) == 0
