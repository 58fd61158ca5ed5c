"""simulate(): arguments and their refusals."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from result_tools import incast_scenario, leaf_spine_scenario

import pyfabric as pf

ONE_FLOW = leaf_spine_scenario(pf.Flow(0, 15, "1MB"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threads": 257}, "threads: must be at most 256, got 257"),
        ({"threads": 0}, "threads: must be an integer from 1 on, got 0"),
        ({"threads": True}, "threads: must be an integer from 1 on, got True"),
        ({"threads": "2"}, "threads: must be an integer from 1 on, got '2'"),
        ({"record": "queue"}, "unknown record 'queue'; did you mean 'queues'?"),
        ({"record": ["trace", "ques"]}, "did you mean 'queues'?"),
        ({"record": 7}, "record: must name some of queues, cc, trace, got 7"),
        ({"record": {"queues": "10"}}, "record.queues: '10' has no unit"),
        ({"record": {"queues": "0ns"}}, "record.queues: must be 1ns or more"),
        ({"record": {"trace": "yes"}}, "record.trace: must be True or False"),
        ({"max_wall": -1}, "max_wall: must be a number of seconds from 0 on"),
        ({"max_wall": float("nan")}, "max_wall: must be a number of seconds"),
        ({"max_wall": float("inf")}, "max_wall: must be a number of seconds"),
        ({"max_wall": True}, "max_wall: must be a number of seconds"),
        ({"max_wall": "90"}, "max_wall: '90' has no unit"),
        ({"until": "5 parsecs"}, "until"),
        ({"until": 0}, "until"),
        ({"progress": 1}, "progress: must be a function or None, got 1"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(pf.ScenarioError) as caught:
        pf.simulate(ONE_FLOW, **arguments)
    assert message in str(caught.value)


def test_not_a_scenario_and_all_faults_at_once() -> None:
    with pytest.raises(pf.ScenarioError) as caught:
        pf.simulate("scenario.yaml", threads=0)
    assert [fault.path for fault in caught.value.faults] == ["scenario", "threads"]


def test_keyword_only() -> None:
    with pytest.raises(TypeError):
        pf.simulate(ONE_FLOW, 1)


def test_until_overrides_the_scenario() -> None:
    scenario = ONE_FLOW.replace(until="30us")
    assert pf.simulate(scenario).end_ps == 30_000_000
    result = pf.simulate(scenario, until="7us")
    assert result.end_ps == 7_000_000
    assert result.scenario == ONE_FLOW.replace(until="7us")


@pytest.mark.parametrize("sample", ["1us", "500ns", 2_000_000])
def test_queues_are_sampled_on_a_grid(sample: object) -> None:
    result = pf.simulate(incast_scenario(), record={"queues": sample})
    step = {"1us": 10**6, "500ns": 500_000}.get(sample, sample)
    assert len(result.queues) > 0
    assert (result.queues["time_ps"] % step == 0).all()
    host0 = result.queues.take(result.queues["port_name"] == "leaf0->host0")
    data = host0.take(host0["priority"] == 3)
    assert np.diff(data["time_ps"]).tolist() == [step] * (len(data) - 1)
    peak = result.ports.take(result.ports["name"] == "leaf0->host0")["peak_queue_bytes"][0]
    assert 0.9 * peak < data["size_bytes"].max() <= peak


def test_record_forms_agree() -> None:
    forms = ("queues", ("queues",), {"queues": True}, {"queues": "1us", "trace": False})
    tables = [pf.simulate(ONE_FLOW, record=form).queues for form in forms]
    assert len(tables[0]) > 0
    assert all(table == tables[0] for table in tables)
    assert len(pf.simulate(ONE_FLOW, record={"queues": False}).queues) == 0


def test_progress_is_told_the_end() -> None:
    seen = []
    result = pf.simulate(ONE_FLOW, progress=seen.append)
    assert seen[-1].open_flows == 0
    assert seen[-1].flows == 1
    assert seen[-1].time_ps == result.end_ps
    assert seen[-1].events == result.stats["events"]


def test_interrupt_leaves_what_was_reached() -> None:
    def interrupt(progress: object) -> None:
        raise KeyboardInterrupt

    endless = leaf_spine_scenario(pf.permutation(size=None)).replace(until="1s")
    result = pf.simulate(endless, progress=interrupt)
    assert result.stop_reason == "interrupted"
    assert result.partial
    assert result.fingerprint is None
    assert 0 < result.end_ps < 10**12
    assert result.flows["delivered_bytes"].sum() > 0
    assert str(result).startswith("Interrupted at ")


def test_max_wall_stops_in_time() -> None:
    endless = leaf_spine_scenario(pf.permutation(size=None)).replace(until="10s")
    result = pf.simulate(endless, max_wall="300ms")
    assert result.stop_reason == "max_wall"
    assert 0.2 < result.stats["run_wall_seconds"] < 3


def test_same_seed_same_fingerprint_other_seed_another() -> None:
    scenario = incast_scenario()
    assert pf.simulate(scenario).fingerprint == pf.simulate(scenario).fingerprint
    assert pf.simulate(scenario).fingerprint != pf.simulate(scenario.replace(seed=2)).fingerprint


def test_runs_in_threads_do_not_disturb_each_other() -> None:
    scenarios = [incast_scenario(seed=seed) for seed in (1, 2, 3, 1)]
    alone = [pf.simulate(scenario).fingerprint for scenario in scenarios]
    with ThreadPoolExecutor(4) as pool:
        together = [result.fingerprint for result in pool.map(pf.simulate, scenarios)]
    assert together == alone
    assert len(set(alone)) == 3


@pytest.mark.parametrize("error", [ValueError("boom"), MemoryError("boom"), KeyError("boom")])
def test_what_progress_raises_reaches_its_caller(error: Exception) -> None:
    def progress(_: object) -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        pf.simulate(incast_scenario(), progress=progress)
    assert caught.value is error


def test_numbers_of_threads_may_be_numpys() -> None:
    assert pf.simulate(incast_scenario(), threads=np.int64(2)).stats["threads"] == 2


@pytest.mark.parametrize("value", ["x", "-5s", -1, float("nan"), True])
def test_wall_times_are_told_in_seconds(value):
    with pytest.raises(pf.ScenarioError, match="must be a number of seconds from 0 on, or such"):
        pf.simulate(pf.Scenario(pf.star(2), pf.Flow(0, 1, 1)), max_wall=value)


def test_timeouts_without_a_drop_are_told():
    """Two packets whose round trip of more than 4 us is longer than the timer."""
    flows = [pf.Flow(0, 1, 4096), pf.Flow(2, 3, 4096)]
    scenario = pf.Scenario(pf.star(4), pf.Workload(flows), nic=pf.Nic(rto="3us"))
    told = "2 retransmission timeouts without a drop"
    assert told in str(pf.simulate(scenario))
    assert told not in str(pf.simulate(scenario.replace({"nic.rto": "10us"})))
