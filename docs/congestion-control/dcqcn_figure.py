"""Two flows on one link under DCQCN: rates and queue go to the fixed point of the fluid model."""

from __future__ import annotations

import math
from typing import Any

import figures

import pyfabric as pf

RATE, WIRE = 40e9, 1082
KMIN, KMAX, PMAX = 5e3, 200e3, 0.01
SECOND_MS, END_MS = 10, 60


def fixed_point(flows: int) -> float:
    """Marking probability at which ``flows`` equal flows of the paper's constants stay."""
    capacity, step, counter = RATE / (8 * WIRE), 40e6 / (8 * WIRE), 10e6 / WIRE
    timer, stages, interval = 55e-6, 5, 50e-6
    rate = capacity / flows

    def excess(p: float) -> float:
        log = -math.log1p(-p)
        cut, alpha = -math.expm1(-interval * rate * log), -math.expm1(-timer * rate * log)
        b, d = p / math.expm1(counter * log), p / math.expm1(timer * rate * log)
        c, e = math.exp(-stages * counter * log), math.exp(-stages * timer * rate * log)
        return alpha * cut**2 - interval**2 * step * rate * (b + d) * (b * c + d * e)

    low, high = 1e-7, 0.05
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return low


def measured() -> dict[str, Any]:
    flows = [pf.Flow(1, 0, None), pf.Flow(2, 0, None, start=f"{SECOND_MS}ms")]
    scenario = figures.incast(
        2,
        pf.DCQCN(),
        f"{END_MS}ms",
        rate="40Gbps",
        delay="500ns",
        ecn=pf.ECN(kmin=f"{KMIN:.0f}B", kmax=f"{KMAX:.0f}B", pmax=PMAX),
        workload=pf.flows(flows),
    )
    result = pf.simulate(scenario, record={"queues": "50us", "trace": True})
    return {"rates": figures.rates(result, 500), "queue": figures.queue(result)}


def told(runs: dict[str, Any]) -> list[str]:
    p = fixed_point(2)
    (_, sent), (times, depth) = runs["rates"], runs["queue"]
    last = sent[:, -40:].mean(axis=1)
    mean = depth[times > (END_MS - 20) * 1e3].mean()
    return [
        f"p* = {p:.5f}, so q* = {(KMIN + p / PMAX * (KMAX - KMIN)) / 1e3:.1f} kB",
        f"send {last[0]:.1f} and {last[1]:.1f} Gb/s over the last 20 ms",
        f"a mean queue of {mean / 1e3:.1f} kB",
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (above, below) = figures.panels(2, sharex=True)
    figures.draw_rates(above, runs["rates"], "sending rate (Gb/s)")
    above.set_ylim(0, 42)
    times, depth = runs["queue"]
    blocks = depth[: len(depth) // 5 * 5].reshape(-1, 5).mean(axis=1)
    below.plot(
        times[: len(blocks) * 5 : 5] / 1e3,
        blocks / 1e3,
        color=figures.GREEN,
        lw=0.8,
        label="queue, means of 250 µs",
    )
    star = KMIN + fixed_point(2) / PMAX * (KMAX - KMIN)
    figures.draw_fixed_point(above, below, RATE / 2e9, star)
    return figure
