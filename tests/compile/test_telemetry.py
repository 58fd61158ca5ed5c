"""In-band telemetry in plans: sizes of frames, number of records, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from oracle_tools import chain

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.connections import longest_base_rtt_ps
from pyfabric.errors import ScenarioError

STAR = pf.star(hosts=3, rate="100Gbps")
LEAF_SPINE = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=2)


def scenario(topology: pf.Topology = STAR, **fields: object) -> pf.Scenario:
    given = {"congestion_control": pf.HPCC(), **fields}
    return pf.Scenario(topology, pf.permutation("10kB"), **given)


def scalars(**fields: object) -> dict[str, int]:
    return dict(compile_scenario(scenario(**fields)).scalars)


def test_frames_grow_with_the_room_for_records() -> None:
    with_int, without = scalars(), scalars(congestion_control=pf.DCQCN())
    grown = {name: with_int[name] - without[name] for name in with_int}
    assert {name: value for name, value in grown.items() if value} == {
        "header_bytes": 2 + 5 * 8,
        "ack_bytes": 2 + 5 * 8,
        "dwrr_quantum_bytes": 2 + 5 * 8,
        "int_hops": 1,
    }
    other = scalars(framing=pf.Framing(int_hop="12B", int_count="4B", int_hops=3))
    assert other["header_bytes"] == 62 + 4 + 3 * 12
    fixed = scalars(framing=pf.Framing(int_ack="100B"))
    assert fixed["ack_bytes"] == 100


def test_frames_of_the_ns3_simulator() -> None:
    """1,090 B of data with 1,000 B of payload, ACKs of 88 B."""
    found = scalars(framing=pf.Framing.ns3(), nic=pf.Nic(mtu="1000B"))
    assert (found["mtu_bytes"] + found["header_bytes"], found["ack_bytes"]) == (1090, 88)


@pytest.mark.parametrize(
    ("topology", "hops"),
    [(STAR, 1), (LEAF_SPINE, 3), (pf.fat_tree(4), 5), (chain(["100Gbps"] * 4), 3)],
)
def test_records_of_the_longest_path(topology: pf.Topology, hops: int) -> None:
    fabric = scenario(topology).replace(workload=pf.all_to_all("10kB"))
    assert compile_scenario(fabric).scalars["int_hops"] == hops


def test_a_path_without_a_switch_has_no_telemetry() -> None:
    """Nothing is told, so the flow stays at line rate under its window."""
    pair = pf.Topology.from_edges(2, 0, [("host0", "host1", "100Gbps", "1us")])
    plain = scenario(pair)
    assert compile_scenario(plain).scalars["int_hops"] == 0
    assert pf.simulate(plain).complete


def refusal(given: pf.Scenario) -> str:
    with pytest.raises(ScenarioError) as caught:
        compile_scenario(given)
    return str(caught.value)


def test_switches_without_telemetry_are_named() -> None:
    dumb = pf.Switch(int_telemetry=False)
    message = refusal(scenario(LEAF_SPINE, overrides={"spine1": dumb}))
    assert "overrides['spine1'].int_telemetry" in message
    assert "False at spine1" in message
    assert "leaf" not in message
    every = refusal(scenario(LEAF_SPINE, switch=dumb))
    assert all(name in every for name in ("switch.int_telemetry", "leaf0", "spine1"))
    compile_scenario(scenario(LEAF_SPINE, switch=dumb, congestion_control=pf.DCQCN()))


def test_paths_that_are_too_long_are_named() -> None:
    line = chain(["100Gbps"] * 7)
    assert "6 switches, but framing.int_hops is 5" in refusal(scenario(line))
    roomy = scenario(line, framing=pf.Framing(int_hops=6))
    assert compile_scenario(roomy).scalars["int_hops"] == 6
    per_hop = roomy.replace(congestion_control=pf.HPCC(multi_rate=True))
    assert "at most 5" in refusal(per_hop)
    longer = scenario(chain(["100Gbps"] * 10), framing=pf.Framing(int_hops=16))
    assert "at most 8" in refusal(longer)


@pytest.mark.parametrize("window", ["auto", "bdp", None])
def test_reads_are_refused(window: str | None) -> None:
    reads = scenario(congestion_control=pf.HPCC(window=window)).replace(
        workload=pf.permutation("10kB", op="read")
    )
    message = refusal(reads)
    assert "op 'read' cannot run under" in message
    assert "no telemetry comes back" in message


def test_longest_base_rtt(monkeypatch: pytest.MonkeyPatch) -> None:
    """``base_rtt="max"`` is that of the farthest pair, whoever sends."""
    near = pf.Scenario(
        LEAF_SPINE, pf.Flow(0, 1, "10kB"), congestion_control=pf.HPCC(base_rtt="max")
    )
    far = near.replace(workload=pf.all_to_all("10kB"))
    longest = int(compile_scenario(far).columns["qp_base_rtt_ps"].max())
    plan = compile_scenario(near)
    assert plan.columns["qp_base_rtt_ps"][0] < longest
    assert plan.columns["cc_parameters"][0][6] == longest
    given = compile_scenario(near.replace(congestion_control=pf.HPCC(base_rtt="13us")))
    assert given.columns["cc_parameters"][0][6] == 13e6
    auto = compile_scenario(near.replace(congestion_control=pf.HPCC()))
    assert auto.columns["cc_parameters"][0][6] == 0
    assert callable(longest_base_rtt_ps)


def test_base_rtt_counts_the_telemetry() -> None:
    """42 B more each way on each of two links: 4 x 42 x 8 bits at 100 Gb/s."""
    with_int, without = (
        int(compile_scenario(scenario(congestion_control=each)).columns["qp_base_rtt_ps"][0])
        for each in (pf.HPCC(), pf.DCQCN())
    )
    assert with_int - without == 4 * 42 * 80


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: pf.HPCC(rate_ai="50Mbps"), ["HPCC.rate_ai", "exactly one"]),
        (lambda: pf.HPCC(window_ai=None), ["HPCC.rate_ai", "exactly one"]),
        (lambda: pf.HPCC(rates_at="100G"), ["HPCC.rates_at", "no effect"]),
        (lambda: pf.HPCC(eta=0), ["HPCC.eta", "above 0 to 1"]),
        (lambda: pf.HPCC(base_rtt="maxi"), ["HPCC.base_rtt", "did you mean 'max'"]),
        (lambda: pf.HPCC(base_rtt=0), ["HPCC.base_rtt", "1ns"]),
        (lambda: pf.HPCC(int_quantization=0), ["HPCC.int_quantization", "1 to 1024"]),
        (lambda: pf.HPCC(max_stage=-1), ["HPCC.max_stage"]),
        (lambda: pf.HPCC.preset("papper"), ["did you mean 'paper'"]),
        (lambda: pf.Framing(int_hops=17), ["Framing.int_hops", "1 to 16"]),
        (lambda: pf.Framing(int_hop="65B"), ["Framing.int_hop"]),
        (lambda: pf.Switch(int_telemetry=1), ["Switch.int_telemetry"]),
    ],
)
def test_bad_settings(made: object, words: list[str]) -> None:
    assert callable(made)
    with pytest.raises(ScenarioError) as caught:
        made()
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_repository_set_scales_its_increase() -> None:
    found = [
        pf.HPCC.preset("hpcc", base_rtt="auto").parameters_for(rate * 10**9)[3]
        for rate in (25, 400)
    ]
    assert np.allclose(found, [10e6, 160e6])
