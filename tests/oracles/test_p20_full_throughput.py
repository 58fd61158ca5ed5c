"""P20, U7 by simulation: with ``full_throughput_bytes`` stored at XON the drain never runs dry.

Links are drawn at random by a printed seed; ``pytest -m slow`` takes a hundred others each time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from oracle_tools import run_scenario
from trace_rows import TRANSMIT, XON, Trace

import pyfabric as pf

RATES = (10, 25, 40, 50, 100, 200, 400, 800)
HEADER = 62
CYCLES = 25


@dataclass(frozen=True)
class Link:
    """A link that is drained more slowly than it brings."""

    gbps: int
    cable: str
    mtu: int
    interface_ps: int
    quarters: int  #: of the link's rate, at which its bytes leave

    @property
    def drain_bps(self) -> int:
        return self.gbps * 10**9 * self.quarters // 4

    @property
    def found(self) -> pf.Headroom:
        """Without reaction: a resume binds at once in this model."""
        return pf.headroom(
            self.gbps * 10**9,
            self.cable,
            mtu=self.mtu,
            reaction=0,
            interface=self.interface_ps,
            drain=self.drain_bps,
        )


def draw_link(draw: random.Random, longest_m: float) -> Link:
    return Link(
        gbps=draw.choice(RATES),
        cable=f"{longest_m ** draw.random():.3f}m",
        mtu=draw.choice([1086, 4158, 9216, draw.randrange(HEADER + 256, 9217)]),
        interface_ps=draw.randrange(0, 2_000_000),
        quarters=draw.choice([1, 2, 3]),
    )


def scenario(link: Link, stored_bytes: int) -> pf.Scenario:
    """host0 fills host1's slower link, host2 host0's downlink, so that PFC frames have to wait."""
    found, rate = link.found, link.gbps * 10**9
    edges = [
        ("host0", "switch0", rate, found.delay_ps),
        ("switch0", "host1", link.drain_bps, found.delay_ps),
        ("switch0", "host2", rate, found.delay_ps),
    ]
    moved = found.bytes + 2 * stored_bytes + 10 * link.mtu
    cycle_ps = moved * 8 * 10**12 // min(link.drain_bps, rate - link.drain_bps)
    return pf.Scenario(
        topology=pf.Topology.from_edges(3, 1, edges),
        workload=pf.flows(
            [
                pf.Flow("host0", "host1", None, op="send"),
                pf.Flow("host2", "host0", None, op="send"),
            ]
        ),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(
            buffer=10 * (found.bytes + stored_bytes) + 10**7,
            reserve=0,
            ecn=None,
            latency=link.interface_ps,
            pfc=pf.PFC(xoff=stored_bytes + 2 * link.mtu, xon_offset=2 * link.mtu, reaction=0),
        ),
        nic=pf.Nic(
            mtu=link.mtu - HEADER, start_jitter=0, pfc_reaction=0, ack_every=65536, rto="10s"
        ),
        framing=pf.Framing(reth=0, pad=1),
        until=CYCLES * cycle_ps,
    )


def idle_and_cycles(link: Link, stored_bytes: int) -> tuple[int, int]:
    """Time in ps for which the drain stood still after its first frame, and XON decisions."""
    done = run_scenario(scenario(link, stored_bytes), trace=True)
    assert done.column("drops", "time_ps") == []
    drain, source = done.port("switch0->host1"), done.port("switch0->host0")
    trace = Trace.of(done.plan, done.raw)
    sent = [row for row in trace.events(TRANSMIT) if row.port == drain]
    ends = [row.time_ps + trace.wire_ps(row.size_bytes, drain) for row in sent]
    idle_ps = sum(row.time_ps - end for row, end in zip(sent[1:], ends[:-1], strict=True))
    return idle_ps, sum(row.port == source for row in trace.events(XON))


def check_level(link: Link) -> None:
    enough = link.found.full_throughput_bytes or 0
    idle_ps, cycles = idle_and_cycles(link, enough)
    assert cycles > CYCLES // 3, link
    assert idle_ps == 0, f"{link}: {idle_ps} ps idle with {enough} B at XON"
    # Levels move in whole frames, and another one is on the wire when XON is decided.
    levels = [enough - 3 * link.mtu] * (enough >= 3 * link.mtu)
    levels += [enough // 2] * (enough >= 6 * link.mtu)
    for less in levels:
        idle_ps, _ = idle_and_cycles(link, less)
        assert idle_ps > 0, f"{link}: {less} of {enough} B at XON are enough, too"


@pytest.mark.parametrize("seed", range(6))
def test_the_drain_is_never_idle_at_the_value_and_is_below_it(seed: int) -> None:
    check_level(draw_link(random.Random(seed), longest_m=1_000))


@pytest.mark.slow
def test_a_hundred_links() -> None:
    seed = random.SystemRandom().randrange(2**32)
    draw = random.Random(seed)
    for number in range(100):
        link = draw_link(draw, longest_m=5_000)
        try:
            check_level(link)
        except AssertionError as error:
            raise AssertionError(f"link {number} of random.Random({seed})") from error
