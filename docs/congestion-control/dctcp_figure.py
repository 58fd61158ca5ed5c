"""The queue of 2 and of 8 flows under DCTCP: a saw-tooth below K + N packets."""

from __future__ import annotations

import math
from typing import Any

import figures

import pyfabric as pf

K, FRAME, WIRE = 100_000, 1062, 1082
SINCE_US, SPAN_US = 10_000, 400
FLOWS = {2: figures.BLUE, 8: figures.RED}


def measured() -> dict[str, Any]:
    found = {}
    for flows in FLOWS:
        ecn = pf.ECN(kmin=f"{K}B", kmax=f"{K}B", pmax=1)
        scenario = figures.incast(
            flows, pf.DCTCP(), f"{SINCE_US + SPAN_US}us", delay="2us", ecn=ecn
        )
        result = pf.simulate(scenario, record={"queues": "1us"})
        times, depth = figures.queue(result)
        late = times >= SINCE_US
        base_rtt = int(result.queue_pairs["base_rtt_ps"][0]) / 1e12
        pipe = 100e9 * base_rtt / 8 / WIRE
        found[flows] = {
            "times": times[late] - SINCE_US,
            "packets": depth[late] / FRAME,
            "amplitude": math.sqrt(2 * flows * (pipe + K / FRAME)) / 2,
        }
    return found


def told(runs: dict[str, Any]) -> list[str]:
    return [
        f"{of['packets'].min():.0f} and {of['packets'].max():.0f} packets with {flows} flows "
        f"(a swing of {of['amplitude']:.1f} by the formula)"
        for flows, of in runs.items()
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (axes,) = figures.panels(1, height=2.4)
    for (flows, of), colour in zip(runs.items(), FLOWS.values(), strict=True):
        axes.plot(of["times"], of["packets"], color=colour, lw=0.9, label=f"{flows} flows")
    axes.axhline(K / FRAME, label="K", **figures.THEORY)
    axes.set_xlabel("time (µs)")
    axes.set_ylabel("queue (packets of 1,000 B)")
    axes.set_ylim(70, 108)
    figures.legend(axes, "upper right", 3)
    return figure
