"""Several results side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pyfabric.analysis import fct_quantiles, quantiles
from pyfabric.reports import numbers as show

if TYPE_CHECKING:
    from pyfabric.results import Result, Table

#: Scenarios with more workloads are compared over all flows only.
WORKLOADS_SHOWN: Final = 4


def comparison(results: Mapping[str, Result]) -> str:
    """A table with one column per named result."""
    columns = {name: _facts(result) for name, result in results.items()}
    rows = list(next(iter(columns.values()), {}))
    head = max((len(row) for row in rows), default=0)
    widths = {
        name: max(len(name), *(len(facts[row]) for row in rows)) for name, facts in columns.items()
    }
    lines = [" " * head + "".join(f"  {name:>{widths[name]}}" for name in columns)]
    for row in rows:
        cells = "".join(f"  {facts[row]:>{widths[name]}}" for name, facts in columns.items())
        lines.append(f"{row:<{head}}{cells}")
    return "\n".join(lines)


def _facts(result: Result) -> dict[str, str]:
    flows, ports = result.flows, result.ports
    finished = flows["finished"]
    facts = {
        "flows finished": f"{int(finished.sum()):,} of {len(flows):,}",
        "all done after": _last(result),
    }
    for workload in _workloads(result):
        facts |= _times(flows.take(flows["workload"] == workload), f"{workload}: ")
    facts |= _times(flows, "all flows: " if len(_workloads(result)) > 1 else "")
    facts["pauses"] = f"{len(result.pauses) + result.rows_not_kept.get('pauses', 0):,}"
    facts["paused time, all ports"] = show.time(int(ports["paused_ps"].sum()))
    facts["ECN marks"] = f"{int(ports['ecn_marks'].sum()):,}"
    facts["drops"] = f"{int(ports['drops'].sum()):,}"
    facts["verdict"] = "lossless" if result.lossless() else "NOT LOSSLESS"
    return facts


def _workloads(result: Result) -> list[str]:
    """Names of the workloads when there are a few of them, in plan order; else none."""
    names = list(dict.fromkeys(result.flows["workload"].tolist()))
    return names if 1 < len(names) <= WORKLOADS_SHOWN else []


def _times(flows: Table, prefix: str) -> dict[str, str]:
    fct = fct_quantiles(flows)
    slowdown = quantiles(flows["slowdown"][flows["finished"] & ~flows.null("slowdown")])
    times = "-" if fct is None else f"{show.time(fct.p50)} / {show.time(fct.p99)}"
    slow = "-" if slowdown is None else f"{slowdown.p50:.1f} / {slowdown.p99:.1f}"
    return {f"{prefix}FCT p50 / p99": times, f"{prefix}slowdown p50 / p99": slow}


def _last(result: Result) -> str:
    flows = result.flows
    if not len(flows) or not flows["finished"].all():
        return "-"
    return show.time(int((flows["start_ps"] + flows["fct_ps"]).max()))
