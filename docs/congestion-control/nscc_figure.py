"""A 64:1 incast under NSCC, with and without quick adapt: queueing delay and what is sent."""

from __future__ import annotations

from typing import Any

import figures
import numpy as np

import pyfabric as pf

SENDERS, END_US = 64, 3500
INTERVAL_US = 20
CASES = {
    "with quick adapt": ({}, figures.BLUE),
    "without it": ({"quick_adapt_share": 0}, figures.RED),
}


def measured() -> dict[str, Any]:
    found = {}
    for name, (given, _) in CASES.items():
        scenario = figures.incast(
            SENDERS,
            pf.NSCC(**given),
            f"{END_US}us",
            delay="5us",
            ecn=pf.ECN(kmin="60kB", kmax="240kB", pmax=1),
            mtu="4096B",
        )
        result = pf.simulate(scenario, record={"queues": "5us", "trace": True})
        times, depth = figures.queue(result)
        sent_at, sent = figures.rates(result, INTERVAL_US)
        found[name] = {
            "times": times,
            "delay": depth * 8 / 100e3,
            "sent_at": sent_at,
            "sent": sent.sum(axis=0),
            "target": int(result.queue_pairs["base_rtt_ps"][0]) / 1e6,
        }
    return found


def stopped_us(of: dict[str, Any]) -> float:
    """Begin of the first interval in which nobody sent."""
    return float(of["sent_at"][np.flatnonzero(of["sent"] == 0)[0]] - INTERVAL_US / 2)


def told(runs: dict[str, Any]) -> list[str]:
    return [
        f"{name} nobody sends from {stopped_us(of):.0f} us on, and the queue is down to 100 us at "
        f"{below_us(of, 100):,.0f} us"
        for name, of in runs.items()
    ] + [f"{max(of['delay'].max() for of in runs.values()):,.0f} us deep"]


def below_us(of: dict[str, Any], limit: float) -> float:
    """When the delay was below ``limit`` for the first time after its peak."""
    peak = int(np.argmax(of["delay"]))
    return float(of["times"][peak + np.flatnonzero(of["delay"][peak:] < limit)[0]])


def drawn(runs: dict[str, Any]) -> Any:
    figure, (above, below) = figures.panels(2, sharex=True)
    for (name, of), (_, colour) in zip(runs.items(), CASES.values(), strict=True):
        above.plot(of["times"], of["delay"], color=colour, label=name)
        below.plot(of["sent_at"], of["sent"], color=colour, lw=1, label=name)
    above.axhline(of["target"], label="target", **figures.THEORY)
    above.set_ylabel("queueing delay (µs)")
    above.set_ylim(0)
    below.axhline(100, label="link", **figures.THEORY)
    below.set_yscale("log")
    below.set_ylabel("all senders (Gb/s)")
    below.set_xlabel("time (µs)")
    for axes in (above, below):
        figures.legend(axes, "upper right", 3)
    return figure
