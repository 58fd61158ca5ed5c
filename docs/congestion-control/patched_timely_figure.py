"""Two flows under patched TIMELY: rates meet, and the queue goes to its fixed point."""

from __future__ import annotations

from typing import Any

import figures
from timely_figure import END_MS, two_flows

import pyfabric as pf

RATE, T_LOW, BETA, STEP, FLOWS = 10e9, 50e-6, 0.008, 10e6, 2


def measured() -> dict[str, Any]:
    result = two_flows(pf.PatchedTimely(initial_rate="3Gbps"))
    base_rtt = int(result.queue_pairs["base_rtt_ps"][0]) / 1e12
    return {
        "rates": figures.rates(result, 1000),
        "queue": figures.queue(result),
        "fixed": (T_LOW * (1 + FLOWS * STEP / (BETA * RATE)) - base_rtt) * RATE / 8,
    }


def told(runs: dict[str, Any]) -> list[str]:
    (_, sent), (times, depth) = runs["rates"], runs["queue"]
    a, b = sent[:, -20:].mean(axis=1)
    mean = depth[times > (END_MS - 20) * 1e3].mean()
    return [
        f"{a:.2f} and {b:.2f} Gb/s over the last 20 ms",
        f"a mean queue of {mean / 1e3:.1f} kB, "
        f"where the fixed point is {runs['fixed'] / 1e3:.1f} kB",
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (above, below) = figures.panels(2, sharex=True)
    figures.draw_rates(above, runs["rates"], "sending rate (Gb/s)")
    above.set_ylim(0, 10.5)
    times, depth = runs["queue"]
    below.plot(times / 1e3, depth / 1e3, color=figures.GREEN, lw=0.8, label="queue")
    figures.draw_fixed_point(above, below, RATE / 2e9, runs["fixed"])
    return figure
