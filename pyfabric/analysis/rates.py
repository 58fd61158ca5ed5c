"""How fast queue pairs sent over time, from the trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyfabric.errors import Fault, ScenarioError
from pyfabric.results.table import Table
from pyfabric.spec import Faults
from pyfabric.units import Quantity

if TYPE_CHECKING:
    from pyfabric.results import Result


def sending_rates(result: Result, interval: Quantity) -> Table:
    """Table of rates; see :meth:`pyfabric.Result.rates`."""
    faults = Faults("rates")
    interval_ps = faults.time("interval", interval, low=1000)
    faults.raise_all()
    assert interval_ps is not None
    if result.rows_not_kept.get("trace", 0):
        raise ScenarioError(
            Fault("rates", "the trace is not whole, some of its rows were not kept")
        )
    trace = result.trace
    data = (trace["event"] == "transmit") & (trace["kind"] == "data")
    if not len(trace):
        raise ScenarioError(Fault("rates", "needs a trace: simulate(..., record='trace')"))
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
