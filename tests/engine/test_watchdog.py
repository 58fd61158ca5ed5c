"""The PFC watchdog: when a storm begins and ends, what is dropped, and what nothing depends on."""

from __future__ import annotations

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.engine import run

US = 10**6
DOG = pf.PFCWatchdog(detection="200us", restoration="150us", poll="30us")


def storm(**changes: object) -> pf.Scenario:
    """Two flows to host0, which storms from 40 us to 940 us, one past it."""
    return pf.Scenario(
        topology=pf.star(4, rate="25Gbps", link_delay="1us"),
        workload=pf.flows([pf.Flow(1, 0, "1MB"), pf.Flow(2, 0, "1MB"), pf.Flow(3, 1, "1MB")]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="50kB"), ecn=None, watchdog=DOG),
        nic=pf.Nic(start_jitter=0, rto="300us", retries=50),
        faults=[pf.PauseStorm(host=0, start="40us", duration="900us")],
    ).replace(changes)


def test_storm_begins_and_ends_at_the_polls_of_the_rule() -> None:
    result = pf.simulate(storm())
    (row,) = (result.watchdog.row(i) for i in range(len(result.watchdog)))
    # XOFF arrives 1 us and a frame of 84 B after 40 us. The queue stands first at 60 us; 200 us
    # are 7 polls later. XON arrives right after 940 us: 960 us is the poll that saw it last, or
    # rather the first that saw no pause; the refresh before is older. 150 us are 5 such polls.
    assert (row["start_ps"], row["end_ps"]) == (60 * US + 7 * 30 * US, 960 * US + 4 * 30 * US)
    assert (row["port_name"], row["priority"], row["action"]) == ("switch0->host0", 3, "drop")


def test_dropped_frames_are_counted_and_named() -> None:
    result = pf.simulate(storm())
    drops = result.drops
    assert set(drops["cause"].tolist()) == {"watchdog"}
    assert len(drops) == int(result.watchdog["dropped_frames"].sum()) > 0
    begin, end = int(result.watchdog["start_ps"][0]), int(result.watchdog["end_ps"][0])
    assert drops["time_ps"].min() == begin
    assert drops["time_ps"].max() < end
    # What stood in the queue goes at once: its frames in two groups over XOFF of 50 kB.
    first = int(drops["size_bytes"][drops["time_ps"] == begin].sum())
    assert 100_000 <= first <= 200_000
    report = result.lossless()
    assert not report
    assert {violation.cause for violation in report.violations} == {"watchdog"}
    assert result.flows["finished"].all()


def test_alert_changes_nothing_but_the_records() -> None:
    alert = pf.simulate(storm(**{"switch.watchdog.action": "alert"}))
    without = pf.simulate(storm(**{"switch.watchdog": None}))
    assert len(alert.watchdog) == 1
    for name in ("flows", "pauses", "drops", "ports"):
        assert alert.tables[name] == without.tables[name], name
    assert alert.fingerprint != without.fingerprint


def test_a_watchdog_that_sees_no_storm_changes_nothing() -> None:
    calm, watched = (pf.simulate(storm(faults=[], **{"switch.watchdog": d})) for d in (None, DOG))
    assert calm.fingerprint == watched.fingerprint
    assert len(watched.pauses) > 0
    assert len(watched.watchdog) == 0


def test_forward_sends_against_the_pause() -> None:
    result = pf.simulate(storm(**{"switch.watchdog.action": "forward"}))
    assert len(result.drops) == 0
    begin = int(result.watchdog["start_ps"][0])
    at_port = result.pauses["port_name"] == "switch0->host0"
    assert result.pauses["end_ps"][at_port].tolist() == [begin]
    # 2 MB at 25 Gb/s after the storm was seen, and the frames that had gone before.
    assert result.flows["fct_ps"].max() < begin + 800 * US


