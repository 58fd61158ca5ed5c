"""P20 by simulation: ``pf.headroom`` at its edge, and full throughput after XON.

Links are drawn at random by a printed seed; ``pytest -m slow`` takes a hundred others each time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from oracle_tools import Run, run_scenario
from trace_rows import DATA, TRANSMIT, XOFF, Trace

import pyfabric as pf

RATES = ("10Gbps", "25Gbps", "40Gbps", "50Gbps", "100Gbps", "200Gbps", "400Gbps", "800Gbps")
PHASES = 5
#: Data packets are as large as frames get without RETH.
HEADER = 62


@dataclass(frozen=True)
class Link:
    """One link, its frames, and the formula's word on it."""

    rate: str
    cable: str
    mtu: int
    reaction: str | None = None
    interface: str | None = None

    @property
    def found(self) -> pf.Headroom:
        return pf.headroom(
            self.rate,
            self.cable,
            mtu=self.mtu,
            reaction=self.reaction,
            interface=self.interface,
        )

    @property
    def frame_ps(self) -> int:
        return -(-(self.mtu + 20) * 8 * 10**12 // self.found.rate_bps)


def draw_link(draw: random.Random, longest_m: float) -> Link:
    """Cables are log-uniform from 1 m; half of the peers react as the standards allow."""
    mtu = draw.choice([1086, 2110, 4158, 9216, draw.randrange(HEADER + 256, 9217)])
    metres = longest_m ** draw.random()
    if draw.random() < 0.5:
        return Link(draw.choice(RATES), f"{metres:.3f}m", mtu)
    times = f"{draw.randrange(0, 1_000_000)}ps", f"{draw.randrange(0, 500_000)}ps"
    return Link(draw.choice(RATES), f"{metres:.3f}m", mtu, *times)


def scenario(link: Link, headroom: int, phase_ps: int) -> pf.Scenario:
    """host0 sends at line rate to an egress that stands still; host2 fills host0's own downlink.

    The station's own MAC and PHY are the switch's latency, which data alone have.
    """
    found = link.found
    interface_ps = {term.name: term.time_ps for term in found.terms}.get("own MAC and PHY") or 0
    edges = [
        ("host0", "switch0", link.rate, found.delay_ps),
        ("switch0", "host1", "1Mbps", found.delay_ps),
        ("switch0", "host2", link.rate, found.delay_ps),
    ]
    below = 5 * link.mtu + link.mtu // 2
    filled = 2 * (found.bytes + below) + 20 * link.mtu
    until_ps = filled * link.frame_ps // link.mtu + 4 * found.delay_ps + phase_ps
    return pf.Scenario(
        topology=pf.Topology.from_edges(3, 1, edges),
        workload=pf.flows(
            [
                pf.Flow("host0", "host1", None, op="send"),
                pf.Flow("host2", "host0", None, op="send", start=phase_ps),
            ]
        ),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(
            buffer=10 * found.bytes + 10**7,
            reserve=0,
            headroom=headroom,
            ecn=None,
            latency=interface_ps,
            pfc=pf.PFC(xoff=below, mode="on_off"),
        ),
        # No acknowledgement: only data frames meet the PFC frame on the reverse link.
        nic=pf.Nic(
            mtu=link.mtu - HEADER,
            start_jitter=0,
            pfc_reaction=found.reaction_ps,
            ack_every=65536,
            rto="10s",
        ),
        framing=pf.Framing(reth=0, pad=1),
        until=until_ps,
    )


def drops_and_peak(done: Run) -> tuple[int, int]:
    index = done.port("switch0->host0") * 8 + 3
    return (
        len(done.column("drops", "time_ps")),
        done.column("classes", "peak_headroom_bytes")[index],
    )


def worst_phase(link: Link) -> int:
    """Start of the reverse flow with which a frame starts 1 ps before XOFF is due, from a trace."""
    done = run_scenario(scenario(link, link.found.bytes, 0), trace=True)
    port = done.port("switch0->host0")
    rows = [row for row in Trace.of(done.plan, done.raw).rows if row.port == port]
    xoff_ps = next(row.time_ps for row in rows if row.event == XOFF)
    started_ps = next(row.time_ps for row in rows if row.event == TRANSMIT and row.kind == DATA)
    return (xoff_ps - 1 - started_ps) % link.frame_ps


def check_edge(link: Link) -> None:
    """No drop in any phase with the headroom; in the worst phase drops with a frame less."""
    found, worst = link.found, worst_phase(link)
    for phase in [worst, *(n * link.frame_ps // PHASES for n in range(PHASES))]:
        drops, peak = drops_and_peak(run_scenario(scenario(link, found.bytes, phase)))
        assert drops == 0, (link, phase)
        assert 0 < peak <= found.bytes, (link, phase)
    below, _ = drops_and_peak(run_scenario(scenario(link, found.bytes - link.mtu, worst)))
    assert below > 0, f"{link}: {found.bytes} B have a whole frame of slack"


@pytest.mark.parametrize("seed", range(8))
def test_no_drop_at_the_value_and_drops_one_frame_below(seed: int) -> None:
    check_edge(draw_link(random.Random(seed), longest_m=2_000))


@pytest.mark.parametrize("metres", [5, 40, 300])
def test_sonics_value_is_enough_and_half_the_cable_is_not(metres: int) -> None:
    """SONiC's Spectrum-3 headroom at 400G, with a peer that reacts as late as IEEE 802.3 allows."""
    table = pf.headroom("400G", f"{metres}m", asic="spectrum-3").bytes
    link = Link("400Gbps", f"{metres}m", 9216, interface="16384ps")
    drops, peak = drops_and_peak(run_scenario(scenario(link, table, worst_phase(link))))
    assert drops == 0
    assert link.found.bytes - link.mtu < peak <= link.found.bytes < table
    half = link.found.delay_ps * link.found.rate_bps // (8 * 10**12)
    assert drops_and_peak(run_scenario(scenario(link, half, 0)))[0] > 0


@pytest.mark.slow
def test_the_edge_of_a_hundred_links() -> None:
    seed = random.SystemRandom().randrange(2**32)
    draw = random.Random(seed)
    for number in range(100):
        link = draw_link(draw, longest_m=10_000)
        try:
            check_edge(link)
        except AssertionError as error:
            raise AssertionError(f"link {number} of random.Random({seed})") from error
