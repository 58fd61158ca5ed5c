"""What unfinished flows wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.checks.wording import rate_text, size_text, time_text

if TYPE_CHECKING:
    from pyfabric.results import Result, Table

Bools = NDArray[np.bool_]

#: Examples that a report keeps.
KEPT: Final = 100
#: Packets sent again in vain before it is said; fewer are an ordinary recovery.
RESENT_MIN: Final = 100


@dataclass(frozen=True)
class Waiting:
    """One unfinished flow. ``reason`` is a key of the report's ``waits``; ``text`` explains it."""

    flow: int
    name: str
    src: str
    dst: str
    size_bytes: int
    delivered_bytes: int
    reason: str
    text: str

    def __str__(self) -> str:
        total = "endless" if self.size_bytes < 0 else size_text(self.size_bytes)
        return (
            f"{self.name} ({self.src} -> {self.dst}, {size_text(self.delivered_bytes)} of "
            f"{total} delivered): {self.text}"
        )


def unfinished_flows(result: Result) -> tuple[dict[str, int], tuple[Waiting, ...]]:
    """(flows by reason, examples). Unfinished: not ``finished`` in the status of the flow."""
    flows = result.flows
    status = flows["status"]
    left = np.flatnonzero(status != "finished")
    if not len(left):
        return {}, ()
    reasons = _reasons(result, left, status[left])
    counts: dict[str, int] = {}
    chosen = np.full(len(left), "", dtype=object)
    open_ = np.ones(len(left), dtype=np.bool_)
    for reason, mask in reasons.items():
        hit = open_ & mask
        if hit.any():
            counts[reason] = int(hit.sum())
            chosen[hit] = reason
            open_ &= ~hit
    first: dict[str, int] = {}
    for index, reason in enumerate(chosen.tolist()):
        first.setdefault(reason, index)
    # One of each reason first, then in plan order.
    leading = sorted(first.values())
    rest = [index for index in range(min(len(left), KEPT)) if index not in leading]
    examples = [
        _waiting(result, int(left[index]), str(chosen[index])) for index in [*leading, *rest][:KEPT]
    ]
    return counts, tuple(examples)


def _reasons(result: Result, left: NDArray[Any], status: NDArray[Any]) -> dict[str, Bools]:
    """Reason -> which of the flows it fits; the first that fits is the reason."""
    flows, pairs = result.flows, result.queue_pairs
    qp = flows["qp"][left]
    acked = pairs["acked_psn"][qp]
    everything_sent = pairs["next_psn"][qp] >= pairs["posted_psn"][qp]
    read, timer = pairs["read"][qp], pairs["rto_ps"][qp] > 0
    waits_for_ack = everything_sent & ~read
    return {
        "failed": status == "failed",
        "not started": status == "not_started",
        "waiting for the last acknowledgement": status == "delivered",
        "behind a failed queue pair": pairs["failed"][qp],
        "queued behind another message": ~read
        & (flows["first_psn"][left] > acked)
        & ~_head_of_line(flows, left, acked),
        "resending without progress": _in_vain(result, qp),
        "paused": _paused(result.classes, pairs["tx_port"][qp], pairs["priority"][qp]),
        "window full": pairs["window_full"][qp],
        "sending at rate 0": pairs["rate_bps"][qp] == 0,
        "waiting for an acknowledgement": waits_for_ack & timer,
        "stuck without a retransmission timer": waits_for_ack & ~timer,
        "waiting for the responder": read & everything_sent,
        "still sending": np.ones(len(left), dtype=np.bool_),
    }


def _in_vain(result: Result, qp: NDArray[Any]) -> Bools:
    """Queue pairs that resend, and next to nothing of it has been new since some look at them."""
    pairs = result.queue_pairs
    if "resent_in_vain" not in pairs.columns:  # results of earlier versions
        return np.zeros(len(qp), dtype=np.bool_)
    return np.asarray(pairs["resent_in_vain"][qp] >= RESENT_MIN)


def _head_of_line(flows: Table, left: NDArray[Any], acked: NDArray[Any]) -> Bools:
    """The earliest unfinished message of each queue pair, which nothing of the same pair delays."""
    psn, qp = flows["first_psn"][left], flows["qp"][left]
    order = np.lexsort((psn, qp))
    head = np.zeros(len(left), dtype=np.bool_)
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = qp[order][1:] != qp[order][:-1]
    head[order[first]] = True
    return head


def _paused(classes: Table, port: NDArray[Any], priority: NDArray[Any]) -> Bools:
    rows = np.flatnonzero(classes["paused"])
    paused = classes["port"][rows] * 8 + classes["priority"][rows]
    return np.isin(port * 8 + priority, paused)


def _waiting(result: Result, flow: int, reason: str) -> Waiting:
    row = result.flows.row(flow)
    pair = result.queue_pairs.row(row["qp"])
    return Waiting(
        flow=flow,
        name=row["name"],
        src=row["src_name"],
        dst=row["dst_name"],
        size_bytes=row["size_bytes"],
        delivered_bytes=row["delivered_bytes"],
        reason=reason,
        text=_text(reason, row, pair),
    )


def _text(reason: str, flow: dict[str, Any], pair: dict[str, Any]) -> str:
    timer = f"retransmission timer of {time_text(pair['rto_ps'])} running"
    timer = timer if pair["rto_ps"] else "there is no retransmission timer"
    port, priority = pair["tx_port_name"], pair["priority"]
    in_flight = pair["in_flight_packets"]
    texts = {
        "failed": (
            f"its queue pair failed after {pair['retries']} retries without progress "
            f"({pair['timeouts']} timeouts, {pair['naks_received']} NAKs in all)"
        ),
        "not started": f"it would start at {time_text(flow['start_ps'])}, after the end",
        "waiting for the last acknowledgement": (
            f"all data have arrived, the acknowledgement has not; {timer}"
        ),
        "behind a failed queue pair": "its queue pair has failed",
        "queued behind another message": "an earlier message of its queue pair is not done",
        "resending without progress": (
            f"{pair.get('resent_in_vain', 0):,} packets were sent again since "
            f"{time_text(pair.get('progress_ps', 0))}, and next to nothing of it was new"
        ),
        "paused": f"{port} is paused in priority {priority}",
        "window full": (
            f"its window of {size_text(pair['window_bytes'])} is full "
            f"({in_flight} packets not acknowledged); {timer}"
        ),
        "sending at rate 0": "congestion control has set its rate to 0",
        "waiting for an acknowledgement": (
            f"all is sent, {in_flight} packets are not acknowledged; {timer}"
        ),
        "stuck without a retransmission timer": (
            f"all is sent, {in_flight} packets are not acknowledged; {timer}, so a lost frame "
            "is never sent again"
        ),
        "waiting for the responder": f"the responder has sent what it was asked for; {timer}",
        "still sending": f"sending at {rate_text(pair['rate_bps'])}, more remains",
    }
    return texts[reason]
