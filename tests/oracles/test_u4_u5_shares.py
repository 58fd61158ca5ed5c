"""U4 and U5: max-min shares, and the shares that PFC alone gives.

A congested lossless egress divides its rate equally over its backlogged ingress ports, and so on
upstream; flows that enter by one port share that port's part. Equal delays and thresholds.
"""

from __future__ import annotations

import pytest
from oracle_tools import STILL, goodput_share, rates_bps

import pyfabric as pf

GBPS = 1e9
PFC_ONLY = pf.NoCongestionControl()
#: A static threshold: equal for all ports at all times, as U5 assumes.
EQUAL = pf.Switch(pfc=pf.PFC(xoff="60kB"), ecn=None)
RATE = "40Gbps"


def shares(topology: pf.Topology, pairs: list[tuple[str, str]]) -> list[float]:
    """Wire share of 40 Gb/s of each greedy flow in steady state."""
    flows = [pf.Flow(src, dst, None, op="send") for src, dst in pairs]
    scenario = pf.Scenario(
        topology=topology,
        workload=pf.flows(flows),
        congestion_control=PFC_ONLY,
        switch=EQUAL,
        nic=STILL,
        until="1ms",
    )
    rates = rates_bps(scenario, "2ms", "12ms")
    return [rate / (40 * GBPS * goodput_share()) for rate in rates]


@pytest.mark.parametrize("flows", [1, 2, 3, 7])
def test_queue_pairs_of_one_nic_share_its_link_equally(flows: int) -> None:
    topology = pf.Topology.from_edges(2, 0, [("host0", "host1", RATE, "1us")])
    assert shares(topology, [("host0", "host1")] * flows) == pytest.approx(
        [1 / flows] * flows, rel=0.002
    )


@pytest.mark.parametrize("senders", [2, 3, 5])
def test_incast_divides_equally_over_ingress_ports(senders: int) -> None:
    topology = pf.star(hosts=senders + 1, rate=RATE, link_delay="1us")
    pairs = [(f"host{i + 1}", "host0") for i in range(senders)]
    assert shares(topology, pairs) == pytest.approx([1 / senders] * senders, rel=0.03)


def test_flows_of_one_ingress_port_share_its_part() -> None:
    topology = pf.star(hosts=3, rate=RATE, link_delay="1us")
    pairs = [("host1", "host0"), ("host1", "host0"), ("host2", "host0")]
    assert shares(topology, pairs) == pytest.approx([0.25, 0.25, 0.5], rel=0.03)


def line_of_switches(hosts_at: list[int]) -> pf.Topology:
    """Switches in a line; ``hosts_at[i]`` hosts at switch i, every link 40G and 1 us."""
    edges = [(f"switch{i}", f"switch{i + 1}", RATE, "1us") for i in range(len(hosts_at) - 1)]
    host = 0
    for switch, count in enumerate(hosts_at):
        for _ in range(count):
            edges.append((f"host{host}", f"switch{switch}", RATE, "1us"))
            host += 1
    return pf.Topology.from_edges(host, len(hosts_at), edges)


@pytest.mark.parametrize("links", [2, 3])
def test_parking_lot_is_near_half(links: int) -> None:
    """Max-min gives C/2 to all; PFC comes near it from one side only.

    Every pause of a link for its long flow also stops the short flow behind it (head of line), so
    both lose the idle time of the upstream link, and the last short flow gains it.
    """
    # host0 long sender, host1 first short sender, then one receiver and one sender a switch.
    hosts = [2] + [2] * (links - 1) + [2]
    pairs = [("host0", f"host{2 * links + 1}")]
    pairs += [(f"host{2 * i + 1}", f"host{2 * i + 2}") for i in range(links)]
    measured = shares(line_of_switches(hosts), pairs)
    assert measured == pytest.approx([0.5] * (links + 1), rel=0.12)
    assert measured[0] <= 0.5 <= measured[-1]
    assert measured[0] + measured[-1] == pytest.approx(1, rel=0.001)


def test_long_flow_against_two_shorts_then_one() -> None:
    # Link 1: long + two shorts, link 2: long + one short. Max-min: 1/3, 1/3, 1/3, 2/3.
    topology = line_of_switches([3, 3, 2])
    pairs = [("host0", "host6"), ("host1", "host3"), ("host2", "host4"), ("host5", "host7")]
    assert shares(topology, pairs) == pytest.approx([1 / 3, 1 / 3, 1 / 3, 2 / 3], rel=0.03)
