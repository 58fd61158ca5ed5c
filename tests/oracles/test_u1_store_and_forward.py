"""U1: completion time over an idle path, exact to the picosecond.

Store-and-forward recursion: on every link a packet starts at max(arrival, link free), takes its
wire bytes at the link's rate, and arrives one propagation delay later.
"""

from __future__ import annotations

import pytest
from oracle_tools import STILL, chain, run_scenario

import pyfabric as pf

GBPS = 10**9
PATHS = {
    "2 x 400G": ["400Gbps"] * 2,
    "4 x 400G": ["400Gbps"] * 4,
    "6 x 400G": ["400Gbps"] * 6,
    "100G, 4 x 400G, 100G": ["100Gbps", *["400Gbps"] * 4, "100Gbps"],
}
SIZES = {"64B": 64, "4KiB": 4096, "64KiB": 2**16, "1MiB": 2**20, "16MiB": 2**24}
#: Microseconds for payload + 82 B on every packet, every link 1 us.
PUBLISHED_US = {
    "2 x 400G": [2.006, 2.167, 3.421, 23.475, 344.345],
    "4 x 400G": [4.012, 4.334, 5.588, 25.642, 346.512],
    "6 x 400G": [6.018, 6.501, 7.755, 27.809, 348.680],
    "100G, 4 x 400G, 100G": [6.035, 7.003, 12.016, 92.234, 1375.716],
}


def wire_sizes(size_bytes: int, op: str) -> list[int]:
    sizes = [min(4096, size_bytes - sent) for sent in range(0, size_bytes, 4096)]
    wire = [(payload + 3) // 4 * 4 + 82 for payload in sizes]
    if op == "write":
        wire[0] += 16
    return wire


def recursion_ps(rates: list[str], size_bytes: int, op: str, delay_ps: int = 10**6) -> int:
    arrivals = [0] * len(wire_sizes(size_bytes, op))
    for rate in rates:
        bps, free = int(rate.removesuffix("Gbps")) * GBPS, 0
        for i, wire in enumerate(wire_sizes(size_bytes, op)):
            free = max(arrivals[i], free) - (-wire * 8 * 10**12 // bps)
            arrivals[i] = free + delay_ps
    return arrivals[-1]


def fct_ps(rates: list[str], size_bytes: int, op: str) -> int:
    scenario = pf.Scenario(
        topology=chain(rates),
        workload=pf.flows([pf.Flow(0, 1, size_bytes, op=op)]),
        congestion_control=pf.NoCongestionControl(),
        nic=STILL,
    )
    done = run_scenario(scenario)
    fct: int = done.column("flows", "fct_ps")[0]
    assert done.plan.labels["ideal_fct_ps"][0] == fct
    return fct


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", SIZES)
def test_send_is_exact_and_matches_the_published_table(path: str, size: str) -> None:
    measured = fct_ps(PATHS[path], SIZES[size], "send")
    assert measured == recursion_ps(PATHS[path], SIZES[size], "send")
    published = PUBLISHED_US[path][list(SIZES).index(size)]
    assert measured / 1e6 == pytest.approx(published, abs=0.00051)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", SIZES)
def test_write_carries_reth_in_its_first_packet(path: str, size: str) -> None:
    assert fct_ps(PATHS[path], SIZES[size], "write") == recursion_ps(
        PATHS[path], SIZES[size], "write"
    )


def test_one_flow_over_one_link() -> None:
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 0, [("host0", "host1", "400Gbps", "1us")]),
        workload=pf.flows([pf.Flow(0, 1, 4096, op="send")]),
        nic=STILL,
    )
    done = run_scenario(scenario)
    assert done.column("flows", "fct_ps") == [4178 * 20 + 10**6]
    # The acknowledgement (86 B on the wire) goes back the same way.
    assert done.column("flows", "sender_fct_ps") == [4178 * 20 + 10**6 + 86 * 20 + 10**6]


def test_odd_rate_rounds_up_each_frame() -> None:
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 0, [("host0", "host1", "7Gbps", "1us")]),
        workload=pf.flows([pf.Flow(0, 1, 10 * 4096, op="send")]),
        nic=STILL,
    )
    frame_ps = -(-4178 * 8 * 10**12 // (7 * GBPS))
    assert run_scenario(scenario).column("flows", "fct_ps") == [10 * frame_ps + 10**6]
