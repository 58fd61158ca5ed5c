"""Pause storms in explanations: root, host, victims (P15), and what a watchdog did about them."""

from __future__ import annotations

import numpy as np
import pytest
from pause_storms import STORM, scenario, victims

import pyfabric as pf


def of_storm(explained: pf.Explanation) -> int:
    """The tree of host0's storm."""
    points = explained.congestion_points
    (tree,) = np.flatnonzero(points["kind"] == "pause_storm").tolist()
    assert points["port_name"][tree] == "leaf0->host0"
    return int(tree)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_p15_victims_are_those_of_topology_and_routes(seed: int) -> None:
    """All flows that the storm stops: to host0 (its contributors) and elsewhere (its victims)."""
    calm = scenario(seed)
    expected = victims(calm)
    result = pf.simulate(calm.replace(faults=[STORM]))
    explained = result.explain()
    tree = of_storm(explained)
    found = explained.victims.take(explained.victims["tree"] == tree)
    to_host = set(np.flatnonzero(result.flows["dst"] == 0).tolist())
    assert set(found["flow"].tolist()) == expected - to_host
    assert explained.congestion_points["contributors"][tree] == len(to_host)
    text = " ".join(str(explained).split())
    assert "leaf0->host0 (priority 3) is paused by host0" in text
    assert "a pause storm" in text


@pytest.mark.parametrize("action", ["drop", "forward", "alert"])
def test_a_watchdog_is_told_with_its_drops(action: str) -> None:
    dog = pf.PFCWatchdog(detection="500us", restoration="500us", poll="50us", action=action)
    calm = scenario(3)
    leaf = calm.switch.replace(watchdog=dog)
    result = pf.simulate(calm.replace(faults=[STORM], overrides={"leaf0": leaf}))
    explained = result.explain()
    (told,) = (f for f in explained.findings if f.kind == "watchdog")
    word = {"drop": "dropped what", "forward": "against the pause", "alert": "told of"}[action]
    assert word in told.text
    assert "leaf0->host0 (priority 3): from " in told.details[0]
    assert len(explained.drops) == (0 if action != "drop" else len(explained.drops))
    if action == "drop":
        assert set(explained.drops["cause"].tolist()) == {"watchdog"}
        assert "took leaf0->host0 for stuck: host0 kept it paused" in explained.drops["text"][0]
        total = int(result.watchdog["dropped_frames"].sum())
        assert f"{total:,} frames dropped" in told.details[0]
        assert int(explained.drops["frames"].sum()) == total


def test_a_muted_nic_is_told() -> None:
    guarded = scenario(1, faults=[STORM], **{"nic.pause_watchdog": "1ms"})
    (told,) = (f for f in pf.simulate(guarded).explain().findings if f.kind == "watchdog")
    assert "muted a NIC" in told.text
    assert told.details[0].startswith("host0->leaf0")


def test_the_verdict_names_the_storm() -> None:
    """Not a lost resume frame; and the watchdogs end it."""
    fabric = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, host_rate="25Gbps")
    storming = pf.Scenario(
        fabric,
        pf.incast(3, senders=range(4, 8), size="1MB"),
        faults=[pf.PauseStorm(host="host3", start="20us")],
    )
    result = pf.simulate(storming)
    assert result.stop_reason == "deadlock"
    text = str(result.lossless())
    assert "host3 pauses leaf0->host3 in priority 3 without end, from 20 us on" in text
    assert "switch.watchdog or nic.pause_watchdog" in text
    assert "resume frame" not in text
    guarded = pf.simulate(storming.replace({"nic.pause_watchdog": "1ms"}))
    assert guarded.stop_reason == "all_done"


def test_notes_follow_the_verdict() -> None:
    """ "But" after "Lossless", else "Also"."""
    dog = pf.PFCWatchdog(detection="500us", restoration="500us", poll="50us")
    for action, start in (("alert", "But a watchdog"), ("drop", "Also, a watchdog")):
        changes = {"switch.watchdog": dog.replace(action=action)}
        report = pf.simulate(scenario(3, faults=[STORM], **changes)).lossless()
        assert report.ok == (action == "alert")
        assert f"\n{start} saw a pause storm" in str(report)
