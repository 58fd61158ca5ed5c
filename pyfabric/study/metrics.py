"""What a study keeps of a run: one row of numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pyfabric.analysis import Quantiles, fct_quantiles, goodput_bps, quantiles, slowdown_by_size
from pyfabric.analysis.completion import SIZE_EDGES
from pyfabric.units import format_size

if TYPE_CHECKING:
    from pyfabric.results import Result

Metrics: TypeAlias = dict[str, int | float]

_US: Final = 1e6

#: Column of the 99th percentile of slowdown -> upper edge of its size bin (None: no limit).
SIZE_BINS: Final[dict[str, int | None]] = {
    **{f"slowdown_p99_to_{format_size(edge)}": edge for edge in SIZE_EDGES},
    f"slowdown_p99_above_{format_size(SIZE_EDGES[-1])}": None,
}


def metrics(result: Result, cpu_seconds: float) -> Metrics:
    """Numbers of one run by name; NaN where there is no value.

    all_done_us: when the last byte of the last flow arrived, NaN unless all finished. fct, slowdown
    and goodput as in :mod:`pyfabric.analysis` (finished flows, nearest-rank percentiles).
    paused_us: sum over all ports. drops_link: damaged on a link, whatever the class; drops_lossless
    and drops_lossy: all others by class. headroom_margin_bytes: the smallest of any port.
    """
    return {
        "flows": len(result.flows),
        "flows_finished": int(result.flows["finished"].sum()),
        **_times(result),
        **_counters(result),
        **_losses(result),
        "end_us": result.end_ps / _US,
        "packet_hops": int(result.stats["packet_hops"]),
        "cpu_seconds": cpu_seconds,
    }


def _times(result: Result) -> Metrics:
    flows = result.flows
    finished = flows["finished"]
    done = math.nan
    if len(flows) and finished.all():
        done = int((flows["start_ps"] + flows["fct_ps"]).max()) / _US
    fct = fct_quantiles(flows)
    slowdown = flows["slowdown"][finished & ~flows.null("slowdown")]
    points = quantiles(slowdown)
    bins = {entry.upto_bytes: entry.slowdown.p99 for entry in slowdown_by_size(flows)}
    goodput = goodput_bps(flows, result.end_ps)
    return {
        "all_done_us": done,
        "fct_p50_us": _point(fct, "p50") / _US,
        "fct_p99_us": _point(fct, "p99") / _US,
        "slowdown_mean": float(slowdown.mean()) if len(slowdown) else math.nan,
        "slowdown_p50": _point(points, "p50"),
        "slowdown_p99": _point(points, "p99"),
        **{name: bins.get(edge, math.nan) for name, edge in SIZE_BINS.items()},
        "goodput_bps": math.nan if goodput is None else goodput,
    }


def _point(values: Quantiles | None, name: str) -> float:
    return math.nan if values is None else float(getattr(values, name))


def _counters(result: Result) -> Metrics:
    ports, pairs = result.ports, result.queue_pairs
    return {
        "pauses": len(result.pauses) + result.rows_not_kept.get("pauses", 0),
        "paused_us": int(ports["paused_ps"].sum()) / _US,
        "ecn_marks": int(ports["ecn_marks"].sum()),
        "cnps": int(pairs["cnps_received"].sum()),
        "retransmissions": int(pairs["retransmitted_packets"].sum()),
    }


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
