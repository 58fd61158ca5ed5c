"""A topology as numpy arrays: what routes and plans are computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyfabric.topology.tiers import Tiers

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TopologyArrays:
    """Nodes and edges of an expanded topology.

    Nodes are numbered hosts 0..H-1, then switches. The ports of a node are numbered from 0 in the
    order of its edges; an edge is a cable with one port at each end. All arrays are read-only.
    """

    host_names: tuple[str, ...]
    switch_names: tuple[str, ...]
    edge_a: Ints  #: [E] node index of one end
    edge_b: Ints  #: [E] node index of the other end
    edge_rate_bps: Ints  #: [E] of each direction
    edge_delay_ps: Ints  #: [E] one way
    edge_error_ab: Floats  #: [E] probability that a frame from a to b is damaged
    edge_error_ba: Floats  #: [E] the same from b to a
    edge_nic_a: Ints  #: [E] NIC number when end a is a host, else 0
    edge_nic_b: Ints  #: [E] the same for end b
    host_gpus: Ints  #: [H] endpoints of each host
    host_nics: Ints  #: [H] NICs of each host

    tiers: Tiers | None = None  #: how a generated topology is made; None for listed links

    @property
    def node_names(self) -> tuple[str, ...]:
        """Names of all nodes, by index."""
        return self.host_names + self.switch_names

    @cached_property
    def endpoint_host(self) -> Ints:
        """[endpoints] host of each endpoint."""
        return _fixed(np.repeat(np.arange(len(self.host_names), dtype=np.int64), self.host_gpus))

    @cached_property
    def first_endpoint(self) -> Ints:
        """[H] first endpoint of each host."""
        return _fixed(np.cumsum(self.host_gpus) - self.host_gpus)

    @cached_property
    def endpoint_nic(self) -> Ints:
        """[endpoints] NIC of each endpoint at its host: GPU number modulo NICs."""
        gpu = np.arange(len(self.endpoint_host)) - self.first_endpoint[self.endpoint_host]
        return _fixed(gpu % self.host_nics[self.endpoint_host])

    @cached_property
    def endpoint_rate_bps(self) -> Ints:
        """[endpoints] the fastest port of the endpoint's NIC: one flow uses one port."""
        first = np.cumsum(self.host_nics) - self.host_nics
        fastest = np.zeros(int(self.host_nics.sum()), dtype=np.int64)
        ends = ((self.edge_a, self.edge_nic_a), (self.edge_b, self.edge_nic_b))
        for nodes, nics in ends:
            at_host = nodes < len(self.host_names)
            slots = first[nodes[at_host]] + nics[at_host]
            np.maximum.at(fastest, slots, self.edge_rate_bps[at_host])
        return _fixed(fastest[first[self.endpoint_host] + self.endpoint_nic])

    @cached_property
    def endpoint_names(self) -> Mapping[str, tuple[int, int]]:
        """Host name -> (its first endpoint, its number of GPUs)."""
        pairs = zip(self.first_endpoint.tolist(), self.host_gpus.tolist(), strict=True)
        return dict(zip(self.host_names, pairs, strict=True))

    def endpoint_label(self, endpoint: int) -> str:
        """``"host3"``, or ``"host3:gpu1"`` when the host has several GPUs."""
        host = int(self.endpoint_host[endpoint])
        if self.host_gpus[host] == 1:
            return self.host_names[host]
        return f"{self.host_names[host]}:gpu{endpoint - int(self.first_endpoint[host])}"

    def port_names(self) -> list[str]:
        """Names of all ports, node by node: ``"leaf0->spine1"``, parallel ``"leaf0->spine1#1"``."""
        names = self.node_names
        ends = np.stack([self.edge_a, self.edge_b], axis=1).ravel()
        peers = np.stack([self.edge_b, self.edge_a], axis=1).ravel()
        order = np.argsort(ends, kind="stable")
        a, b = ends[order], peers[order]
        pairs = zip(a.tolist(), b.tolist(), strict=True)
        result = [f"{names[node]}->{names[peer]}" for node, peer in pairs]
        number = _occurrence(a * len(names) + b)
        for port in np.flatnonzero(number).tolist():
            result[port] += f"#{number[port]}"
        return result


def _occurrence(keys: Ints) -> Ints:
    """How many equal keys come before each one."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    fresh = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    before = np.arange(len(keys)) - np.repeat(fresh, np.diff(fresh, append=len(keys)))
    number = np.empty_like(before)
    number[order] = before
    return number


def _fixed(array: Ints) -> Ints:
    array.flags.writeable = False
    return array
