"""DCQCN against its fluid model (CoNEXT'16): fixed point, its growth with N, convergence.

The fluid model takes single CNPs, cuts and timers as rates. Balanced one by one (the renewal point
of ``dcqcn_theory``) they need 1.3 to 1.4 times as many marks; the mean queue obeys that within
10 %, and so lies at 1.0 to 1.4 times the fluid root (marking at dequeue, feedback 4 us, payload
1,000 B).
"""

from __future__ import annotations

from collections import Counter
from random import Random

import dcqcn_theory as theory
import numpy as np
import pytest
from numpy.typing import NDArray
from oracle_tools import STILL, rates_bps, run_scenario
from reference.control import Fact, Path
from reference.dcqcn import Dcqcn

import pyfabric as pf

WIRE = 1082
KMIN, KMAX = 5_000, 200_000


def incast(flows: int, pmax: float, until: str, delay: str = "500ns", **nic: object) -> pf.Scenario:
    """N greedy flows through one 40 Gb/s link, paper constants."""
    return pf.Scenario(
        topology=pf.star(hosts=flows + 1, rate="40Gbps", link_delay=delay),
        workload=pf.incast(receiver=0, size=None),
        congestion_control=pf.DCQCN(),
        switch=pf.Switch(ecn=pf.ECN(kmin=KMIN, kmax=KMAX, pmax=pmax), pfc=pf.PFC(xoff="4MB")),
        nic=STILL.replace(mtu=1000, **nic),
        until=until,
    )


def queue_samples(scenario: pf.Scenario, since_ps: int, every_ps: int = 10**7) -> NDArray[np.int64]:
    """Depth of the receiver's egress queue, by default every 10 us."""
    done = run_scenario(scenario, queue_sample_ps=every_ps)
    queues = done.raw.tables["queues"]
    wanted = (queues["port"] == done.port("switch0->host0")) & (queues["priority"] == 3)
    depths: NDArray[np.int64] = queues["size_bytes"][wanted & (queues["time_ps"] >= since_ps)]
    return depths


def fluid_queue(flows: int, pmax: float) -> float:
    p = theory.fixed_point(theory.at_rate(40e9, WIRE), flows)
    queue = theory.queue_bytes(p, KMIN, KMAX, pmax)
    assert queue is not None
    return queue


def renewal_queue(flows: int, pmax: float) -> float:
    p = theory.renewal_point(theory.at_rate(40e9, WIRE), flows)
    queue = theory.queue_bytes(p, KMIN, KMAX, pmax)
    assert queue is not None
    return queue


def test_solver_gives_the_published_roots() -> None:
    """N = 2: 0.00078, N = 10: 0.00603, N = 64: 0.05905 at 1,000 B packets."""
    link = theory.at_rate(40e9, 1000)
    roots = {n: theory.fixed_point(link, n) for n in (2, 10, 64)}
    assert roots == pytest.approx({2: 0.00078, 10: 0.00603, 64: 0.05905}, abs=6e-6)


@pytest.mark.parametrize("pmax", [0.01, 0.1])
def test_mean_queue_is_near_the_fixed_point_and_rises_with_n(pmax: float) -> None:
    means = []
    for flows in (2, 4, 8):
        mean = float(queue_samples(incast(flows, pmax, "300ms"), 150 * 10**9).mean())
        assert mean == pytest.approx(renewal_queue(flows, pmax), rel=0.12), f"N = {flows}"
        assert 0.9 <= mean / fluid_queue(flows, pmax) <= 1.5, f"N = {flows}: {mean:.0f} B"
        means.append(mean)
    assert means == sorted(means)


@pytest.mark.parametrize("flows", [pytest.param(8, marks=pytest.mark.slow), 32])
def test_a_flow_under_constant_marking_has_its_share_at_the_renewal_point(flows: int) -> None:
    """The reference's reaction point behind a link that marks at random: C / N within 6 %."""
    link = theory.at_rate(40e9, WIRE)
    p, line, bits = theory.renewal_point(link, flows), 40 * 10**9, 8 * WIRE
    parameters = pf.DCQCN().parameters_for(line)
    control = Dcqcn(parameters, Path(line, 0, 10**7, 1000, 1, Counter()))
    dice, now, last, sent, due = Random(flows), 0, -(10**12), 0, list[int]()
    begin, end = 10**12 // 2, 2 * 10**12
    while now < end:
        while due and due[0] <= now:
            control.on_cnp(Fact(due.pop(0)))
        control.on_send(Fact(now, size=WIRE - 20))
        sent += now >= begin
        if dice.random() < p and now - last >= 50_000_000:
            last = now
            due.append(now + 4_000_000)
        now += round(bits * 1e12 / control.current)
    assert sent / ((end - begin) * 1e-12) == pytest.approx(link.C / flows, rel=0.06)


