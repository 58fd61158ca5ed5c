"""Traces of congestion control of small incasts."""

from __future__ import annotations

from typing import Any

import pyfabric as pf
from pyfabric.engine import RawTables

LINE = 100 * 10**9
#: Short timers, so that all phases come in a millisecond or two.
DCQCN = pf.DCQCN(
    g="1/16",
    alpha_timer="11us",
    increase_timer="7us",
    byte_counter="150kB",
    fast_recovery=3,
    rate_ai="1Gbps",
    rate_hai="4Gbps",
    clamp_target=True,
)


def scenario(control: Any, senders: int = 3, size: str = "100MB", **changes: Any) -> pf.Scenario:
    made = pf.Scenario(
        topology=pf.star(senders + 1, rate="100Gbps"),
        workload=pf.incast(0, range(1, senders + 1), size=size),
        switch=pf.Switch(buffer="64MB", ecn=pf.ECN(kmin="20kB", kmax="100kB", pmax=0.1)),
        congestion_control=control,
        until="2ms",
    )
    return made.replace(**changes) if changes else made


def rows_of(raw: RawTables, qp: int) -> list[tuple[Any, ...]]:
    """Rows of a queue pair, all but its numbers; nan as None."""
    table = raw.tables["cc"]
    mine = table["qp"] == qp
    names = [n for n in table if n not in ("node", "qp", "flow")]
    values = zip(*(table[n][mine].tolist() for n in names), strict=True)
    return [tuple(None if v != v else v for v in row) for row in values]
