"""Goodput against packet loss: selective repeat and go-back-N beside their formulas."""

from __future__ import annotations

from typing import Any

import figures
import numpy as np

import pyfabric as pf

PAYLOAD, WIRE, WINDOW = 1024, 1024 + 82, 64
PACKET_PS = WIRE * 80
RTO_US, END_MS = 100, 20
LOSSES = tuple(2.0**-n for n in range(12, 4, -1))
CASES = {"selective_repeat": ("o", figures.BLUE), "go_back_n": ("s", figures.RED)}
NAMES = {"selective_repeat": "selective repeat", "go_back_n": "go-back-N"}


def goodput(recovery: str, loss: float) -> float:
    """Share of the loss-free goodput of one endless flow with 64 packets under way."""
    delay = (WINDOW * PACKET_PS - 2 * PACKET_PS - 2 * 86 * 80) // 4
    links = [
        ("host0", "switch0", "100Gbps", delay),
        ("switch0", "host1", "100Gbps", delay, (loss, 0.0)),
    ]
    nic = pf.Nic(mtu=PAYLOAD, start_jitter=0, rto=f"{RTO_US}us", recovery=recovery, retries=255)
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, links),
        workload=pf.flows([pf.Flow(0, 1, None, op="send")]),
        congestion_control=pf.NoCongestionControl(),
        nic=nic if recovery == "go_back_n" else nic.replace(bdp_flow_control=None),
        until=f"{END_MS}ms",
    )
    delivered = int(pf.simulate(scenario).flows["delivered_bytes"][0])
    return delivered * 8e3 / END_MS / (100e9 * PAYLOAD / WIRE)


def expected(recovery: str, loss: Any) -> Any:
    """A lost packet costs itself, or all under way; one lost again costs go-back-N a timeout."""
    if recovery == "selective_repeat":
        return 1 - loss
    return 1 / (1 + loss * WINDOW + loss**2 * RTO_US * 1e6 / PACKET_PS)


def measured() -> dict[str, Any]:
    return {recovery: [goodput(recovery, p) for p in LOSSES] for recovery in CASES}


def told(runs: dict[str, Any]) -> list[str]:
    at = LOSSES.index(1 / 256)
    return [
        f"{NAMES[name]} keeps {100 * values[at]:.1f} % "
        f"(formula: {100 * expected(name, 1 / 256):.1f} %)"
        for name, values in runs.items()
    ]


def drawn(runs: dict[str, Any]) -> Any:
    figure, (axes,) = figures.panels(1, height=2.4)
    fine = np.geomspace(LOSSES[0], LOSSES[-1], 60)
    for (recovery, values), (marker, colour) in zip(runs.items(), CASES.values(), strict=True):
        name = NAMES[recovery]
        axes.plot(LOSSES, values, marker, ms=5, color=colour, label=name)
        style = {**figures.THEORY, "color": colour}
        axes.plot(fine, expected(recovery, fine), label=f"{name}, formula", **style)
    axes.set_xscale("log", base=2)
    axes.set_xticks(LOSSES, [f"1/{round(1 / p)}" for p in LOSSES])
    axes.set_xlabel("probability that a packet is lost")
    axes.set_ylabel("goodput (share of loss-free)")
    axes.set_ylim(0, 1.05)
    figures.legend(axes, "lower left")
    return figure
