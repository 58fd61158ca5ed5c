"""Runs on several threads: limits, slices, faults, interrupts, many engines at once."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from run_equality import assert_identical_runs

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import Progress, run, runner

US = 10**6


def fabric(**changes: Any) -> Plan:
    scenario = pf.Scenario(
        topology=pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, host_rate="100Gbps"),
        workload=pf.permutation("200kB") + pf.incast("host0", size="50kB"),
        seed=5,
    )
    return compile_scenario(scenario.replace(changes))


def broken_senders(begin_us: dict[int, float]) -> Plan:
    """Hosts send to host 0 from time 0 on; the second flow of some fails when it begins."""
    hosts = range(1, 6)
    rows = [pf.Flow(f"host{host}", "host0", "100kB", qp="fresh") for host in hosts]
    rows += [
        pf.Flow(f"host{host}", "host0", "10kB", f"{us}us", qp="fresh")
        for host, us in begin_us.items()
    ]
    plan = compile_scenario(
        pf.Scenario(
            topology=pf.star(hosts=6, rate="100Gbps", link_delay="2us"),
            workload=pf.flows(rows),
            nic=pf.Nic(start_jitter="0ns"),
        )
    )
    columns = dict(plan.columns)
    parameters = np.concatenate([columns["cc_parameters"]] * 2)
    parameters.reshape(2, -1)[1, 1] = 0  # no alpha timer: DCQCN refuses to begin
    columns["cc_parameters"] = parameters
    columns["cc_algorithm"] = np.concatenate([columns["cc_algorithm"]] * 2)
    columns["qp_cc"] = columns["qp_cc"].copy()
    columns["qp_cc"][columns["flow_qp"][len(hosts) :]] = 1
    return dataclasses.replace(plan, columns=columns)


@pytest.mark.parametrize(
    ("begin_us", "first"),
    [
        ({2: 1.9, 3: 0.7, 5: 1.3}, (0.7, "host3")),
        ({1: 3.0, 4: 2.5}, (2.5, "host4")),
        ({5: 1.1, 4: 1.1, 1: 1.2}, (1.1, "host4")),  # at one time: the first node
    ],
)
def test_a_fault_is_the_earliest_in_every_execution(
    begin_us: dict[int, float], first: tuple[float, str]
) -> None:
    plan = broken_senders(begin_us)
    dice = random.Random(1)
    splits: list[list[int]] = [[], [0] * 7, list(range(7)), [0, 0, 1, 2, 1, 0, 3]]
    splits += [[dice.randrange(3) for _ in range(7)] for _ in range(5)]
    for threads in (1, 2, 3, 8):
        for partition_of in splits:
            with pytest.raises(pf.EngineError) as caught:
                run(plan, threads=threads, partition_of=partition_of)
            found = caught.value.time_ps, caught.value.node
            assert found == (round(first[0] * US), first[1]), (threads, partition_of)


@pytest.mark.parametrize("until", ["7us", "23.456789us", "41us"])
def test_a_run_ends_exactly_then_on_any_number_of_threads(until: str) -> None:
    plan = fabric(until=until)
    first = run(plan, trace=True)
    assert (first.stop_reason, first.end_ps) == ("until", plan.scalars["until_ps"])
    for threads in (2, 3, 4):
        assert_identical_runs(first, run(plan, trace=True, threads=threads))


def test_slices_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = fabric(workload=pf.permutation("4MB"))  # some hundred windows
    first = run(plan, trace=True)
    monkeypatch.setattr(runner, "SLICE_SECONDS", 1e-9)  # each ends when the clock is read
    for threads in (1, 2, 3):
        seen: list[Progress] = []
        again = run(plan, trace=True, threads=threads, progress=seen.append)
        assert_identical_runs(first, again)
        assert len(seen) > 2
        times = [progress.time_ps for progress in seen]
        assert times == sorted(times)
        assert seen[-1].open_flows == 0


def test_no_wall_time_is_a_partial_result_in_which_nothing_happened() -> None:
    raw = run(fabric(), threads=3, max_wall_seconds=0)
    assert (raw.stop_reason, raw.end_ps, raw.stats["events"]) == ("max_wall", 0, 0)
    assert pf.simulate(fabric(), threads=2, max_wall=0).partial


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_ctrl_c_gives_a_partial_result(threads: int) -> None:
    """The signal comes from another thread, as it may while the engine runs."""
    plan = fabric(workload=pf.permutation("100GB"))
    sender = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT))

    def interrupt(progress: Progress) -> None:
        if sender.ident is None:
            sender.start()

    result = pf.simulate(plan, threads=threads, progress=interrupt, max_wall=120)
    sender.join()
    assert result.stop_reason == "interrupted"
    assert result.fingerprint is None
    assert result.end_ps > 0
    assert result.ports["tx_frames"].sum() == result.stats["packet_hops"] > 0


def test_more_threads_than_nodes() -> None:
    plan = compile_scenario(
        pf.Scenario(topology=pf.star(2, "100Gbps"), workload=pf.Flow("host0", "host1", "1MB"))
    )
    first = run(plan, trace=True)
    for threads in (4, 16, 256):
        again = run(plan, trace=True, threads=threads)
        assert_identical_runs(first, again)
        assert again.stats["threads"] == threads


def test_eight_engines_with_two_threads_each_agree_with_one() -> None:
    plan = fabric()
    alone = run(plan)
    with ThreadPoolExecutor(8) as pool:
        for raw in pool.map(lambda _: run(plan, threads=2), range(8)):
            assert_identical_runs(alone, raw)
