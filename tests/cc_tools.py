"""Incasts on a star, and what the receiver's queue and the flows' rates were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from oracle_tools import STILL, Run, run_scenario

import pyfabric as pf
from pyfabric.units import parse_time


def incast(
    flows: int,
    control: pf.CongestionControl,
    *,
    rate: str = "100Gbps",
    delay: str = "1us",
    ecn: pf.ECN | None = None,
    buffer: str = "32MB",
    **nic: Any,
) -> pf.Scenario:
    """N endless flows into host0, without start jitter unless given."""
    return pf.Scenario(
        topology=pf.star(hosts=flows + 1, rate=rate, link_delay=delay),
        workload=pf.incast(receiver=0, size=None),
        congestion_control=control,
        switch=pf.Switch(ecn=ecn, buffer=buffer),
        nic=STILL.replace(**nic),
        until="1ms",
    )


def step(threshold: str) -> pf.ECN:
    """Every packet above one depth is marked."""
    return pf.ECN(kmin=threshold, kmax=threshold, pmax=1)


@dataclass(frozen=True)
class Steady:
    """Between two instants of an incast."""

    run: Run  #: up to the second instant
    rates_bps: NDArray[np.float64]  #: payload, of each flow
    queue_bytes: NDArray[np.int64]  #: samples of the receiver's queue

    @property
    def jain(self) -> float:
        """Jain's index of the rates."""
        r = self.rates_bps
        return float(r.sum() ** 2 / (len(r) * (r**2).sum()))

    @property
    def base_rtt_ps(self) -> int:
        return int(self.run.plan.columns["qp_base_rtt_ps"][0])

    def delay_ps(self, rate_bps: float, frame_bytes: int) -> float:
        """Mean time that the samples of the queue take to leave."""
        wire = (frame_bytes + 20) / frame_bytes
        return float(self.queue_bytes.mean()) * wire * 8e12 / rate_bps

    def is_lossless(self) -> bool:
        """Neither a drop nor a pause."""
        drops = len(self.run.column("drops", "time_ps"))
        return drops == 0 and sum(self.run.column("ports", "xoff_sent")) == 0


def steady(scenario: pf.Scenario, since: str, until: str, sample: str = "1us") -> Steady:
    early = run_scenario(scenario.replace(until=since))
    run = run_scenario(scenario.replace(until=until), queue_sample_ps=parse_time(sample))
    span_ps = parse_time(until) - parse_time(since)
    sent = [np.array(r.column("flows", "delivered_bytes"), dtype=float) for r in (early, run)]
    queues = run.raw.tables["queues"]
    wanted = (queues["port"] == run.port("switch0->host0")) & (queues["priority"] == 3)
    depths = queues["size_bytes"][wanted & (queues["time_ps"] >= parse_time(since))]
    return Steady(run, (sent[1] - sent[0]) * 8e12 / span_ps, depths)
