"""A 16:1 incast under HPCC and DCQCN: its queue and the fastest and slowest sender."""

from __future__ import annotations

from typing import Any

import figures
import numpy as np

import pyfabric as pf

SENDERS, END_US = 16, 800
CASES = {
    "HPCC": (pf.HPCC(), figures.BLUE),
    "DCQCN": (pf.DCQCN.preset("hpcc"), figures.RED),
}


def measured() -> dict[str, Any]:
    found = {}
    for name, (control, _) in CASES.items():
        scenario = pf.Scenario(
            pf.star(hosts=SENDERS + 1, rate="100Gbps", link_delay="3us"),
            pf.incast(receiver=0, size="1MB"),
            congestion_control=control,
            until=f"{END_US}us",
        )
        result = pf.simulate(scenario, record={"queues": "2us", "trace": True})
        found[name] = {"queue": figures.queue(result), "rates": figures.rates(result, 20)}
    return found


def told(runs: dict[str, Any]) -> list[str]:
    late = {name: of["queue"][0] >= END_US - 200 for name, of in runs.items()}
    return [
        f"{name} has {of['queue'][1].max() / 1e6:.2f} MB at most and "
        f"{of['queue'][1][late[name]].mean() / 1e6:.2f} MB on average over the last 200 us"
        for name, of in runs.items()
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (above, below) = figures.panels(2, sharex=True)
    for (name, of), (_, colour) in zip(runs.items(), CASES.values(), strict=True):
        times, depth = of["queue"]
        above.plot(times, depth / 1e6, color=colour, label=name, lw=1)
        times, sent = of["rates"]
        below.plot(times, np.max(sent, axis=0), color=colour, lw=1, label=f"{name}, fastest")
        below.plot(
            times, np.min(sent, axis=0), color=colour, lw=1, ls=":", label=f"{name}, slowest"
        )
    above.set_ylabel("queue (MB)")
    above.set_ylim(0)
    below.set_ylabel("sender (Gb/s)")
    below.set_xlabel("time (µs)")
    below.set_ylim(0, 20)
    for axes in (above, below):
        figures.legend(axes, "upper right")
    return figure
