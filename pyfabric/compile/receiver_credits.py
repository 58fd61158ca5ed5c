"""Receiver credits: what each queue pair and each receiving port may have outstanding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.connections import Connections, Network, bdp_bytes, window_bytes
from pyfabric.compile.flows import Operations, raise_for_flows
from pyfabric.compile.nodes import Columns
from pyfabric.compile.ports import Ints
from pyfabric.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from pyfabric.cc.receiver_credits import Credits
    from pyfabric.scenario import Scenario

#: As many packets as the engine counts; a PSN that a data packet tells is no farther ahead.
PACKETS_MAX: Final = 1 << 24
_SLOWEST: Final = 1000  # bit/s
_NAMES: Final = (
    "qp_credit_packets",
    "qp_unsolicited_packets",
    "qp_credit_port",
    "port_credit_rate_bps",
    "port_credit_packets",
)


def check_credits(scenario: Scenario, operations: Operations) -> None:
    """Refuse READ, and the rules of ns-3, under receiver credits."""
    if scenario.congestion_control.credits is None:
        return
    if scenario.ns3 is not None:
        message = f"under ns3 there is no {scenario.congestion_control!r}; use one that it has"
        raise ScenarioError(Fault("congestion_control", message))
    raise_for_flows(
        operations.flows,
        [
            (
                np.flatnonzero(operations.is_read),
                lambda flow: (
                    f"op 'read' cannot run under {scenario.congestion_control!r}: READ responses "
                    "have no credits; use op 'write' or 'send', or another congestion control"
                ),
            )
        ],
    )


def credit_columns(
    credits: Credits | None, network: Network, connections: Connections, receive_rate_bps: Ints
) -> Columns:
    """The columns of credits; empty ones without. ``receive_rate_bps`` [N], 0: at line rate.

    Data arrive at the port that the path ends at. A port counts in packets of full size, rounded
    up, and its bandwidth-delay product is the largest of its queue pairs.
    """
    if credits is None:
        return dict.fromkeys(_NAMES, np.zeros(0, dtype=np.int64))
    table, mtu, count = network.table, network.frames.mtu, len(connections.tx_port)
    port = _arrival_ports(network, connections)

    def packets(field: str, value: int | str) -> NDArray[Any]:
        bytes_ = np.broadcast_to(window_bytes(network, connections, value), count)
        return _checked(field, -(-bytes_ // mtu))

    product = np.zeros(len(table.node), dtype=np.int64)
    np.maximum.at(product, port, bdp_bytes(connections))
    share = credits.outstanding
    most = -(-product.astype(object) * share.numerator // (share.denominator * mtu))
    rate = np.where(product > 0, table.rate_bps, 0)
    slow = receive_rate_bps[table.node]
    rate = np.where((slow > 0) & (rate > 0), np.minimum(rate, slow), rate).astype(object)
    part = credits.rate_share
    granted = np.asarray(rate * part.numerator // part.denominator, dtype=np.int64)
    return {
        "qp_credit_packets": packets("per_sender", credits.per_sender),
        "qp_unsolicited_packets": packets("unsolicited", credits.unsolicited),
        "qp_credit_port": table.local[port],
        "port_credit_rate_bps": np.where(product > 0, np.maximum(granted, _SLOWEST), 0),
        "port_credit_packets": _checked("outstanding", np.asarray(most, dtype=np.int64)),
    }


def credit_scalars(credits: Credits | None) -> dict[str, int]:
    """Scalars of credits; 0 without."""
    if credits is None:
        return {"credit_quantum_packets": 0, "credit_reclaim_ps": 0}
    return {
        "credit_quantum_packets": credits.quantum,
        "credit_reclaim_ps": credits.reclaim_ps,
    }


def _arrival_ports(network: Network, connections: Connections) -> Ints:
    """[Q] global port of the receiver at which the data arrive; where they never do, because routes
    loop, the one that its own frames leave by."""
    last = (connections.path >= 0).sum(axis=1) - 1
    ends = connections.path[np.arange(len(last)), last]
    port = network.table.peer[ends]
    same = network.table.node[port] == network.table.node[connections.rx_port]
    return np.where(same, port, connections.rx_port)


def _checked(field: str, packets: NDArray[Any]) -> NDArray[Any]:
    most = int(packets.max(initial=0))
    if most > PACKETS_MAX:
        message = f"comes to {most} packets (allowed: up to {PACKETS_MAX})"
        raise ScenarioError(Fault(f"congestion_control.{field}", message))
    return packets
