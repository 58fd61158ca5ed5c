"""Laws that the trace of any run obeys; an AssertionError names the row at fault."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise

from trace_rows import (
    COMPLETE,
    DATA,
    DROP,
    FAIL,
    PFC,
    TRANSMIT,
    XOFF,
    XON,
    Journeys,
    Row,
    Stream,
    Trace,
    follow,
)

from pyfabric.compile.plan import Plan
from pyfabric.engine import RawTables

FINISHED, FAILED = 1, 2
#: Drop causes that a lossless class must not meet: exhausted headroom and both thresholds.
BUFFER_CAUSES = (1, 2, 3)


def check_transmitters(trace: Trace) -> None:
    """A port sends one frame at a time."""
    for port, rows in trace.by_port().items():
        for now, after in pairwise(rows):
            free = now.time_ps + trace.wire_ps(now.size_bytes, port)
            assert after.time_ps >= free, f"{after} starts before {now} has left, at {free}"


def check_flow_control_pairs(trace: Trace) -> None:
    """XOFF and XON alternate for every (port, class), XOFF first; frames tell it in this order."""
    decided: dict[tuple[int, int], int] = defaultdict(lambda: XON)
    for row in trace.events(XOFF, XON):
        key = row.port, row.priority
        assert decided[key] != row.event, f"{row} repeats the decision before it"
        decided[key] = row.event
    told: set[tuple[int, int]] = set()
    for row in trace.events(TRANSMIT):
        if row.kind == PFC:
            xoff, xon = row.psn >> 8, row.psn & 0xFF
            assert xoff | xon, f"{row} tells nothing"
            assert not xoff & xon, f"{row} tells both"
            told |= {(row.port, cls) for cls in range(8) if xoff >> cls & 1}
            resumed = {(row.port, cls) for cls in range(8) if xon >> cls & 1}
            assert resumed <= told, f"{row} resumes what was not paused"
            told -= resumed


def check_pauses(trace: Trace) -> None:
    """A paused class starts no frame from the end of the reaction time to the end of the pause."""
    starts: dict[tuple[int, int], list[int]] = defaultdict(list)
    for row in trace.events(TRANSMIT):
        if row.kind != PFC:
            starts[row.port, row.priority].append(row.time_ps)
    reaction, node_of = trace.column("node_pfc_reaction_ps"), trace.node_of_port()
    pauses = trace.raw.tables["pauses"]
    names = ("port", "priority", "start_ps", "end_ps")
    previous: dict[tuple[int, int], int] = defaultdict(lambda: -1)
    for port, cls, start, end in zip(*(pauses[name].tolist() for name in names), strict=True):
        stop = trace.raw.end_ps if end < 0 else end
        binding = start + reaction[node_of[port]]
        assert previous[port, cls] <= start <= stop, f"pauses of port {port} class {cls} overlap"
        previous[port, cls] = stop
        times = starts[port, cls]
        inside = [t for t in times[bisect_right(times, binding - 1) :] if t < stop]
        assert not inside, f"port {port} class {cls} paused {binding}..{stop} sent at {inside}"


def check_first_transmissions(trace: Trace) -> None:
    """A sender makes PSN n + 1 for the first time only after PSN n."""
    sent: dict[int, int] = defaultdict(int)
    sender = trace.column("qp_tx_node")
    for row in trace.events(TRANSMIT):
        if row.kind == DATA and row.node == sender[row.qp]:
            assert row.psn <= sent[row.qp], f"{row} skips PSN {sent[row.qp]}"
            sent[row.qp] = max(sent[row.qp], row.psn + 1)


def check_fifo(journeys: Journeys) -> None:
    """A queue of a switch sends its frames in the order in which they came, from all ports."""
    for pairs in journeys.departed.values():
        for (first, _), (second, row) in pairwise(pairs):
            assert first.time_ps <= second.time_ps, f"{row} overtook {first.sent}"


def check_deliveries(trace: Trace, journeys: Journeys) -> None:
    """Replays the receivers: they take the PSN they expect, and nothing else counts as delivered.

    Messages complete at the arrival of their last PSN; every byte delivered was sent.
    """
    read, receiver, classes = (trace.column(f"qp_{n}") for n in ("read", "rx_node", "class"))
    tables = trace.raw.tables
    gave_up = {(row.node, row.qp): row.time_ps for row in trace.events(FAIL)}
    completed: dict[int, list[Row]] = defaultdict(list)
    for row in trace.events(COMPLETE):
        assert row.node == receiver[row.qp]
        completed[row.qp].append(row)
    for qp, expected in enumerate(tables["queue_pairs"]["expected_psn"].tolist()):
        node = receiver[qp]
        until = gave_up.get((node, qp), trace.raw.end_ps) if read[qp] else trace.raw.end_ps
        taken: list[int] = []  # taken[n]: when PSN n was accepted
        for arrival in journeys.arrived.get((node, Stream(qp, True, classes[qp])), []):
            expects = arrival.sent.kind == DATA and arrival.sent.psn == len(taken)
            if expects and arrival.time_ps <= until:
                taken.append(arrival.time_ps)
        assert len(taken) == expected, f"queue pair {qp}: {len(taken)} in order, not {expected}"
        for row in completed[qp]:
            assert 0 < row.psn <= len(taken), f"{row} before its packets were sent"
            assert row.time_ps == taken[row.psn - 1], f"{row} is not when its last packet came"
    _check_flow_table(trace)


def _check_flow_table(trace: Trace) -> None:
    names = ("qp", "size_bytes", "first_psn", "packets")
    plan = zip(*(trace.column(f"flow_{name}") for name in names), strict=True)
    flows = trace.raw.tables["flows"]
    expected = trace.raw.tables["queue_pairs"]["expected_psn"].tolist()
    mtu = trace.plan.scalars["mtu_bytes"]
    status, fct = flows["status"].tolist(), flows["fct_ps"].tolist()
    for flow, (qp, size, first, packets) in enumerate(plan):
        delivered = int(flows["delivered_bytes"][flow])
        got = min(packets, max(0, expected[qp] - first))
        sent = got * mtu if size < 0 else min(size, got * mtu)  # -1: endless
        assert delivered == sent, f"flow {flow}: {delivered} B in {got} packets"
        assert (fct[flow] >= 0) == (delivered == size), f"flow {flow}: complete without its bytes"
        assert status[flow] != FINISHED or delivered == size, f"flow {flow}: finished short"


def check_ideal(trace: Trace) -> None:
    """No message is faster than alone on its path."""
    ideal = trace.plan.labels["ideal_fct_ps"].tolist()
    for flow, fct in enumerate(trace.raw.tables["flows"]["fct_ps"].tolist()):
        assert fct < 0 or fct >= ideal[flow], f"flow {flow}: {fct} ps, ideally {ideal[flow]}"


def check_ended_empty(trace: Trace, journeys: Journeys) -> None:
    """A run that ends by itself leaves nothing behind."""
    if trace.raw.stop_reason == "all_done":
        assert (journeys.waiting, journeys.flying) == (0, 0)
        assert all(s in (FINISHED, FAILED) for s in trace.raw.tables["flows"]["status"].tolist())


def check_lossless(trace: Trace) -> None:
    """No buffer drop in a class that is lossless at the node."""
    mask = trace.column("node_lossless_mask")
    for row, cause in zip(trace.rows, trace.raw.tables["trace"]["ecn"].tolist(), strict=True):
        lossless = mask[row.node] >> row.priority & 1
        assert row.event != DROP or cause not in BUFFER_CAUSES or not lossless, f"lost: {row}"


def check_everything(plan: Plan, raw: RawTables) -> None:
    """All laws but losslessness, which needs undamaged links."""
    check_rows(Trace.of(plan, raw))


def check_rows(trace: Trace) -> None:
    """The same, of a trace at hand."""
    check_transmitters(trace)
    check_flow_control_pairs(trace)
    check_pauses(trace)
    check_first_transmissions(trace)
    journeys = follow(trace)
    check_fifo(journeys)
    check_deliveries(trace, journeys)
    check_ideal(trace)
    check_ended_empty(trace, journeys)
