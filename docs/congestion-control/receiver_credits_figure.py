"""The queue of a 32:1 incast under receiver credits and under a fixed window."""

from __future__ import annotations

from typing import Any

import figures

import pyfabric as pf

SENDERS, FRAME, PACKET_US, END_US = 32, 4096 + 62, (4096 + 82) * 8e-5, 1000


def cases() -> dict[str, tuple[pf.CongestionControl, str]]:
    return {
        "window of a BDP": (pf.StaticWindow(), figures.BLACK),
        "credits": (pf.ReceiverCredits(), figures.BLUE),
        "credits, outstanding=1": (pf.ReceiverCredits(outstanding=1), figures.RED),
        "credits, unsolicited=0": (pf.ReceiverCredits(unsolicited=0), figures.GREEN),
    }


def measured() -> dict[str, Any]:
    found = {}
    for name, (control, _) in cases().items():
        scenario = figures.incast(SENDERS, control, f"{END_US}us", mtu="4096B")
        result = pf.simulate(scenario, record={"queues": "1us"})
        times, depth = figures.queue(result)
        found[name] = {
            "times": times,
            "packets": depth / FRAME,
            "late": depth[times > END_US / 2].max() / FRAME,
            "use": result.flows["delivered_bytes"].sum() / 4096 * PACKET_US / END_US,
        }
    return found


def told(runs: dict[str, Any]) -> list[str]:
    return [
        f"| {name} | {of['packets'].max():.0f} | {of['late']:.1f} | {100 * of['use']:.1f} % |"
        for name, of in runs.items()
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (axes,) = figures.panels(1, height=2.5)
    for (name, of), (_, colour) in zip(runs.items(), cases().values(), strict=True):
        axes.plot(of["times"], of["packets"], color=colour, lw=1, label=name)
    axes.set_yscale("symlog", linthresh=10)
    axes.set_yticks((0, 5, 10, 100, 400), ("0", "5", "10", "100", "400"))
    axes.set_ylim(0, 1000)
    axes.set_xlabel("time (µs)")
    axes.set_ylabel("queue (packets)")
    figures.legend(axes, "center right")
    return figure
