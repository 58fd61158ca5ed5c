"""Two flows on 10 Gb/s under TIMELY, whose split lasts, and under patched TIMELY."""

from __future__ import annotations

from typing import Any

import figures

import pyfabric as pf

SECOND_MS, END_MS = 5, 100


def two_flows(control: pf.CongestionControl) -> pf.Result:
    """The second starts 5 ms after the first, both at 3 Gb/s."""
    flows = [pf.Flow(1, 0, None), pf.Flow(2, 0, None, start=f"{SECOND_MS}ms")]
    scenario = figures.incast(2, control, f"{END_MS}ms", rate="10Gbps", workload=pf.flows(flows))
    return pf.simulate(scenario, record={"queues": "100us", "trace": True})


def measured() -> dict[str, Any]:
    controls = {
        "TIMELY": pf.TIMELY(initial_rate="3Gbps"),
        "patched TIMELY": pf.PatchedTimely(initial_rate="3Gbps"),
    }
    return {name: figures.rates(two_flows(of), 1000) for name, of in controls.items()}


def told(runs: dict[str, Any]) -> list[str]:
    last = {name: sent[:, -20:].mean(axis=1) for name, (_, sent) in runs.items()}
    return [
        f"{a:.1f} and {b:.1f} Gb/s over the last 20 ms under {name}"
        for name, (a, b) in last.items()
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, panels = figures.panels(1, columns=2, height=2.2, sharey=True)
    for axes, (name, rates) in zip(panels[0], runs.items(), strict=True):
        figures.draw_rates(axes, rates)
        axes.set_title(name)
        axes.set_xlabel("time (ms)")
        axes.axhline(5, label="fair share", **figures.THEORY)
    panels[0][0].set_ylabel("sending rate (Gb/s)")
    panels[0][0].set_ylim(0, 10.5)
    figures.legend(panels[0][1], "upper right")
    return figure
