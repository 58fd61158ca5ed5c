"""P15: a NIC that sends pauses without end ("RDMA over commodity Ethernet at scale", SIGCOMM'16,
4.3).

Which flows stop follows from topology and routes alone: the link to the storming NIC is blocked; a
flow over a blocked link fills the buffers before it, so all links that it has passed are blocked,
too; flows over those are the next victims. A watchdog, of the NIC or of the switches, lets all
others go on.
"""

from __future__ import annotations

import random

import pytest
from oracle_tools import rates_bps, run_scenario

import pyfabric as pf

LEAVES, HOSTS = 3, 12
STORM = pf.PauseStorm(host="host0", start="30us")


def scenario(seed: int, **changes: object) -> pf.Scenario:
    """Endless flows in class 3, one of them to host0; acknowledgements in a lossy class."""
    rng = random.Random(seed)
    pairs = [(HOSTS - 1, 0), *(tuple(rng.sample(range(1, HOSTS), 2)) for _ in range(9))]
    return pf.Scenario(
        topology=pf.leaf_spine(
            leaves=LEAVES,
            spines=2,
            hosts_per_leaf=HOSTS // LEAVES,
            host_rate="25Gbps",
            uplink_rate="25Gbps",
            link_delay="1us",
        ),
        workload=pf.flows([pf.Flow(src, dst, None) for src, dst in pairs]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="20kB"), ecn=None),
        nic=pf.Nic(ack_priority=0, rto="200us", retries=255),
        seed=seed,
        until="4ms",
    ).replace(changes)


def victims(calm: pf.Scenario) -> set[int]:
    """Flows that a storm of host0 stops, by the paths that their frames take without one."""
    done = run_scenario(calm.replace(until="300us"), trace=True)
    names = done.plan.labels["port_names"]
    trace = done.raw.tables["trace"]
    data = (trace["event"] == 1) & (trace["kind"] == 0)
    paths: dict[int, list[str]] = {}
    rows = zip(trace["time_ps"][data], trace["qp"][data], trace["port"][data], strict=True)
    for _, qp, port in sorted((int(a), int(b), int(c)) for a, b, c in rows):
        if names[port] not in paths.setdefault(qp, []):
            paths[qp].append(names[port])
    blocked, stopped = {"leaf0->host0"}, set()
    while found := {q for q, path in paths.items() if q not in stopped and blocked & set(path)}:
        stopped |= found
        for path in (paths[q] for q in found):
            last = max(index for index, link in enumerate(path) if link in blocked)
            blocked |= set(path[:last])
    return stopped


def still(scenario: pf.Scenario) -> set[int]:
    """Flows that deliver nothing late in the run."""
    return {flow for flow, rate in enumerate(rates_bps(scenario, "3ms", "4ms")) if rate == 0}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_victims_are_those_of_topology_and_routes(seed: int) -> None:
    calm = scenario(seed)
    expected = victims(calm)
    assert 0 in expected
    assert still(calm) == set()
    assert still(calm.replace(faults=[STORM])) == expected


def test_most_seeds_have_victims_that_send_elsewhere_and_flows_that_go_on() -> None:
    sets = [victims(scenario(seed)) for seed in (1, 2, 3)]
    assert any(1 < len(found) < 10 for found in sets)


@pytest.mark.parametrize("seed", [1, 3])
def test_the_watchdog_of_the_nic_lets_all_go_on(seed: int) -> None:
    guarded = scenario(seed, faults=[STORM], **{"nic.pause_watchdog": "1ms"})
    assert still(guarded) == set()
    result = pf.simulate(guarded)
    assert result.watchdog["action"].tolist() == ["mute"]
    assert result.watchdog["start_ps"].tolist() == [30 * 10**6 + 10**9]
    assert len(result.drops) == 0


@pytest.mark.parametrize("action", ["drop", "forward", "alert"])
def test_the_watchdog_of_the_switches_lets_the_others_go_on(action: str) -> None:
    # Only the leaf has one: a watchdog further up takes queues that wait for the leaf for stuck.
    dog = pf.PFCWatchdog(detection="500us", restoration="500us", poll="50us", action=action)
    calm = scenario(3)
    leaf = calm.switch.replace(watchdog=dog)
    guarded = calm.replace(faults=[STORM], overrides={"leaf0": leaf})
    expected = {"drop": {0}, "forward": set(), "alert": victims(calm)}
    assert still(guarded) == expected[action]
    result = pf.simulate(guarded)
    report = result.lossless()
    assert set(result.drops["cause"].tolist()) == ({"watchdog"} if action == "drop" else set())
    assert bool(report) == (action != "drop")
    assert "PFC watchdog" in str(report) if action == "drop" else True
