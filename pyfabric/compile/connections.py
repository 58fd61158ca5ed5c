"""Paths of queue pairs and what follows from them: base round trip, windows, CC profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.distinct import distinct
from pyfabric.compile.framing import Frames
from pyfabric.compile.ideal import one_way_ps
from pyfabric.compile.paths import PathFinder
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Routes

if TYPE_CHECKING:
    from pyfabric.cc import CongestionControl

Bools = NDArray[np.bool_]

_BYTE_PS: Final = 8 * 10**12
_PARAMETERS: Final = 32
#: Their last parameter is 1 for the arithmetic of docs/ns3.md, else 0.
_WITH_NS3_ARITHMETIC: Final = ("dcqcn", "hpcc", "timely", "dctcp")
_PAIRS_AT_ONCE: Final = 1 << 18
_CHUNK: Final = 1 << 16


@dataclass(frozen=True)
class Network:
    """Ports, their routes and the latency of nodes: all that a path's times depend on."""

    table: PortTable
    routes: Routes
    paths: PathFinder
    frames: Frames
    latency_ps: Ints  #: [N] of data frames received by each node
    ttl: Ints  #: [N] time to live of the frames that each host sends

    def links(self, path: NDArray[np.int32]) -> tuple[Ints, Ints]:
        """(rate in bit/s, delay in ps) of every link of the paths [Q, K]; 0 behind their ends.

        The delay includes the pipeline latency of the receiving node.
        """
        table = self.table
        used = path >= 0
        rate = np.where(used, table.rate_bps[path], 0)
        delay = table.delay_ps[path] + self.latency_ps[table.peer_node[path]]
        return rate, np.where(used, delay, 0)


@dataclass(frozen=True)
class Connections:
    """Both directions of every queue pair; all [Q]."""

    tx_port: Ints  #: global port of the sender of the data
    rx_port: Ints  #: global port of the receiver, for ACK, NAK, CNP and READ requests
    path: NDArray[np.int32]  #: [Q, K] transmitting port of every link of the data, padded with -1
    base_rtt_ps: Ints
    hops: Ints  #: switches on the way of the data
    request_ps: Ints  #: trip of a READ request from the receiver of the data
    bottleneck_bps: Ints
    arrives: Bools  #: whether data reach the receiver within their time to live
    returns: Bools  #: the same of the other direction


def connect(
    network: Network, tx_address: Ints, rx_address: Ints, entropy: NDArray[np.uint64]
) -> Connections:
    """Trace queue pairs [Q] between addresses that reach each other.

    Both directions use one entropy.
    """
    tx_port = network.paths.sending_port(tx_address, rx_address, entropy)
    rx_port = network.paths.sending_port(rx_address, tx_address, entropy)
    if (tx_port < 0).any():
        raise ValueError("connect() was given addresses without a path between them")
    path = network.paths.trace(tx_port, rx_address, entropy)
    back = network.paths.trace(rx_port, tx_address, entropy)
    base_rtt = np.zeros(len(tx_port), dtype=np.int64)
    request = np.zeros_like(base_rtt)
    bottleneck = np.zeros_like(base_rtt)
    frames, table = network.frames, network.table
    arrives = ~network.paths.too_long(path, network.ttl[table.node[tx_port]] + 1)
    returns = ~network.paths.too_long(back, network.ttl[table.node[rx_port]] + 1)
    for begin in range(0, len(path), _CHUNK):
        rows = slice(begin, begin + _CHUNK)
        rate, delay = network.links(path[rows])
        bottleneck[rows] = np.where(rate > 0, rate, np.iinfo(np.int64).max).min(axis=1)
        base_rtt[rows] = one_way_ps(frames, frames.full_packet, rate, delay)
        rate, delay = network.links(back[rows])
        base_rtt[rows] += one_way_ps(frames, frames.ack, rate, delay)
        request[rows] = one_way_ps(frames, frames.read_request, rate, delay)
    hops = np.minimum((path >= 0).sum(axis=1) - 1, 255)
    return Connections(
        tx_port, rx_port, path, base_rtt, hops, request, bottleneck, arrives, returns
    )


