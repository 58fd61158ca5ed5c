"""Small fabrics and plain measurements for tests against closed formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import RawTables, run

#: A NIC without start jitter, for results that are exact to the picosecond.
STILL = pf.Nic(start_jitter=0)


@dataclass(frozen=True)
class Run:
    """A plan and what came of it."""

    plan: Plan
    raw: RawTables

    def column(self, table: str, name: str) -> list[Any]:
        values: list[Any] = self.raw.tables[table][name].tolist()
        return values

    def port(self, name: str) -> int:
        """Global index of a port by its name ``a->b``."""
        return list(self.plan.labels["port_names"]).index(name)


def run_scenario(scenario: pf.Scenario, *, trace: bool = False, queue_sample_ps: int = 0) -> Run:
    plan = compile_scenario(scenario)
    return Run(plan, run(plan, trace=trace, queue_sample_ps=queue_sample_ps))


def chain(rates: list[str], delay: str = "1us") -> pf.Topology:
    """host0 - switch - ... - switch - host1, one link for each rate."""
    switches = len(rates) - 1
    nodes = ["host0", *[f"switch{i}" for i in range(switches)], "host1"]
    edges = [(nodes[i], nodes[i + 1], rate, delay) for i, rate in enumerate(rates)]
    return pf.Topology.from_edges(2, switches, edges)


def rates_bps(scenario: pf.Scenario, since: str, until: str) -> list[float]:
    """Payload rate of each flow between two instants, from two runs of the same plan."""
    early = run_scenario(scenario.replace(until=since)).column("flows", "delivered_bytes")
    late_run = run_scenario(scenario.replace(until=until))
    late = late_run.column("flows", "delivered_bytes")
    span_ps = pf.units.parse_time(until) - pf.units.parse_time(since)
    return [(b - a) * 8e12 / span_ps for a, b in zip(early, late, strict=True)]


def goodput_share(mtu: int = 4096) -> float:
    """Payload of a full SEND packet over the bytes it occupies on the wire."""
    return mtu / (mtu + 82)
