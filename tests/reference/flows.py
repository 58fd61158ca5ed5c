"""Messages: which PSNs they have, where they are posted, which are still open."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference.net import Net

ENDLESS = 0xFFFFFFFF
OPS = ("write", "send", "read")


class Message:
    """A flow as the queue pair sees it: PSNs ``first`` to ``end - 1``."""

    def __init__(self, net: Net, flow: int) -> None:
        self.flow = flow
        self.qp: int = net.column("flow_qp")[flow]
        self.op = OPS[net.column("flow_op")[flow]]
        self.size: int = net.column("flow_size_bytes")[flow]
        self.start: int = net.column("flow_start_ps")[flow]
        self.first: int = net.column("flow_first_psn")[flow]
        packets: int = net.column("flow_packets")[flow]
        self.end = ENDLESS if packets == ENDLESS else self.first + packets
        self.mtu = net.framing.mtu
        self.open = True

    def payload(self, psn: int) -> int:
        if self.size < 0:
            return self.mtu
        return min(self.mtu, self.size - (psn - self.first) * self.mtu)


class FlowTable:
    """All messages, by flow and by queue pair."""

    def __init__(self, net: Net) -> None:
        flows = len(net.column("flow_qp"))
        self.messages = [Message(net, flow) for flow in range(flows)]
        bounds = net.column("qp_message_first")
        order = net.column("message_flow")
        self.by_qp: list[list[Message]] = [
            [self.messages[flow] for flow in order[first:last]] for first, last in pairwise(bounds)
        ]
        self.open = flows

    def of(self, qp: int, psn: int) -> Message:
        """The message of a queue pair that holds a PSN."""
        for message in self.by_qp[qp]:
            if psn < message.end:
                return message
        raise IndexError(f"queue pair {qp} has no PSN {psn}")

    def close(self, message: Message) -> None:
        if message.open:
            message.open = False
            self.open -= 1
