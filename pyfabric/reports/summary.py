"""A result on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyfabric.analysis import Quantiles, SizeBin, fct_quantiles, goodput_bps, slowdown_by_size
from pyfabric.reports import numbers as show

if TYPE_CHECKING:
    from pyfabric.results import Result

_STOPS: Final = {
    "all_done": "All done",
    "until": "Stopped as planned",
    "max_wall": "Cut short by the wall-time limit",
    "interrupted": "Interrupted",
    "deadlock": "Deadlocked",
}
#: Lines of the verdict that are shown; the rest is behind ``result.lossless()``.
_VERDICT_LINES: Final = 10


def summary(result: Result) -> str:
    """Completion, completion times, slowdown by size, goodput, pauses, marks, verdict."""
    lines = [_headline(result)]
    lines += _times(result)
    lines += _congestion(result)
    lines += _verdict(result)
    lines += _run(result)
    return "\n".join(lines)


def _headline(result: Result) -> str:
    flows = result.flows
    finished = int(flows["finished"].sum())
    failed = int((flows["status"] == "failed").sum())
    failures = f", {failed:,} failed" if failed else ""
    return (
        f"{_STOPS[result.stop_reason]} at {show.time(result.end_ps)}: {finished:,} of "
        f"{show.count(len(flows), 'flow')} finished{failures}, "
        f"{show.size(int(flows['delivered_bytes'].sum()))} delivered"
    )


def _times(result: Result) -> list[str]:
    lines = []
    fct = fct_quantiles(result.flows)
    if fct is None:
        lines.append("Completion time  no flow finished")
    else:
        points = _points(fct)
        lines.append(f"Completion time  p50 {points[0]}, p95 {points[1]}, p99 {points[2]}, ")
        lines[-1] += f"largest {points[3]}"
    goodput = goodput_bps(result.flows, result.end_ps)
    if goodput is not None:
        lines.append(f"Goodput          {show.rate(goodput)} over all flows")
    bins = slowdown_by_size(result.flows)
    if bins:
        lines.append(
            f"Slowdown by size {'flows':>12} {'p50':>9} {'p95':>9} {'p99':>9} {'largest':>9}"
        )
        lines += [_bin_line(entry) for entry in bins]
    return lines


def _bin_line(entry: SizeBin) -> str:
    if entry.upto_bytes is None:
        label = f"above {show.size(entry.above_bytes)}"
    else:
        label = f"up to {show.size(entry.upto_bytes)}"
    values = entry.slowdown
    cells = "".join(f" {value:9.2f}" for value in (values.p50, values.p95, values.p99))
    return f"  {label:<14} {values.count:>12,}{cells} {values.largest:9.2f}"


def _points(values: Quantiles) -> list[str]:
    return [show.time(v) for v in (values.p50, values.p95, values.p99, values.largest)]


def _congestion(result: Result) -> list[str]:
    ports, pairs = result.ports, result.queue_pairs
    pauses = len(result.pauses) + result.rows_not_kept.get("pauses", 0)
    paused = show.time(int(ports["paused_ps"].sum()))
    totals = {
        "ECN marks": int(ports["ecn_marks"].sum()),
        "CNPs": int(pairs["cnps_received"].sum()),
        "retransmissions": int(pairs["retransmitted_packets"].sum()),
        "drops": int(ports["drops"].sum()),
    }
    counted = ", ".join(f"{value:,} {name}" for name, value in totals.items())
    return [
        f"Pauses           {pauses:,}, {paused} in all; "
        f"{int(ports['xoff_sent'].sum()):,} XOFF and {int(ports['xon_sent'].sum()):,} XON sent",
        f"Congestion       {counted}",
        *_timeouts(result, totals["drops"]),
    ]


def _timeouts(result: Result, drops: int) -> list[str]:
    """Timers that fired although nothing was lost."""
    timeouts = int(result.queue_pairs["timeouts"].sum())
    if not timeouts or drops or result.rows_not_kept.get("drops", 0):
        return []
    return [
        f"Timeouts         {show.count(timeouts, 'retransmission timeout')} without a drop: likely "
        "acknowledgements",
        "                 that waited longer than nic.rto, in queues or behind pauses",
    ]


def _verdict(result: Result) -> list[str]:
    lines = str(result.lossless()).splitlines()
    if len(lines) > _VERDICT_LINES:
        more = len(lines) - _VERDICT_LINES + 1
        lines = [*lines[: _VERDICT_LINES - 1], f"({more} more lines: print(result.lossless()))"]
    return [f"Verdict          {lines[0]}", *(f"  {line}" for line in lines[1:])]


def _run(result: Result) -> list[str]:
    stats = result.stats
    hops, seconds = int(stats["packet_hops"]), float(stats["run_cpu_seconds"])
    speed = f", {hops / seconds / 1e6:.3g} M/s" if seconds > 0 else ""
    threads, wall = int(stats.get("threads", 1)), float(stats.get("run_wall_seconds", 0))
    shared = f" ({wall:.3g} s on {threads} threads)" if threads > 1 else ""
    fingerprint = result.fingerprint or "none (partial result)"
    return [
        f"Run              {hops:,} packet-hops in {seconds:.3g} s of CPU{speed}{shared}; "
        f"fingerprint {fingerprint}"
    ]
