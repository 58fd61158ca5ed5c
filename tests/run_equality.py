"""When two runs are the same: fingerprint, counters and every row of every table."""

from __future__ import annotations

import numpy as np

from pyfabric.engine import RawTables

#: Tables whose rows are sorted by (time, port, order of writing), and their time column.
TIMED = {"drops": "time_ps", "pauses": "start_ps", "queues": "time_ps", "trace": "time_ps"}


def assert_equal_runs(a: RawTables, b: RawTables) -> None:
    """Raises AssertionError that names the first column that differs."""
    assert (a.fingerprint, a.stop_reason, a.end_ps) == (b.fingerprint, b.stop_reason, b.end_ps)
    for name in ("events", "packet_hops", "data_packet_hops"):
        assert a.stats[name] == b.stats[name], name
    assert a.rows_not_kept == b.rows_not_kept
    for table in a.tables:
        one, two = _ordered(a, table), _ordered(b, table)
        for name, values in one.items():
            assert np.array_equal(values, two[name]), f"{table}.{name} differs"


def _ordered(raw: RawTables, table: str) -> dict[str, np.ndarray]:
    """Columns of a table in the order of results: a node's own order is kept."""
    columns = dict(raw.tables[table])
    if table not in TIMED:
        return columns
    order = np.lexsort((columns.get("node", columns["port"]), columns[TIMED[table]]))
    return {name: values[order] for name, values in columns.items()}


def assert_identical_runs(a: RawTables, b: RawTables) -> None:
    """The same, and rows stand in the same order before they are sorted."""
    assert_equal_runs(a, b)
    for table, columns in a.tables.items():
        for name, values in columns.items():
            assert np.array_equal(values, b.tables[table][name]), f"order of {table}.{name} differs"
