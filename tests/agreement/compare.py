"""The records of both models of one plan, and where they first differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import zip_longest

from reference.frames import Record
from reference.net import Net
from reference.scenarios import Scenario

from pyfabric.compile.plan import Plan
from pyfabric.engine import run

NEIGHBOURS = 5


@dataclass(frozen=True)
class Difference:
    """Record ``index`` of ``node`` is not the same."""

    node: int
    index: int
    engine: list[Record]
    reference: list[Record]

    def __str__(self) -> str:
        first, last = max(0, self.index - NEIGHBOURS), self.index + NEIGHBOURS + 1
        lines = [f"node {self.node}, record {self.index} differs"]
        for name, records in (("engine", self.engine), ("reference", self.reference)):
            lines.append(f"{name} ({len(records)} records): {', '.join(Record._fields)}")
            for i, record in enumerate(records[first:last], first):
                mark = ">" if i == self.index else " "
                lines.append(f"{mark} {i:5d} {' '.join(str(value) for value in record)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Outcome:
    """Both runs of a plan: the first difference, the reference's counts of what happened."""

    difference: Difference | None
    counts: Counter[str] = field(default_factory=Counter)
    records: int = 0


def engine_records(plan: Plan) -> list[list[Record]]:
    """The engine's records by node."""
    table = run(plan, trace=True).tables["trace"]
    rows: list[list[Record]] = [[] for _ in plan.columns["node_is_switch"]]
    columns = [table[name].tolist() for name in Record._fields]
    for node, row in zip(table["node"].tolist(), zip(*columns, strict=True), strict=True):
        rows[node].append(Record(*row))
    return rows


def compare(plan: Plan) -> Outcome:
    """Run both; the difference that is first in time."""
    net = Net(plan)
    net.run()
    found = []
    for node, (engine, reference) in enumerate(zip(engine_records(plan), net.records, strict=True)):
        for index, (one, other) in enumerate(zip_longest(engine, reference)):
            if one != other:
                time = min(record.time_ps for record in (one, other) if record is not None)
                found.append((time, node, Difference(node, index, engine, reference)))
                break
    first = min(found, key=lambda each: each[:2])[2] if found else None
    return Outcome(first, net.counts, sum(map(len, net.records)))


def shrunk(scenario: Scenario) -> Scenario:
    """A scenario with as few queue pairs and messages as still differ."""
    for smaller in scenario.smaller():
        if compare(smaller.plan()).difference is not None:
            return shrunk(smaller)
    return scenario


def report(scenario: Scenario) -> str:
    """A difference as a person wants to see it: shrunk, with its neighbourhood and a command."""
    small = shrunk(scenario)
    difference = compare(small.plan()).difference
    pairs = "\n".join(f"  {number}: {pair}" for number, pair in enumerate(small.queue_pairs))
    return (
        f"seed {scenario.seed}, shrunk to {len(small.queue_pairs)} queue pairs:\n{pairs}\n"
        f"{difference}\nreplay (from tests/): python -m agreement.replay {scenario.seed}"
    )
