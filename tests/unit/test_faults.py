"""Watchdogs and storms as users write them."""

from __future__ import annotations

import pytest

import pyfabric as pf

STAR = {"topology": pf.star(3), "workload": pf.Flow(0, 1, "1kB")}
US = 10**6


def faults(make) -> str:
    with pytest.raises(pf.ScenarioError) as caught:
        make()
    return str(caught.value)


def test_defaults_are_those_of_sonic_and_poll_is_a_tenth() -> None:
    dog = pf.PFCWatchdog()
    assert (dog.detection_ps, dog.restoration_ps, dog.poll_ps) == (
        2 * 10**11,
        2 * 10**11,
        2 * 10**10,
    )
    assert pf.PFCWatchdog(detection="1ms", restoration="500us").poll_ps == 50 * US


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"detection": 0}, "PFCWatchdog.detection: 0 is out of range"),
        ({"restoration": "10us", "poll": "20us"}, "20us is longer than restoration = 10us"),
        ({"detection": "10us", "poll": "20us"}, "20us is longer than detection = 10us"),
        ({"poll": "0us"}, "PFCWatchdog.poll"),
        ({"action": "dropp"}, "did you mean 'drop'"),
        ({"detect": "1ms"}, "did you mean 'detection'"),
    ],
)
def test_bad_watchdogs(given: dict[str, object], said: str) -> None:
    assert said in faults(lambda: pf.PFCWatchdog(**given))


def test_watchdogs_without_effect() -> None:
    dog = pf.PFCWatchdog()
    off = pf.PFC(enabled=False)
    assert "without PFC" in faults(lambda: pf.Switch(watchdog=dog, pfc=off))
    assert "no class is lossless" in faults(lambda: pf.Switch(watchdog=dog, lossless_priorities=()))
    assert "must be a PFCWatchdog or None" in faults(lambda: pf.Switch(watchdog="drop"))
    assert "never pauses" in faults(lambda: pf.Nic(pfc=False, pause_watchdog="1ms"))
    with pytest.warns(UserWarning, match="pause_watchdog has no effect"):
        pf.compile_plan(pf.Scenario(**STAR, nic=pf.Nic(pause_watchdog="1ms")))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["storm"], "faults[0]: must be a fault (PauseStorm), got 'storm'"),
        ("storm", "must be a list of faults"),
        ([pf.PauseStorm(host="hots1")], "did you mean 'host1'"),
        ([pf.PauseStorm(host=3)], "there is no host 3"),
        ([pf.PauseStorm(host=0, priority=4)], "faults[0].priority: 4 is not lossless"),
        ([pf.PauseStorm(host=0), pf.PauseStorm(host="host0", start="1ms")], "overlaps with"),
        ([pf.PauseStorm(host=0, start="2ms")], "the run ends before, at until = 1ms"),
    ],
)
def test_bad_lists_of_faults(given: object, said: str) -> None:
    assert said in faults(lambda: pf.Scenario(**STAR, faults=given, until="1ms"))


def test_bad_storms() -> None:
    text = faults(lambda: pf.PauseStorm(host=-1, start="x", duration=0, priority=8))
    assert all(f"PauseStorm.{name}" in text for name in ("host", "start", "duration", "priority"))
    silent = pf.Nic(pfc=False)
    storm = [pf.PauseStorm(host=0)]
    assert "sends no pauses" in faults(lambda: pf.Scenario(**STAR, nic=silent, faults=storm))


def test_storms_that_follow_each_other_are_fine() -> None:
    storms = [pf.PauseStorm(host=0, start=f"{n}us", duration="1us") for n in (2, 1)]
    plan = pf.compile_plan(pf.Scenario(**STAR, faults=storms))
    assert plan.columns["storm_start_ps"].tolist() == [US, 2 * US]
    assert plan.columns["storm_end_ps"].tolist() == [2 * US, 3 * US]


def test_files_hold_them() -> None:
    scenario = pf.Scenario(
        **STAR,
        switch=pf.Switch(watchdog=pf.PFCWatchdog(action="forward", poll="1ms")),
        nic=pf.Nic(pause_watchdog="100ms"),
        overrides={"switch0": pf.Switch(watchdog=pf.PFCWatchdog())},
        faults=[pf.PauseStorm(host="host1", start="1ms", duration="2ms")],
    )
    plain = scenario.to_dict()
    assert plain["faults"] == [
        {"pause_storm": {"host": "host1", "start": "1ms", "duration": "2ms"}}
    ]
    assert pf.Scenario.from_dict(plain) == scenario
    bad = {**plain, "faults": [{"pause_strom": {}}, {"pause_storm": {"host": "host1", "star": 1}}]}
    text = faults(lambda: pf.Scenario.from_dict(bad))
    assert "did you mean 'pause_storm'" in text
    assert "faults[1].pause_storm" in text


def test_paths_reach_them() -> None:
    scenario = pf.Scenario(**STAR, faults=[pf.PauseStorm(host=1)])
    changed = scenario.replace(
        {"faults[0].start": "3us", "switch.watchdog": {"action": "alert"}, "seed": 2}
    )
    assert changed.faults[0].start_ps == 3 * US
    assert changed.switch.watchdog == pf.PFCWatchdog(action="alert")
    again = scenario.replace(faults=[{"pause_storm": {"host": 2}}])
    assert again.faults == (pf.PauseStorm(host=2),)


def test_a_bad_plan_is_refused() -> None:
    from dataclasses import replace

    import numpy as np

    plan = pf.compile_plan(pf.Scenario(**STAR, faults=[pf.PauseStorm(host=1)]))
    for name, value in {
        "storm_port": plan.columns["port_peer"][plan.columns["storm_port"][0]],
        "storm_class": 8,
        "storm_start_ps": -1,
        "storm_end_ps": -2,
        "node_watchdog_poll_ps": 10**9,
        "node_pause_limit_ps": 5,
    }.items():
        column = np.full_like(plan.columns[name], value)
        broken = replace(plan, columns={**plan.columns, name: column})
        with pytest.raises(pf.EngineError, match="refused the plan"):
            pf.simulate(broken)
