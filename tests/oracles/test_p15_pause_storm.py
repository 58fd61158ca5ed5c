"""P15: a NIC that sends pauses without end ("RDMA over commodity Ethernet at scale", SIGCOMM'16,
4.3).

Which flows stop follows from topology and routes alone: the link to the storming NIC is blocked; a
flow over a blocked link fills the buffers before it, so all links that it has passed are blocked,
too; flows over those are the next victims. A watchdog, of the NIC or of the switches, lets all
others go on.
"""

from __future__ import annotations

import pytest
from oracle_tools import rates_bps
from pause_storms import STORM, scenario, victims

import pyfabric as pf


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