@pytest.mark.slow
def test_many_flows_keep_their_fixed_point_while_the_slope_lasts() -> None:
    """pmax 10 %: the fluid roots of N = 32 and 64 are 55.0 and 120.2 kB at 1,000 B packets.

    Of 32 flows the queue swings, in a period of 1.4 ms (two thirds of its variance in that line,
    standard deviation 0.6 of the mean): a flow gets one CNP in an interval however many of its
    packets are marked, so swings cost marks, and the mean lies 1.1 to 1.2 times above the renewal
    point (1.5 times the fluid root). A single reaction point that is driven by the measured queue
    has C / 32 within 1 %. Of 64 flows the queue meets kmax, where all is marked: that caps swings
    and mean.
    """
    for flows, low, high in ((16, 0.9, 1.12), (32, 1.0, 1.25), (64, 0.75, 1.0)):
        depths = queue_samples(incast(flows, 0.1, "150ms"), 75 * 10**9, every_ps=2 * 10**8)
        mean = float(depths.mean())
        assert low <= mean / renewal_queue(flows, 0.1) <= high, f"N = {flows}: {mean:.0f} B"
    swinging = queue_samples(incast(32, 0.1, "60ms"), 30 * 10**9, every_ps=2 * 10**7)
    lines = np.abs(np.fft.rfft(swinging - swinging.mean())) ** 2
    peak = int(lines.argmax())
    assert 1.1e-3 < 30e-3 / peak < 1.7e-3
    assert lines[peak - 1 : peak + 2].sum() > 0.4 * lines.sum()


@pytest.mark.parametrize("senders", [2, 8, 20])
def test_p3_incast_fills_the_link_without_pfc_or_loss(senders: int) -> None:
    """P3 (SIGCOMM'15): more than 39 of 40 Gb/s, no PFC, no drop.

    The queue obeys the fluid root: near it while there is one, around kmax (200 kB) beyond N = 15.
    """
    rates = np.array(rates_bps(incast(senders, 0.01, "1ms"), "50ms", "100ms"))
    done = run_scenario(incast(senders, 0.01, "100ms"))
    assert rates.sum() / (1000 / WIRE) > 39e9
    assert sum(done.column("ports", "xoff_sent")) == 0
    assert len(done.column("drops", "time_ps")) == 0
    queue = queue_samples(incast(senders, 0.01, "100ms"), 50 * 10**9)
    assert queue.max() < KMAX + 5 * WIRE
    if senders == 2:
        assert queue.max() < 100_000


def test_p5_tuned_parameters_converge_faster() -> None:
    """P5: two flows from 40 and 5 Gb/s; times until the gap stays below 10, 5, 2, 1 Gb/s, in ms."""

    def times_ms(timer: float, counter_bytes: float) -> list[float]:
        link = theory.at_rate(40e9, 1000, T=timer, B=counter_bytes / 1000)
        past = theory.integrate(link, [link.C, link.C / 8], 0.15, (5, 200, 0.01))
        gaps = [abs(rates[0] - rates[1]) * 8e-6 for _, rates in past]
        return [max(i for i, g in enumerate(gaps) if g >= x) * 1e-3 for x in (10, 5, 2, 1)]

    tuned, qcn = times_ms(55e-6, 10e6), times_ms(1.5e-3, 150e3)
    assert tuned == pytest.approx([19.0, 28.7, 40.2, 47.8], abs=0.1)
    assert qcn == pytest.approx([77.6, 100.7, 125.7, 142.7], abs=0.2)
    assert min(slow / fast for slow, fast in zip(qcn, tuned, strict=True)) > 2.5


def test_p6_stability_is_not_monotone_in_n() -> None:
    """P6 (CoNEXT'16): a longer feedback delay makes N = 10 oscillate, not N = 2.

    Two flows' queue is noisy at any delay, because their few marks are discrete events (coefficient
    of variation 0.8); what the delay must not do is change it.
    """
    near = {n: queue_samples(incast(n, 0.01, "200ms"), 100 * 10**9) for n in (2, 10)}
    far = {n: queue_samples(incast(n, 0.01, "200ms", "21us"), 100 * 10**9) for n in (2, 10)}
    variation = {
        (name, n): float(q.std() / q.mean())
        for name, queues in (("near", near), ("far", far))
        for n, q in queues.items()
    }
    assert variation["near", 10] < 0.3
    assert variation["far", 10] > 0.5
    assert variation["far", 2] < 1.3 * variation["near", 2]
    for n in (2, 10):
        assert near[n].mean() == pytest.approx(renewal_queue(n, 0.01), rel=0.12)
        assert 0.9 <= near[n].mean() / fluid_queue(n, 0.01) <= 1.5
        rates = np.array(rates_bps(incast(n, 0.01, "1ms"), "100ms", "200ms"))
        assert rates.sum() ** 2 / (n * (rates**2).sum()) > 0.99
