"""Ports and addresses of a topology: every link end gets a number, and every NIC of a host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyfabric.topology.arrays import TopologyArrays

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PortTable:
    """All ports, node by node (hosts first), those of a node in the order of the topology's edges.

    Shapes: N nodes, P ports (two per edge), A addresses. An address is one NIC of one host,
    numbered host by host. Rates in bit/s, delays in ps.
    """

    hosts: int
    first: Ints  #: [N+1] first port of each node
    node: Ints  #: [P]
    peer: Ints  #: [P] port at the other end
    rate_bps: Ints  #: [P]
    delay_ps: Ints  #: [P]
    error: NDArray[np.float64]  #: [P] probability that an arriving frame is damaged
    address: Ints  #: [P] address that a host port belongs to, -1 at switches
    address_first: Ints  #: [H+1] first address of each host
    address_port: Ints  #: [A, K] ports of each address in order, padded with -1

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.first) - 1

    @property
    def addresses(self) -> int:
        """Number of addresses."""
        return int(self.address_first[-1])

    @property
    def peer_node(self) -> Ints:
        """[P] node at the other end of each port."""
        return self.node[self.peer]

    @property
    def local(self) -> Ints:
        """[P] number of each port at its own node."""
        return np.arange(len(self.node)) - self.first[self.node]

    @property
    def address_host(self) -> Ints:
        """[A] host of each address."""
        counts = np.diff(self.address_first)
        return np.repeat(np.arange(self.hosts), counts)


def port_table(arrays: TopologyArrays) -> PortTable:
    """Number the two ends of every edge as ports."""
    hosts = len(arrays.host_names)
    nodes = hosts + len(arrays.switch_names)
    ends = np.stack([arrays.edge_a, arrays.edge_b], axis=1).reshape(-1).astype(np.int64)
    order = np.argsort(ends, kind="stable")
    port_of_end = np.empty_like(order)
    port_of_end[order] = np.arange(len(order))
    node = ends[order]
    nic = np.stack([arrays.edge_nic_a, arrays.edge_nic_b], axis=1).reshape(-1)[order]
    error = np.stack([arrays.edge_error_ba, arrays.edge_error_ab], axis=1).reshape(-1)[order]
    address_first = np.concatenate([[0], np.cumsum(arrays.host_nics)]).astype(np.int64)
    address = np.full(len(node), -1, dtype=np.int64)
    at_host = node < hosts
    address[at_host] = address_first[node[at_host]] + nic[at_host]
    return PortTable(
        hosts=hosts,
        first=np.searchsorted(node, np.arange(nodes + 1)).astype(np.int64),
        node=node,
        peer=port_of_end[order ^ 1],
        rate_bps=arrays.edge_rate_bps[order // 2].astype(np.int64),
        delay_ps=arrays.edge_delay_ps[order // 2].astype(np.int64),
        error=error.astype(np.float64),
        address=address,
        address_first=address_first,
        address_port=_ports_of_addresses(address, int(address_first[-1])),
    )


def _ports_of_addresses(address: Ints, addresses: int) -> Ints:
    ports = np.flatnonzero(address >= 0)
    ports = ports[np.argsort(address[ports], kind="stable")]
    owner = address[ports]
    counts = np.bincount(owner, minlength=addresses)
    table = np.full((addresses, int(counts.max(initial=1))), -1, dtype=np.int64)
    starts = np.cumsum(counts) - counts
    table[owner, np.arange(len(ports)) - starts[owner]] = ports
    return table
