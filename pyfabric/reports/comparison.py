"""Several results side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyfabric.analysis import fct_quantiles, quantiles
from pyfabric.reports import numbers as show

if TYPE_CHECKING:
    from pyfabric.results import Result


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
    fct = fct_quantiles(flows)
    facts["completion time p50"] = "-" if fct is None else show.time(fct.p50)
    facts["completion time p99"] = "-" if fct is None else show.time(fct.p99)
    slowdown = quantiles(flows["slowdown"][finished & ~flows.null("slowdown")])
    facts["slowdown p50"] = "-" if slowdown is None else f"{slowdown.p50:.2f}"
    facts["slowdown p99"] = "-" if slowdown is None else f"{slowdown.p99:.2f}"
    facts["pauses"] = f"{len(result.pauses) + result.rows_not_kept.get('pauses', 0):,}"
    facts["paused time, all ports"] = show.time(int(ports["paused_ps"].sum()))
    facts["ECN marks"] = f"{int(ports['ecn_marks'].sum()):,}"
    facts["drops"] = f"{int(ports['drops'].sum()):,}"
    facts["verdict"] = "lossless" if result.lossless() else "NOT LOSSLESS"
    return facts


def _last(result: Result) -> str:
    flows = result.flows
    if not len(flows) or not flows["finished"].all():
        return "-"
    return show.time(int((flows["start_ps"] + flows["fct_ps"]).max()))
