"""Draws hpcc.svg beside this file: a 16:1 incast under HPCC and DCQCN, its queue and rates."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

import pyfabric as pf

SENDERS = 16
END_US = 800
BIN_US = 20


def measured(control: pf.CongestionControl) -> tuple[np.ndarray, np.ndarray]:
    """Depth of the queue to the receiver in kB each us; Gb/s of each sender each 20 us."""
    scenario = pf.Scenario(
        pf.star(hosts=SENDERS + 1, rate="100Gbps", link_delay="3us"),
        pf.incast(receiver=0, size="1MB"),
        congestion_control=control,
        until=f"{END_US}us",
    )
    result = pf.simulate(scenario, record=("queues", "trace"))
    depth = np.zeros(END_US + 1)
    queues = result.queues
    np.maximum.at(depth, queues["time_ps"] // 10**6, queues["size_bytes"] / 1e3)
    trace = result.trace
    sent = (trace["event"] == "transmit") & (trace["kind"] == "data") & (trace["node"] <= SENDERS)
    bins = END_US // BIN_US
    rates = np.zeros((SENDERS + 1, bins))
    when = np.minimum(trace["time_ps"][sent] // (BIN_US * 10**6), bins - 1)
    np.add.at(rates, (trace["node"][sent], when), trace["size_bytes"][sent] * 8 / (BIN_US * 1e3))
    return depth, rates[1:]


def main() -> None:
    mpl.rcParams["svg.hashsalt"] = "hpcc"
    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5), sharex=True)
    for control, colour in ((pf.HPCC(), "tab:blue"), (pf.DCQCN.preset("hpcc"), "tab:orange")):
        depth, rates = measured(control)
        label = type(control).__name__
        above.plot(np.arange(len(depth)), depth, color=colour, label=label, lw=1)
        times = (np.arange(rates.shape[1]) + 0.5) * BIN_US
        below.plot(times, rates.max(axis=0), color=colour, lw=1, label=f"{label}, fastest")
        below.plot(times, rates.min(axis=0), color=colour, lw=1, ls=":", label=f"{label}, slowest")
    above.set_ylabel("queue, kB")
    below.set_ylabel("sender, Gb/s")
    below.set_xlabel("time, us")
    below.set_ylim(0, 20)
    for axes in (above, below):
        axes.legend(frameon=False, fontsize=8, loc="upper right")
    figure.tight_layout()
    figure.savefig(Path(__file__).with_name("hpcc.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
