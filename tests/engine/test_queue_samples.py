"""Recorded queue depths: a row per instant from the first use of a queue to the end of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfabric as pf


def test_a_deep_queue_is_sampled_until_the_end() -> None:
    """8:1 of 100 kB: 200 frames deep, then empty again while the last ACKs travel."""
    scenario = pf.Scenario(
        topology=pf.star(9), workload=pf.incast(receiver=0, senders=range(1, 9), size="100kB")
    )
    result = pf.simulate(scenario, record={"queues": "1us"})
    queues = result.queues
    deepest = int(np.argmax(queues["size_bytes"]))
    assert queues["size_bytes"][deepest] > 64 * 4096
    same = (queues["port"] == queues["port"][deepest]) & (
        queues["priority"] == queues["priority"][deepest]
    )
    times, depths = queues["time_ps"][same], queues["size_bytes"][same]
    assert np.all(np.diff(times) == 10**6)
    assert result.end_ps - 10**6 <= times[-1] <= result.end_ps
    assert depths[-1] == 0


def congested(**settings: Any) -> pf.Scenario:
    """Marks, drops and pauses in a switch; ends at a multiple of the samples' time."""
    lossy = {"lossless_priorities": [], "buffer": "300kB"} if settings.pop("lossy", False) else {}
    switch = pf.Switch(ecn=pf.ECN(kmin="10kB", kmax="200kB", pmax=0.3), **lossy, **settings)
    return pf.Scenario(
        topology=pf.leaf_spine(leaves=2, spines=1, hosts_per_leaf=4, host_rate="100Gbps"),
        workload=pf.incast("host0", size="2MB"),
        switch=switch,
        congestion_control=pf.StaticWindow("200kB"),
        until="200us",
    )


@pytest.mark.parametrize("mark_at", ["dequeue", "enqueue"])
def test_marks_of_the_samples_sum_to_the_counters(mark_at: str) -> None:
    ecn = pf.ECN(kmin="10kB", kmax="200kB", pmax=0.3, mark_at=mark_at)
    scenario = congested().replace({"switch.ecn": ecn})
    result = pf.simulate(scenario, record={"queues": "2us", "trace": True})
    queues, classes = result.queues, result.classes
    marked = dict.fromkeys(zip(classes["port"], classes["priority"], strict=True), 0)
    for port, priority, marks in zip(
        queues["port"], queues["priority"], queues["ecn_marks"], strict=True
    ):
        marked[port, priority] += marks
    assert list(marked.values()) == classes["ecn_marks"].tolist()
    assert queues["ecn_marks"].sum() > 500
    # Data frames of 4 kB and a header, the last one of each message apart.
    size = queues["marked_bytes"].sum() / queues["ecn_marks"].sum()
    assert 4096 < size <= result.trace["size_bytes"].max()


def test_each_mark_is_in_the_sample_behind_it() -> None:
    scenario = congested().replace(topology=pf.star(8, rate="100Gbps"))
    result = pf.simulate(scenario, record={"queues": "2us", "trace": True})
    trace, queues = result.trace, result.queues
    at = int(queues["port"][np.argmax(queues["ecn_marks"])])
    sent = (trace["port"] == at) & (trace["event"] == "transmit") & (trace["kind"] == "data")
    ce = np.flatnonzero(sent & (trace["ecn"] == 3))
    mine = queues["port"] == at
    counted = np.zeros(mine.sum(), dtype=np.int64)
    np.add.at(counted, trace["time_ps"][ce] // 2_000_000 + 1, 1)
    assert counted.tolist() == queues["ecn_marks"][mine].tolist()


@pytest.mark.parametrize("record", [{"queues": "2us"}, {"queues": "500ns"}])
def test_drops_of_the_samples_are_those_of_the_table(record: dict[str, str]) -> None:
    scenario = congested(lossy=True).replace(nic=pf.Nic(rto="100us"))
    result = pf.simulate(scenario, record=record)
    assert set(result.drops["cause"].tolist()) <= {"ingress_threshold", "egress_threshold"}
    assert result.queues["drops"].sum() == len(result.drops) > 50
    assert result.queues["dropped_bytes"].sum() == result.drops["size_bytes"].sum()
    plain = pf.simulate(scenario)
    assert plain.fingerprint == result.fingerprint


def test_paused_is_what_the_table_of_pauses_says() -> None:
    result = pf.simulate(congested(buffer="1MB"), record={"queues": "1us"})
    queues, pauses = result.queues, result.pauses
    assert 0 < queues["paused"].sum() < len(queues)
    end = np.where(pauses["end_ps"] < 0, result.end_ps, pauses["end_ps"])
    for row in range(0, len(queues), 7):
        here = (pauses["port"] == queues["port"][row]) & (
            pauses["priority"] == queues["priority"][row]
        )
        time_ps = queues["time_ps"][row]
        inside = here & (pauses["start_ps"] < time_ps) & (time_ps <= end)
        assert queues["paused"][row] == inside.any()


def test_a_watchdogs_drops_are_in_the_queue_that_it_emptied() -> None:
    scenario = pf.Scenario(
        topology=pf.star(4, rate="100Gbps"),
        workload=pf.incast("host0", size="1MB"),
        switch=pf.Switch(watchdog=pf.PFCWatchdog(action="drop", detection="100us", poll="50us")),
        faults=[pf.PauseStorm(host="host0", start="10us", duration="1ms")],
        congestion_control=pf.NoCongestionControl(),
        until="2ms",
    )
    result = pf.simulate(scenario, record={"queues": "10us"})
    mine = result.queues["port_name"] == "switch0->host0"
    assert set(result.drops["cause"].tolist()) == {"watchdog"}
    assert result.queues["drops"][mine].sum() == len(result.drops) > 100


def test_a_result_without_the_counts_loads() -> None:
    """One that the first layout saved."""
    queues = pf.load_result(Path(__file__).parents[1] / "data" / "result_v1").queues
    assert "size_bytes" in queues
    assert "ecn_marks" not in queues