def test_muted_nic_pauses_again_when_its_buffer_was_empty() -> None:
    """A receiver at a tenth of the rate, muted: what does not fit its buffer is lost there."""
    slow = storm(
        faults=[],
        **{
            "switch.watchdog": None,
            "overrides": {"host0": pf.Nic(receive_rate="1Gbps", pause_watchdog="100us")},
        },
    )
    result = pf.simulate(slow.replace(until="5ms"))
    rows = result.watchdog
    assert len(rows) > 0
    assert set(rows["action"].tolist()) == {"mute"}
    assert set(rows["port_name"].tolist()) == {"host0->switch0"}
    assert set(result.drops["cause"].tolist()) == {"headroom_exhausted"}
    spans = zip(rows["start_ps"], rows["end_ps"], strict=True)
    muted = [(a, b if b >= 0 else result.end_ps) for a, b in spans]
    assert all(any(a <= t < b for a, b in muted) for t in result.drops["time_ps"].tolist())


@pytest.mark.parametrize("action", ["drop", "forward", "alert"])
def test_threads_and_partitions_change_nothing(action: str) -> None:
    scenario = pf.Scenario(
        topology=pf.leaf_spine(
            leaves=3, spines=2, hosts_per_leaf=3, host_rate="25Gbps", uplink_rate="25Gbps"
        ),
        workload=pf.permutation("300kB") + pf.incast(receiver=0, senders=range(1, 9), size="200kB"),
        switch=pf.Switch(
            pfc=pf.PFC(xoff="30kB"), watchdog=DOG.replace(action=action, detection="60us")
        ),
        nic=pf.Nic(pause_watchdog="400us", rto="300us", retries=50),
        faults=[
            pf.PauseStorm(host="host0", start="20us", duration="700us"),
            pf.PauseStorm(host="host4", start="10us"),
        ],
        until="3ms",
    )
    plan = compile_scenario(scenario)
    results = [run(plan, threads=threads) for threads in (1, 2, 3)]
    results.append(run(plan, partition_of=[0] * len(plan.columns["node_is_switch"])))
    assert len({raw.fingerprint for raw in results}) == 1
    for raw in results[1:]:
        for name in ("watchdog", "drops", "pauses"):
            for column, values in raw.tables[name].items():
                assert np.array_equal(values, results[0].tables[name][column]), (name, column)
    assert set(results[0].tables["watchdog"]["action"].tolist()) >= {4}


def test_an_endless_storm_ends_a_run_in_which_nothing_else_is_left() -> None:
    forever = storm(
        faults=[pf.PauseStorm(host=0, start="40us")], **{"switch.watchdog": None, "nic.rto": None}
    )
    result = pf.simulate(forever)
    assert result.stop_reason == "deadlock"
    assert len(result.deadlocks) == 0
    later = forever.replace(faults=[pf.PauseStorm(host=0, start="40us", duration="35ms")])
    assert pf.simulate(later).stop_reason == "all_done"


@pytest.mark.parametrize("mode", ["quanta", "on_off"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_resume_on_its_way_ends_no_run(mode: str, threads: int) -> None:
    """At 20 ms nothing has moved for 10 ms, and the XON of the storm's end is on its link."""
    scenario = storm(
        topology=pf.star(4, rate="25Gbps", link_delay="5us"),
        faults=[pf.PauseStorm(host=0, start="0us", duration="19999us")],
        workload=pf.flows([pf.Flow(1, 0, "1MB")]),
        nic=pf.Nic(start_jitter=0, rto="1s"),
    ).replace({"switch.watchdog": None, "switch.pfc.mode": mode})
    result = pf.simulate(scenario, threads=threads)
    assert result.stop_reason == "all_done"
    assert result.flows["finished"].all()


def test_pauses_that_are_always_on_the_wire_do_not_keep_a_run_alive() -> None:
    """An XOFF of 140 quanta is repeated every 1.4 us, and takes 3 us to arrive."""
    scenario = pf.Scenario(
        topology=pf.star(3, rate="25Gbps", link_delay="3us"),
        workload=pf.Flow(1, 2, "10kB"),
        switch=pf.Switch(pfc=pf.PFC(quanta=140)),
        faults=[pf.PauseStorm(host=0)],
    )
    result = pf.simulate(scenario, max_wall=20)
    assert result.stop_reason == "all_done"
    assert result.end_ps <= 100 * US
