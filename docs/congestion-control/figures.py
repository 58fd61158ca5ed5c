"""Draws the figures of these pages: ``python figures.py``, or ``python figures.py swift dctcp``.

Beside a page NAME.md stands NAME_figure.py (with _ for -) with three functions: ``measured()`` runs
scenarios, ``told()`` puts what the page says of them into words (a test looks for these in the
page), ``drawn()`` makes the figure. Colours of Okabe and Ito; the card is white, for pages on
dark ground, too.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pyfabric as pf
from pyfabric.reports import figures

HERE = Path(__file__).parent
BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK = figures.PALETTE
#: A line that theory gives, beside what was measured.
THEORY = {"color": BLACK, "linestyle": ":", "linewidth": 1.2}
Series = tuple[NDArray[np.float64], NDArray[np.float64]]


def incast(
    senders: int,
    control: pf.CongestionControl,
    until: str,
    *,
    rate: str = "100Gbps",
    delay: str = "1us",
    ecn: pf.ECN | None = None,
    start_jitter: str = "0ns",
    mtu: str = "1000B",
    workload: Any = None,
) -> pf.Scenario:
    """Endless flows into host0 of a star, with a buffer that PFC does not meet."""
    return pf.Scenario(
        topology=pf.star(hosts=senders + 1, rate=rate, link_delay=delay),
        workload=pf.incast(receiver=0, size=None) if workload is None else workload,
        congestion_control=control,
        switch=pf.Switch(ecn=ecn, buffer="256MB"),
        nic=pf.Nic(start_jitter=start_jitter, mtu=mtu, rto="50ms"),
        until=until,
    )


def queue(result: pf.Result, port: str = "switch0->host0") -> Series:
    """(us, bytes) of the samples of a port's queue of priority 3."""
    queues = result.queues
    chosen = (queues["port_name"] == port) & (queues["priority"] == 3)
    return queues["time_ps"][chosen] / 1e6, queues["size_bytes"][chosen].astype(float)


def rates(result: pf.Result, interval_us: int) -> Series:
    """(us, [queue pair, interval] in Gb/s) of what senders sent; needs a trace."""
    table = result.rates(f"{interval_us}us")
    slots = int(result.end_ps // (interval_us * 10**6))
    sent = np.zeros((len(result.queue_pairs), slots))
    slot = table["time_ps"] // (interval_us * 10**6)
    whole = slot < slots
    sent[table["qp"][whole], slot[whole]] = table["rate_bps"][whole] / 1e9
    return (np.arange(slots) + 0.5) * interval_us, sent


def panels(
    count: int, *, columns: int = 1, height: float = 1.75, **options: Any
) -> tuple[Any, Any]:
    """(figure, array of axes), below each other unless there are more columns."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(figures.SETTINGS):
        figure = Figure(figsize=(6.4, 0.5 + height * count), layout="constrained")
        axes = figure.subplots(count, columns, squeeze=False, **options)
    return figure, axes if columns > 1 else axes[:, 0]


def draw_rates(axes: Any, runs: Series, label: str = "") -> None:
    """Sending rates of two flows over time in ms, one that has not begun left out."""
    times, sent = runs
    for rate, colour, name in zip(sent, (BLUE, RED), ("first", "second"), strict=True):
        shown = np.where(rate > 0, rate, np.nan)
        axes.plot(times / 1e3, shown, color=colour, label=f"{name} flow")
    if label:
        axes.set_ylabel(label)


def draw_fixed_point(above: Any, below: Any, rate_gbps: float, queue_bytes: float) -> None:
    """Theory beside the rates above and the queue below, which ends the two panels."""
    above.axhline(rate_gbps, label="fixed point", **THEORY)
    below.axhline(queue_bytes / 1e3, label="fixed point", **THEORY)
    below.set_ylabel("queue (kB)")
    below.set_xlabel("time (ms)")
    below.set_ylim(0)
    for axes in (above, below):
        legend(axes, "upper right", 3)


def legend(axes: Any, place: str = "best", columns: int = 1) -> None:
    axes.legend(loc=place, ncols=columns, frameon=False, fontsize=7.5)


def svg(figure: Any) -> bytes:
    """The figure's bytes, coordinates of 1 and more to a hundredth of a point."""
    from matplotlib import rc_context

    image = io.BytesIO()
    with rc_context(figures.SETTINGS):
        figure.savefig(image, format="svg", metadata={"Date": None, "Creator": None})
    return re.sub(rb"(?<![\d.])([1-9]\d*\.\d\d)\d+", rb"\1", image.getvalue())


def scripts() -> list[str]:
    """Names of the pages that have a script."""
    return sorted(p.stem.removesuffix("_figure") for p in HERE.glob("*_figure.py"))


def main(names: Sequence[str]) -> None:
    sys.path.insert(0, str(HERE))
    for name in names or scripts():
        script = import_module(f"{name.replace('-', '_')}_figure")
        runs = script.measured()
        path = HERE / f"{name.replace('_', '-')}.svg"
        path.write_bytes(svg(script.drawn(runs)))
        print(path.name, f"{path.stat().st_size / 1e3:.0f} kB")  # noqa: T201
        for sentence in script.told(runs):
            print("   ", sentence)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
