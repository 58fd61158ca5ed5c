"""In-band telemetry in the engine: any threads, losses, coalesced ACKs, slow receivers, memory."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from run_equality import assert_identical_runs

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import run

FABRIC = pf.Scenario(
    topology=pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, host_rate="100Gbps"),
    workload=pf.permutation("200kB") + pf.incast("host0", size="50kB"),
    congestion_control=pf.HPCC(),
    seed=5,
)
DAMAGING = [
    *[
        {"a": f"host{i}", "b": f"switch{i // 4}", "rate": "100Gbps", "delay": "1us"}
        for i in range(8)
    ],
    *[
        {"a": f"switch{i}", "b": "switch2", "rate": "400Gbps", "delay": "1us", "error_rate": 0.01}
        for i in range(2)
    ],
]
#: Telemetry that ends on the way: damaged frames, packets without an ACK, full buffers.
HARD: dict[str, dict[str, Any]] = {
    "plain": {},
    "link errors": {
        "topology": pf.Topology.from_edges(8, 3, DAMAGING),
        "nic": pf.Nic(rto="100us", retries=255),
    },
    "coalesced": {"nic": pf.Nic(ack_every=7)},
    "slow receiver": {"nic": pf.Nic(receive_rate="20Gbps", receive_buffer="300kB")},
    "lossy": {
        "switch": pf.Switch(lossless_priorities=(), buffer="300kB", ecn=None),
        "nic": pf.Nic(rto="100us", retries=255),
    },
    "stopped": {"until": "7us"},
}


@pytest.mark.parametrize("name", HARD)
def test_threads_give_the_same_and_nothing_is_lost(name: str) -> None:
    """Every run checks that each piece of telemetry belongs to one frame."""
    plan = compile_scenario(FABRIC.replace(**HARD[name]))
    assert plan.scalars["int_hops"] == 3
    alone = run(plan)
    for threads in (2, 3):
        assert_identical_runs(alone, run(plan, threads=threads))


def test_records_beyond_the_room_are_left_out() -> None:
    """A plan from a file may promise room for fewer switches than a path has."""
    plan = compile_scenario(FABRIC)
    prints = set()
    for hops in (1, 2, 3):
        short = dataclasses.replace(plan, scalars={**plan.scalars, "int_hops": hops})
        prints.add(run(short).fingerprint)
    assert len(prints) == 3  # HPCC sees another path


@pytest.mark.parametrize(("name", "value"), [("int_hops", -1), ("int_hops", 17)])
def test_bad_plans_are_refused(name: str, value: int) -> None:
    plan = compile_scenario(FABRIC)
    with pytest.raises(pf.EngineError, match="int_hops is outside"):
        run(dataclasses.replace(plan, scalars={**plan.scalars, name: value}))


@pytest.mark.parametrize(
    ("position", "value"), [(0, 0.0), (0, 2.0), (1, -1.0), (4, 0.0), (6, -5.0), (9, -1.0)]
)
def test_bad_parameters_are_refused(position: int, value: float) -> None:
    plan = compile_scenario(FABRIC)
    parameters = plan.columns["cc_parameters"].copy()
    parameters.reshape(-1, 32)[0, position] = value
    broken = dataclasses.replace(plan, columns={**plan.columns, "cc_parameters": parameters})
    with pytest.raises(pf.EngineError, match="'hpcc' returned error 1"):
        run(broken)


def test_a_path_longer_than_the_state_is_an_error() -> None:
    """The compiler refuses it; a plan from a file ends with a message."""
    names = ["host0", *(f"switch{i}" for i in range(9)), "host1"]
    edges = [(a, b, "100Gbps", "1us") for a, b in pairwise(names)]
    topology = pf.Topology.from_edges(2, 9, edges)
    scenario = pf.Scenario(topology, pf.Flow(0, 1, "100kB"), congestion_control=pf.DCQCN())
    plan = compile_scenario(scenario)
    columns = {**plan.columns, "cc_algorithm": np.array([3], dtype=np.uint32)}
    rows = np.zeros((1, 32))
    rows[0, :11] = pf.HPCC().parameters_for(100 * 10**9)
    columns["cc_parameters"] = rows.reshape(plan.columns["cc_parameters"].shape)
    long = Plan(columns, {**plan.scalars, "int_hops": 9}, plan.labels)
    with pytest.raises(pf.EngineError, match="'hpcc' returned error 2"):
        run(long)
    assert run(Plan(columns, {**plan.scalars, "int_hops": 8}, plan.labels)).stats["packet_hops"]


def test_telemetry_counts_as_memory() -> None:
    """24 B for each switch of the longest path and 8 B, on each packet under way."""
    endless = FABRIC.replace(workload=pf.permutation(None), until="100us")
    used = {
        control.name: run(compile_scenario(endless.replace(congestion_control=control))).stats[
            "engine_memory_bytes"
        ]
        for control in (pf.HPCC(), pf.StaticWindow("bdp"))
    }
    chunk = 1024 * (8 + 3 * 24)
    assert used["hpcc"] - used["window"] >= chunk


def test_telemetry_of_one_way_traffic_comes_back_to_the_threads_that_need_it() -> None:
    """Most telemetry of packets that start at one end of a row of hosts ends at the other."""
    scenario = FABRIC.replace(
        topology=pf.star(6, rate="100Gbps", link_delay="1us"),
        workload=pf.flows([pf.Flow(sender, 5, "20MB") for sender in range(3)]),
        nic=pf.Nic(ack_every=16),
    )
    plan = compile_scenario(scenario)
    alone = run(plan)
    chunk = 1024 * (8 + plan.scalars["int_hops"] * 24)
    for threads in (2, 3):
        shared = run(plan, threads=threads)
        assert_identical_runs(alone, shared)
        more = shared.stats["engine_memory_bytes"] - alone.stats["engine_memory_bytes"]
        assert more < 5 * chunk  # of 13 that end there


def test_a_run_without_telemetry_may_stop_with_naks_of_selective_repeat_under_way() -> None:
    """Their free bits hold the packet that caused them, no telemetry."""
    scenario = pf.Scenario(
        topology=pf.star(4, rate="25Gbps", link_delay="10us"),
        workload=pf.flows([pf.Flow(sender, 0, "1MB") for sender in (1, 2, 3)]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(lossless_priorities=(), buffer="300kB", ecn=None),
        nic=pf.Nic(start_jitter=0, recovery="selective_repeat", retries=100),
        until="230us",
    )
    assert pf.simulate(scenario).stop_reason == "until"
