"""The engine's memory: what an idle queue pair and a packet in flight cost, and the bound."""

from __future__ import annotations

import pytest

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.engine import run


def bytes_of(scenario: pf.Scenario, max_wall_seconds: float | None = None) -> int:
    raw = run(compile_scenario(scenario), max_wall_seconds=max_wall_seconds)
    return int(raw.stats["engine_memory_bytes"])


def many_pairs(receivers: int) -> pf.Scenario:
    flows = [pf.Flow(src, 8 + dst, "1kB") for src in range(8) for dst in range(receivers)]
    return pf.Scenario(topology=pf.star(64), workload=pf.flows(flows))


def test_an_idle_queue_pair_takes_at_most_a_kibibyte() -> None:
    few, many = bytes_of(many_pairs(6), 0), bytes_of(many_pairs(56), 0)
    assert 0 < many - few <= 8 * 50 * 1024


def test_a_packet_in_flight_takes_at_most_200_bytes() -> None:
    """A link of 100 km carries 2 * 500 us * 400 Gb/s = 50 MB: 12,000 packets of one host."""
    rate, way_ps = 400 * 10**9, 500 * 10**6
    topology = pf.Topology.from_edges(
        2, 1, [("host0", "switch0", rate, way_ps), ("host1", "switch0", rate, way_ps)]
    )
    flow = pf.Flow(0, 1, None)
    scenario = pf.Scenario(
        topology=topology,
        workload=pf.flows([flow]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(buffer="200MB"),
        until="2ms",
    )
    packets = rate * 2 * way_ps // (8 * 10**12 * (4096 + 82))  # with headers, preamble and gap
    acknowledgements = packets
    grown = bytes_of(scenario) - bytes_of(scenario, 0)
    assert 48 * packets < grown <= 200 * (packets + acknowledgements)


INCAST = pf.Scenario(
    topology=pf.star(33), workload=pf.incast(receiver=0, senders=range(1, 33), size="200kB")
)


def test_a_run_keeps_to_its_bound_or_says_so() -> None:
    needed, planned = bytes_of(INCAST), bytes_of(INCAST, 0)
    assert planned < needed
    assert pf.simulate(INCAST, max_memory=needed).complete
    for threads in (1, 2):
        with pytest.raises(
            pf.EngineError, match=r"outgrown max_memory = .*raise max_memory"
        ) as info:
            pf.simulate(INCAST, max_memory=(planned + needed) // 2, threads=threads)
        assert info.value.time_ps > 0
    with pytest.raises(
        pf.EngineError, match="34 nodes, 66 ports, 32 queue pairs and 32 flows alone"
    ):
        pf.simulate(INCAST, max_memory=planned - 1)


@pytest.mark.parametrize("bound", [0, -1, True, "6", "6Gbps", 1.5])
def test_bounds_that_are_none(bound: object) -> None:
    with pytest.raises(pf.ScenarioError, match=r"simulate\.max_memory"):
        pf.simulate(INCAST, max_memory=bound)  # type: ignore[arg-type]
