"""What a study keeps of a run: one row of numbers, one row per size bin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from pyfabric.analysis import (
    Quantiles,
    deepest_queue,
    fct_quantiles,
    goodput_bps,
    jain_index,
    quantiles,
    slowdown_by_size,
)

if TYPE_CHECKING:
    from pyfabric.results import Result, Table
    from pyfabric.study.measuring import Measure

Metrics: TypeAlias = dict[str, int | float]

_US: Final = 1e6
_POINTS: Final = ("p50", "p99", "p999")

#: Columns of a size bin, beside which bin it is.
BIN_METRICS: Final = (
    "flows",
    *(f"fct_{point}_us" for point in _POINTS),
    *(f"slowdown_{point}" for point in _POINTS),
)


def metrics(result: Result, cpu_seconds: float, measure: Measure) -> Metrics:
    """Numbers of one run by name; NaN where there is no value.

    flows, flows_finished, all_done_us (when the last byte of the last flow arrived, NaN unless all
    finished), fct, slowdown, goodput_bps, jain_index: of the flows that ``measure`` counts, as in
    :mod:`pyfabric.analysis` (finished flows, nearest-rank percentiles). jain_index: of
    1 / slowdown, the share that each flow got of what it would have alone. All others are of the
    whole run: paused_us is the sum over all ports; queue_p99_bytes the 99th percentile over time of
    the deepest egress queue of any switch, when queues were recorded; drops_link are frames damaged
    on a link, whatever the class, drops_lossless and drops_lossy all others by class;
    headroom_margin_bytes is the smallest of any port.
    """
    flows = measure.flows(result)
    return {
        "flows": len(flows),
        "flows_finished": int(flows["finished"].sum()),
        **_times(flows, result.end_ps),
        **_slowdown(flows, measure),
        **_counters(result),
        **_losses(result),
        "end_us": result.end_ps / _US,
        "packet_hops": int(result.stats["packet_hops"]),
        "cpu_seconds": cpu_seconds,
    }


def bins(result: Result, measure: Measure) -> list[Metrics]:
    """One row per size bin with finished flows: its ``bin``, from 0 on, and ``BIN_METRICS``."""
    index = {edge: number for number, edge in enumerate((*measure.edges, None))}
    rows: list[Metrics] = []
    for entry in slowdown_by_size(measure.flows(result), measure.edges):
        row: Metrics = {"bin": index[entry.upto_bytes], "flows": entry.slowdown.count}
        row |= {f"fct_{point}_us": _point(entry.fct_ps, point) / _US for point in _POINTS}
        rows.append(row | {f"slowdown_{p}": _point(entry.slowdown, p) for p in _POINTS})
    return rows


def _times(flows: Table, end_ps: int) -> Metrics:
    done = math.nan
    if len(flows) and flows["finished"].all():
        done = int((flows["start_ps"] + flows["fct_ps"]).max()) / _US
    fct = fct_quantiles(flows)
    goodput = goodput_bps(flows, end_ps)
    return {
        "all_done_us": done,
        **{f"fct_{point}_us": _point(fct, point) / _US for point in _POINTS},
        "goodput_bps": math.nan if goodput is None else goodput,
    }


def _slowdown(flows: Table, measure: Measure) -> Metrics:
    slowdown = flows["slowdown"][flows["finished"] & ~flows.null("slowdown")]
    points = quantiles(slowdown)
    by_size = {
        entry.upto_bytes: entry.slowdown.p99 for entry in slowdown_by_size(flows, measure.edges)
    }
    fairness = jain_index(1 / slowdown) if len(slowdown) else None
    return {
        "slowdown_mean": float(slowdown.mean()) if len(slowdown) else math.nan,
        **{f"slowdown_{point}": _point(points, point) for point in _POINTS},
        **{
            f"slowdown_p99_{measure.bin_name(index)}": by_size.get(edge, math.nan)
            for index, edge in enumerate((*measure.edges, None))
        },
        "jain_index": math.nan if fairness is None else fairness,
    }


def _point(values: Quantiles | None, name: str) -> float:
    return math.nan if values is None else float(getattr(values, name))


def _counters(result: Result) -> Metrics:
    ports, pairs = result.ports, result.queue_pairs
    return {
        "pauses": len(result.pauses) + result.rows_not_kept.get("pauses", 0),
        "paused_us": int(ports["paused_ps"].sum()) / _US,
        "queue_p99_bytes": _queue_p99(result),
        "ecn_marks": int(ports["ecn_marks"].sum()),
        "cnps": int(pairs["cnps_received"].sum()),
        "retransmissions": int(pairs["retransmitted_packets"].sum()),
    }


def _queue_p99(result: Result) -> float:
    if not len(result.queues) or result.rows_not_kept.get("queues", 0):
        return math.nan
    return float(np.percentile(deepest_queue(result.queues)[1], 99, method="inverted_cdf"))


def _losses(result: Result) -> Metrics:
    drops, report = result.drops, result.lossless()
    on_link = drops["cause"] == "link_error"
    margins: Any = report.margins["margin_bytes"]
    return {
        "drops_lossless": int((drops["lossless"] & ~on_link).sum()),
        "drops_lossy": int((~drops["lossless"] & ~on_link).sum()),
        "drops_link": int(on_link.sum()),
        "lossless": int(report.ok),
        "headroom_margin_bytes": float(margins.min()) if len(margins) else math.nan,
    }