def window_bytes(
    network: Network, connections: Connections, window: int | str | None
) -> Ints | int:
    """``qp_window_bytes``: ``"bdp"`` of each path, ``"max_bdp"`` of the fabric, or bytes; None, and
    ``"auto"``, which the algorithm works out itself: 0.

    A path's bandwidth-delay product is its base round trip times its slowest link, rounded up
    (HPCC, SIGCOMM'19).
    """
    if window in (None, "auto"):
        return 0
    if window == "bdp":
        return bdp_bytes(connections)
    if window == "max_bdp":
        return max_bdp_bytes(network)
    return int(window)


def bdp_bytes(connections: Connections) -> Ints:
    """[Q] bandwidth-delay products."""
    product = connections.base_rtt_ps.astype(object) * connections.bottleneck_bps.astype(object)
    return np.asarray(-(-product // _BYTE_PS), dtype=np.int64)


def max_bdp_bytes(network: Network) -> int:
    """The largest bandwidth-delay product between any two hosts."""
    return max(
        (
            int(bdp_bytes(pairs)[pairs.arrives & pairs.returns].max(initial=0))
            for pairs in kinds_of_pairs(network)
        ),
        default=0,
    )


def longest_base_rtt_ps(network: Network) -> int:
    """The longest base round trip between any two hosts."""
    return max(
        (
            int(pairs.base_rtt_ps[pairs.arrives & pairs.returns].max(initial=0))
            for pairs in kinds_of_pairs(network)
        ),
        default=0,
    )


def kinds_of_pairs(network: Network) -> Iterator[Connections]:
    """Paths of all kinds between two hosts, some at once.

    Addresses that share their group and the rates and delays of their ports have equal paths, so
    one of each kind at two hosts stands for all.
    """
    table, chosen = network.table, _examples(network)
    rows_at_once = max(1, _PAIRS_AT_ONCE // len(chosen))
    for begin in range(0, len(chosen), rows_at_once):
        senders = chosen[begin : begin + rows_at_once]
        tx, rx = np.repeat(senders, len(chosen)), np.tile(chosen, len(senders))
        apart = table.address_host[tx] != table.address_host[rx]
        tx, rx = tx[apart], rx[apart]
        reachable = network.paths.reachable(tx, rx)
        tx, rx = tx[reachable], rx[reachable]
        if len(tx):
            yield connect(network, tx, rx, np.zeros(len(tx), dtype=np.uint64))


def _examples(network: Network) -> Ints:
    """Addresses between which there are paths of all kinds."""
    table, routes = network.table, network.routes
    groups = routes.distances.examples(network.latency_ps[table.hosts :])
    among = np.arange(table.addresses)
    if groups is not None:
        among = np.flatnonzero(np.isin(routes.group, groups))
    ports = table.address_port[among].T
    rates, delays = (
        np.where(ports >= 0, values[ports], 0) for values in (table.rate_bps, table.delay_ps)
    )
    first, kind = distinct([routes.group[among], *rates, *delays])
    host = table.address_host[among]
    rest = np.flatnonzero(host != host[first][kind])
    _, second = np.unique(kind[rest], return_index=True)
    chosen: Ints = among[np.concatenate([first, rest[second]])]
    return chosen


def congestion_control_columns(
    control: CongestionControl, line_rate_bps: Ints, *, ns3: bool
) -> dict[str, NDArray[Any]]:
    """``qp_cc`` and the profiles: one per distinct line rate [Q] of the senders' ports; ``ns3``:
    those that know the arithmetic of docs/ns3.md follow it.
    """
    rates, profile = np.unique(line_rate_bps, return_inverse=True)
    parameters = np.zeros((len(rates), _PARAMETERS), dtype=np.float64)
    for row, rate in enumerate(rates.tolist()):
        values = control.parameters_for(rate)
        parameters[row, : len(values)] = values
    if ns3 and control.name in _WITH_NS3_ARITHMETIC:
        parameters[:, -1] = 1
    return {
        "qp_cc": profile.reshape(-1),
        "cc_algorithm": np.full(len(rates), control.native, dtype=np.uint32),
        "cc_parameters": parameters,
    }
