"""How fast queue pairs sent, and were allowed to send, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.errors import Fault, ScenarioError
from pyfabric.results.table import Table
from pyfabric.spec import Faults
from pyfabric.units import Quantity

if TYPE_CHECKING:
    from pyfabric.results import Result


#: What :meth:`pyfabric.Result.rates` can tell.
KINDS: Final = ("sent", "allowed")


def sending_rates(result: Result, interval: Quantity, of: str | None = None) -> Table:
    """Table of rates; see :meth:`pyfabric.Result.rates`."""
    faults = Faults("rates")
    interval_ps = faults.time("interval", interval, low=1000)
    if of is not None:
        faults.choice("of", of, KINDS)
    faults.raise_all()
    assert interval_ps is not None
    allowed = of == "allowed" or (of is None and not len(result.trace) and len(result.cc))
    return _allowed(result, interval_ps) if allowed else _sent(result, interval_ps)


def _whole(result: Result, name: str, needs: str) -> Table:
    """A recorded table; ScenarioError when it is not there, or not whole."""
    table = result.tables[name]
    if result.rows_not_kept.get(name, 0):
        what = {"trace": "the trace", "cc": "the trace of congestion control"}[name]
        raise ScenarioError(Fault("rates", f"{what} is not whole, some of its rows were not kept"))
    if not len(table):
        raise ScenarioError(Fault("rates", needs))
    return table


def _sent(result: Result, interval_ps: int) -> Table:
    needs = "needs a trace: simulate(..., record='trace'), or record='cc' for what was allowed"
    trace = _whole(result, "trace", needs)
    data = (trace["event"] == "transmit") & (trace["kind"] == "data")
    rows = np.flatnonzero(data)
    sender = result.queue_pairs["tx_node"][trace["qp"][rows]]
    rows = rows[trace["node"][rows] == sender]
    slot = trace["time_ps"][rows].astype(np.int64) // interval_ps
    keys = np.stack((slot, trace["qp"][rows].astype(np.int64)), axis=1)
    kinds, place = np.unique(keys, axis=0, return_inverse=True)
    sent = np.zeros(len(kinds), dtype=np.int64)
    np.add.at(sent, place.reshape(-1), trace["size_bytes"][rows].astype(np.int64))
    columns = {
        "time_ps": kinds[:, 0] * interval_ps,
        "qp": kinds[:, 1].copy(),
        "sent_bytes": sent,
        "rate_bps": sent * (8e12 / interval_ps),
    }
    return Table("rates", columns)


def _allowed(result: Result, interval_ps: int) -> Table:
    """Means over time of what congestion control had in force."""
    cc = _whole(result, "cc", "of='allowed' needs record='cc'")
    order = np.lexsort((np.arange(len(cc)), cc["qp"]))
    pairs, first = np.unique(cc["qp"][order], return_index=True)
    ends = _ends(result)
    parts: dict[str, list[NDArray[Any]]] = {n: [] for n in ("time_ps", "qp", *_ALLOWED)}
    for qp, rows in zip(pairs.tolist(), np.split(order, first[1:]), strict=True):
        times = cc["time_ps"][rows].astype(np.int64)
        end = max(int(ends[qp]), int(times[-1]) + 1)
        edges = np.arange(times[0] // interval_ps, -(-end // interval_ps) + 1) * interval_ps
        parts["time_ps"].append(edges[:-1])
        parts["qp"].append(np.full(len(edges) - 1, qp))
        for name in _ALLOWED:
            parts[name].append(_means(times, cc[name][rows], end, edges))
    return Table("rates", {name: np.concatenate(values) for name, values in parts.items()})


_ALLOWED: Final = ("rate_bps", "window_bytes")


def _ends(result: Result) -> NDArray[np.int64]:
    """When the last flow of each queue pair was acknowledged; the run's end if one never was."""
    flows = result.flows
    done = flows["status"] == "finished"
    closed = np.where(done, flows["start_ps"] + flows["sender_fct_ps"], result.end_ps)
    ends = np.zeros(len(result.queue_pairs), dtype=np.int64)
    np.maximum.at(ends, flows["qp"], closed)
    return ends


def _means(
    times: NDArray[Any], values: NDArray[Any], end: int, edges: NDArray[Any]
) -> NDArray[np.float64]:
    """Means of a step function between the edges, over the time in which it is defined."""
    bounds = np.append(times, end) - times[0]
    area = np.append(0.0, np.cumsum(np.diff(bounds) * values.astype(np.float64)))
    inside = np.clip(edges - times[0], 0, end - times[0])
    means: NDArray[np.float64] = np.diff(np.interp(inside, bounds, area)) / np.diff(inside)
    return means
