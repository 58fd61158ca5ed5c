"""The trace of a run as rows, and its frames followed from port to port.

All frames of one queue pair, direction and class take one path, so what leaves a switch is what
arrived there, in order, less the recorded drops.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pyfabric.compile.plan import Plan
from pyfabric.engine import RawTables

TRANSMIT, DROP, XOFF, XON, COMPLETE, SENDER_COMPLETE, FAIL = range(1, 8)
DATA, PFC, CREDIT, CREDIT_REQUEST = 0, 5, 6, 7


class Row(NamedTuple):
    """One observable record; ports are global indices."""

    time_ps: int
    node: int
    port: int
    event: int
    kind: int
    priority: int
    qp: int
    psn: int
    size_bytes: int


@dataclass(frozen=True)
class Trace:
    """A run with its trace as rows, in the own order of every node."""

    plan: Plan
    raw: RawTables
    rows: list[Row]

    @classmethod
    def of(cls, plan: Plan, raw: RawTables) -> Trace:
        columns = [raw.tables["trace"][name].tolist() for name in Row._fields]
        return cls(plan, raw, [Row(*values) for values in zip(*columns, strict=True)])

    def column(self, name: str) -> list[int]:
        values: list[int] = self.plan.columns[name].tolist()
        return values

    def events(self, *events: int) -> Iterable[Row]:
        return (row for row in self.rows if row.event in events)

    def wire_ps(self, size_bytes: int, port: int) -> int:
        """Time that a frame of this L2 size occupies the transmitter of a port."""
        bits = (size_bytes + self.plan.scalars["gap_bytes"]) * 8 * 10**12
        time_ps = -(-bits // int(self.plan.columns["port_rate_bps"][port]))
        return time_ps // 1000 * 1000 if self.plan.scalars["truncate_ns"] else time_ps

    def by_port(self) -> dict[int, list[Row]]:
        ports: dict[int, list[Row]] = defaultdict(list)
        for row in self.events(TRANSMIT):
            ports[row.port].append(row)
        return ports

    def node_of_port(self) -> list[int]:
        first = self.column("node_first_port")
        return [n for n in range(len(first) - 1) for _ in range(first[n + 1] - first[n])]


class Stream(NamedTuple):
    """Frames that share a path and a queue at every port: a class of one direction of a pair.

    ``data``: the direction of the data, which requests for credit take, too.
    """

    qp: int
    data: bool
    priority: int


class Arrival(NamedTuple):
    """When a frame that was sent is there, and its record at the sender."""

    time_ps: int
    sent: Row


@dataclass(frozen=True)
class Journeys:
    """Frames matched hop by hop.

    ``arrived``: (node, stream) to the undamaged, admitted arrivals in order. ``departed``: (switch
    port, class) to (arrival at this switch, start on the port) in the order of starts.
    ``waiting``: frames that stand in switches when the run ends; ``flying``: on wires.
    """

    arrived: dict[tuple[int, Stream], list[Arrival]]
    departed: dict[tuple[int, int], list[tuple[Arrival, Row]]]
    waiting: int
    flying: int


def follow(trace: Trace) -> Journeys:
    """Match all frames hop by hop; what does not match is an AssertionError."""
    sent, drops = _streams(trace)
    arrived, flying = _arrivals(trace, sent, drops)
    assert not drops, f"dropped, but never arrived: {next(iter(drops.values()))}"
    is_switch = trace.column("node_is_switch")
    departed: dict[tuple[int, int], list[tuple[Arrival, Row]]] = defaultdict(list)
    waiting = 0
    ends = {end for _, end in sent}
    for (node, stream), arrivals in arrived.items():
        if not is_switch[node]:
            goal = "qp_rx_node" if stream.data else "qp_tx_node"
            assert node == trace.column(goal)[stream.qp], f"{stream} reached node {node}"
            continue
        left = sent.get((node, stream), [])
        assert len(left) <= len(arrivals), f"{left[-1]} never arrived at its switch"
        for arrival, row in zip(arrivals, left, strict=False):
            same = arrival.sent[4:] == row[4:]
            assert same, f"{row} left the switch in place of {arrival.sent}"
            assert row.time_ps >= arrival.time_ps, f"{row} left before it arrived"
            departed[row.port, row.priority].append((arrival, row))
        waiting += len(arrivals) - len(left)
    for node, stream in sent:
        assert not is_switch[node] or (node, stream) in arrived, f"{stream} is made by {node}"
    assert ends
    # Start times alone do not order: frames of a few bytes may take 0 ns in ns-3 framing.
    order = {id(row): index for index, row in enumerate(trace.rows)}
    for pairs in departed.values():
        pairs.sort(key=lambda pair: order[id(pair[1])])
    return Journeys(arrived, departed, waiting, flying)


Sent = dict[tuple[int, Stream], list[Row]]
Drops = dict[tuple[int, ...], Row]


def _streams(trace: Trace) -> tuple[Sent, Drops]:
    """Frames by (sending node, stream); drops by (port, time, kind, class, queue pair, ...)."""
    sent: Sent = defaultdict(list)
    drops: Drops = {}
    for row in trace.events(TRANSMIT, DROP):
        if row.kind == PFC:
            continue
        stream = Stream(row.qp, row.kind in (DATA, CREDIT_REQUEST), row.priority)
        if row.event == DROP:
            drops[row.port, row.time_ps, *row[4:]] = row
            continue
        before = sent[row.node, stream]
        assert not before or before[0].port == row.port, f"{row} takes another path"
        before.append(row)
    return dict(sent), drops


def _arrivals(
    trace: Trace, sent: Sent, drops: Drops
) -> tuple[dict[tuple[int, Stream], list[Arrival]], int]:
    """Arrivals by (node, stream); takes out of ``drops`` what did not get further."""
    peer, delay = trace.column("port_peer"), trace.column("port_delay_ps")
    latency, node_of = trace.column("node_latency_ps"), trace.node_of_port()
    arrived: dict[tuple[int, Stream], list[Arrival]] = {}
    flying = 0
    for (_, stream), rows in sent.items():
        port = rows[0].port
        there = peer[port]
        node = node_of[there]
        assert (node, stream) not in arrived, f"{stream} reaches node {node} by two links"
        arrivals = arrived[node, stream] = []
        fixed = delay[port] + latency[node]
        for row in rows:
            time_ps = row.time_ps + trace.wire_ps(row.size_bytes, port) + fixed
            if time_ps >= trace.raw.end_ps:
                flying += 1
            elif drops.pop((there, time_ps, *row[4:]), None) is None:
                arrivals.append(Arrival(time_ps, row))
    return arrived, flying
