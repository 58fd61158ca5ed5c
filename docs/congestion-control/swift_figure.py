"""Incasts of N flows under Swift: mean round trip beside the target, which grows with N."""

from __future__ import annotations

import math
from typing import Any

import figures

import pyfabric as pf

RATE, FRAME = 100e9, 4096 + 62
FLOWS = (2, 4, 8, 16, 32, 64, 128, 256)
CASES = {
    "ai = 0.1, the default": ({}, "o", figures.BLUE),
    "ai = 1, preset htsim": ({"ai": 1}, "s", figures.RED),
    "ai = 0.1, no flow scaling": ({"fs_range": "0us"}, "^", figures.GREEN),
}


def target_us(flows: int) -> float:
    """The target at the fixed point: N windows fill the pipe of a round trip equal to it."""
    slope, rtt = 100 / (1 / math.sqrt(0.1) - 1 / math.sqrt(100)), 20.0
    for _ in range(500):
        window = RATE * rtt * 1e-6 / (8 * flows * (FRAME + 20))
        scaling = min(max(slope / math.sqrt(window) - slope / math.sqrt(100), 0.0), 100.0)
        rtt = (rtt + 20 + 3.053 + scaling) / 2
    return rtt


def rtt_us(flows: int, parameters: dict[str, Any]) -> float:
    """Idle path and mean queue from 4 (many flows: 10) ms on, for as long again."""
    since = 4 if flows < 100 else 10
    scenario = figures.incast(
        flows,
        pf.Swift(window=4096, **parameters),
        f"{2 * since}ms",
        mtu="4096B",
        start_jitter="0ns" if flows < 32 else "500us",
    )
    result = pf.simulate(scenario, record={"queues": "2us" if flows < 100 else "20us"})
    times, depth = figures.queue(result)
    waiting = depth[times >= since * 1e3].mean() * (FRAME + 20) / FRAME * 8e6 / RATE
    return float(result.queue_pairs["base_rtt_ps"][0] / 1e6 + waiting)


def measured() -> dict[str, Any]:
    return {name: [rtt_us(flows, given) for flows in FLOWS] for name, (given, *_) in CASES.items()}


def told(runs: dict[str, Any]) -> list[str]:
    low, high, fixed = (values[-1] for values in runs.values())
    return [
        f"{low:.1f} us with `ai=0.1` and {high:.1f} us with `ai=1`, for a target of "
        f"{target_us(FLOWS[-1]):.1f} us",
        f"without flow scaling it is {fixed:.1f} us",
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (axes,) = figures.panels(1, height=2.6)
    axes.plot(
        FLOWS, [target_us(n) for n in FLOWS], label="target, with flow scaling", **figures.THEORY
    )
    axes.axhline(23.053, color="#777777", linestyle="--", lw=1, label="target, without")
    for (name, values), (_, marker, colour) in zip(runs.items(), CASES.values(), strict=True):
        axes.plot(FLOWS, values, marker=marker, ms=4, lw=0.9, color=colour, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(FLOWS, [str(n) for n in FLOWS])
    axes.set_xlabel("flows into one 100 Gb/s link")
    axes.set_ylabel("mean round trip (µs)")
    axes.set_ylim(0)
    figures.legend(axes, "upper left")
    return figure
