"""Queue pairs and the messages they carry: numbering, order, PSNs, who posts what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.flows import Operations, raise_for_flows
from pyfabric.compile.framing import Frames
from pyfabric.compile.ports import Ints

#: ``flow_packets`` of an endless message.
ENDLESS: Final = 0xFFFFFFFF

_PSN_MAX: Final = ENDLESS - 1


@dataclass(frozen=True)
class QueuePairs:
    """Queue pairs [Q] in the order of their first flow, and their messages [F]."""

    of_flow: Ints  #: [F] queue pair of each flow
    leader: Ints  #: [Q] first flow of each queue pair, which stands for its ends and class
    message_first: Ints  #: [Q+1]
    message_flow: Ints  #: [F] flows by (queue pair, start, flow)
    first_psn: Ints  #: [F]
    packets: Ints  #: [F]

    def __len__(self) -> int:
        return len(self.leader)

    def columns(self) -> dict[str, NDArray[Any]]:
        """The plan's columns about messages."""
        return {
            "flow_qp": self.of_flow,
            "qp_message_first": self.message_first,
            "message_flow": self.message_flow,
            "flow_first_psn": self.first_psn,
            "flow_packets": self.packets,
        }


def group_flows(operations: Operations, frames: Frames) -> QueuePairs:
    """One queue pair per fresh flow; flows ``per_pair`` share one per (sender, receiver, class,
    READ or not).

    Messages of a queue pair follow each other in the order (start, flow), and so do their PSNs,
    from 0. Raises ScenarioError for messages behind an endless one, and for more packets than PSNs.
    """
    leader_of = _leaders(operations)
    leader = np.flatnonzero(leader_of == np.arange(len(leader_of)))
    number = np.empty(len(leader_of), dtype=np.int64)
    number[leader] = np.arange(len(leader))
    of_flow = number[leader_of]
    order = np.lexsort((operations.start_ps, of_flow))
    sizes = operations.flows.size_bytes
    packets = np.where(sizes < 0, ENDLESS, frames.packets(np.maximum(sizes, 1)))
    counts = np.bincount(of_flow, minlength=len(leader))
    message_first = np.concatenate([[0], np.cumsum(counts)])
    _check_endless(operations, order, message_first)
    first_psn = np.empty(len(order), dtype=np.int64)
    bounded = np.where(packets == ENDLESS, 0, packets)[order]
    before = np.cumsum(bounded) - bounded
    first_psn[order] = before - np.repeat(before[message_first[:-1]], counts)
    _check_psns(operations, first_psn, packets)
    return QueuePairs(of_flow, leader, message_first, order, first_psn, packets)


def _leaders(operations: Operations) -> Ints:
    """[F] the first flow that uses the same queue pair."""
    leader = np.arange(len(operations))
    shared = np.flatnonzero(operations.flows.per_pair)
    if len(shared):
        endpoints = int(max(operations.tx_endpoint.max(), operations.rx_endpoint.max())) + 1
        pair = operations.tx_endpoint[shared] * endpoints + operations.rx_endpoint[shared]
        key = pair * 16 + operations.cls[shared] * 2 + operations.is_read[shared]
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        leader[shared] = shared[first][inverse]
    return leader


def _check_endless(operations: Operations, order: Ints, message_first: Ints) -> None:
    endless = operations.flows.size_bytes[order] < 0
    endless[message_first[1:] - 1] = False  # nothing waits behind the last message
    behind = order[np.flatnonzero(endless) + 1]
    blocker = dict(zip(behind.tolist(), order[np.flatnonzero(endless)].tolist(), strict=True))
    raise_for_flows(
        operations.flows,
        [
            (
                behind,
                lambda flow: (
                    f"waits for ever behind flow {blocker[flow]}, which is endless and shares its "
                    "queue pair; use qp='fresh'"
                ),
            )
        ],
    )


def _check_psns(operations: Operations, first_psn: Ints, packets: Ints) -> None:
    last = first_psn + np.where(packets == ENDLESS, 0, packets)
    raise_for_flows(
        operations.flows,
        [
            (
                np.flatnonzero(last > _PSN_MAX),
                lambda flow: (
                    f"brings its queue pair to {int(last[flow])} packets "
                    f"(allowed: up to {_PSN_MAX} in one run)"
                ),
            )
        ],
    )


def posting_columns(operations: Operations, nodes: int) -> dict[str, Ints]:
    """``start_first``, ``start_flow``: operations of each posting host by (start, flow)."""
    order = np.lexsort((operations.start_ps, operations.requester))
    counts = np.bincount(operations.requester, minlength=nodes)
    return {"start_first": np.concatenate([[0], np.cumsum(counts)]), "start_flow": order}
