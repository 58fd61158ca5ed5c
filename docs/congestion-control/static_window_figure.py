"""An incast and a flow that has nothing to do with it, with PFC alone and with a window."""

from __future__ import annotations

from typing import Any

import figures

import pyfabric as pf

SENDERS, END_US = 7, 2000
FABRIC = pf.leaf_spine(
    leaves=2,
    spines=2,
    hosts_per_leaf=8,
    host_rate="100Gbps",
    uplink_rate="400Gbps",
    link_delay="1us",
)
CASES = {
    "none": (pf.NoCongestionControl(), figures.RED),
    "window": (pf.StaticWindow(), figures.BLUE),
}
NAMES = {"none": "PFC alone", "window": "window of a BDP"}


def measured() -> dict[str, Any]:
    found = {}
    for name, (control, _) in CASES.items():
        incast = pf.incast(receiver=0, senders=range(8, 8 + SENDERS), size="2MB", start="200us")
        scenario = pf.Scenario(
            FABRIC,
            pf.flows([pf.Flow(15, 1, None)], name="victim") + incast,
            congestion_control=control,
            switch=pf.Switch(buffer="4MB", ecn=None),
            until=f"{END_US}us",
        )
        result = pf.simulate(scenario, record={"queues": "5us", "trace": True})
        times, sent = figures.rates(result, 20)
        fct = result.flows["fct_ps"][1:].max() / 1e6
        found[name] = {
            "queue": figures.queue(result, "leaf0->host0"),
            "times": times,
            "victim": sent[0],
            "pauses": len(result.pauses),
            "during": sent[0][(times > 200) & (times < 200 + fct)].mean(),
            "fct_us": fct,
        }
    return found


def told(runs: dict[str, Any]) -> list[str]:
    return [
        f"| `{name}` | {of['pauses']} | {of['fct_us']:,.0f} us | {of['during']:.0f} Gb/s "
        f"| {of['queue'][1].max() / 1e3:.0f} kB |"
        for name, of in runs.items()
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (above, below) = figures.panels(2, sharex=True)
    for (name, of), (_, colour) in zip(runs.items(), CASES.values(), strict=True):
        times, depth = of["queue"]
        above.plot(times, depth / 1e6, color=colour, label=NAMES[name])
        below.plot(of["times"], of["victim"], color=colour, label=NAMES[name])
    above.set_ylabel("queue to host0 (MB)")
    above.set_ylim(0)
    below.set_ylabel("host15 to host1 (Gb/s)")
    below.set_xlabel("time (µs)")
    below.set_ylim(0, 110)
    figures.legend(above, "upper right")
    figures.legend(below, "lower right")
    return figure
