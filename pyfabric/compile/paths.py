"""Where each queue pair's frames go: its port at the sending host, and the ports on the way.

Follows the compiled routes exactly as switches do (``next_hop`` in ``csrc/fabric/net/routing.h``),
one hop of all queue pairs at a time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.ecmp import NIC_SEED, select
from pyfabric.compile.ports import Ints, PortTable
from pyfabric.compile.routes import Routes

#: A frame is dropped at the switch that finds its time to live used up: links that a frame of the
#: default time to live, 64, takes at most.
HOPS_MAX: Final = 65

_CHUNK: Final = 1 << 18
_FAR: Final = 1 << 30


class PathFinder:
    """Traces frames through the compiled routes, over ``hops_max`` links at most."""

    def __init__(
        self,
        table: PortTable,
        routes: Routes,
        seeds: NDArray[np.uint64],
        hops_max: int = HOPS_MAX,
    ) -> None:
        self._table = table
        self._hops_max = hops_max
        self._routes = routes
        self._seeds = seeds
        self._peer_node = table.peer_node

    def sending_port(self, tx_address: Ints, rx_address: Ints, entropy: NDArray[np.uint64]) -> Ints:
        """[Q] port of ``tx_address`` that the NIC's hash picks among those on a shortest path.

        -1 where no port reaches ``rx_address``. All three arguments are [Q].
        """
        port = np.empty(len(tx_address), dtype=np.int64)
        for begin in range(0, len(port), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            candidates = self._table.address_port[tx_address[part]]
            hops = self._hops_by_port(candidates, rx_address[part])
            nearest = hops.min(axis=1)
            usable = hops == nearest[:, None]
            wanted = select(entropy[part], NIC_SEED, usable.sum(axis=1))
            column = (np.cumsum(usable, axis=1) == wanted[:, None] + 1).argmax(axis=1)
            chosen = candidates[np.arange(len(candidates)), column]
            port[part] = np.where(nearest < _FAR, chosen, -1)
        return port

    def _hops_by_port(self, ports: Ints, rx_address: Ints) -> Ints:
        """[Q, K] links from each port to the address, ``_FAR`` where it does not lead there."""
        table, routes = self._table, self._routes
        node = self._peer_node[ports]
        direct = table.address[table.peer[ports]] == rx_address[:, None]
        hops = np.where(direct, 1, _FAR).astype(np.int64)
        at_switch = node >= table.hosts
        if table.nodes > table.hosts:
            switch = np.where(at_switch, node - table.hosts, 0)
            between = routes.distances.between(switch, routes.group[rx_address][:, None])
            hops = np.where(at_switch & (between >= 0), between + 2, hops)
        return np.where(ports >= 0, hops, _FAR)

    def trace(self, port: Ints, rx_address: Ints, entropy: NDArray[np.uint64]) -> NDArray[np.int32]:
        """[Q, hops] transmitting port of every link from ``port`` to ``rx_address``, padded with
        -1.

        Rows that do not arrive within ``hops_max`` links keep that many entries.
        """
        parts = [
            self._trace_chunk(port[s], rx_address[s], entropy[s])
            for s in (slice(b, b + _CHUNK) for b in range(0, len(port), _CHUNK))
        ]
        width = max((part.shape[1] for part in parts), default=1)
        pad = [((0, 0), (0, width - part.shape[1])) for part in parts]
        padded = [np.pad(a, p, constant_values=-1) for a, p in zip(parts, pad, strict=True)]
        return np.concatenate(padded) if padded else np.empty((0, 1), dtype=np.int32)

    def reachable(self, tx_address: Ints, rx_address: Ints) -> NDArray[np.bool_]:
        """[Q] whether a path leads from one address to the other."""
        found = np.empty(len(tx_address), dtype=bool)
        for begin in range(0, len(found), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            ports = self._table.address_port[tx_address[part]]
            found[part] = self._hops_by_port(ports, rx_address[part]).min(axis=1) < _FAR
        return found

    def too_long(
        self, path: NDArray[np.int32], hops_max: int | Ints = HOPS_MAX
    ) -> NDArray[np.bool_]:
        """[Q] whether a traced path does not arrive within ``hops_max`` links."""
        hops = (path >= 0).sum(axis=1)
        last = path[np.arange(len(path)), np.maximum(hops - 1, 0)]
        lost = (hops > 0) & (self._peer_node[last] >= self._table.hosts)
        return np.asarray(lost | (hops > hops_max))

    def _trace_chunk(
        self, port: Ints, rx_address: Ints, entropy: NDArray[np.uint64]
    ) -> NDArray[np.int32]:
        columns = [port.astype(np.int32)]
        rows = np.arange(len(port))
        while len(columns) < self._hops_max:
            node = self._peer_node[port]
            moving = node >= self._table.hosts
            rows, node = rows[moving], node[moving]
            if not len(rows):
                break
            port = self._next_port(node, rx_address[rows], entropy[rows])
            column = np.full(len(columns[0]), -1, dtype=np.int32)
            column[rows] = port
            columns.append(column)
        return np.stack(columns, axis=1)

    def _next_port(self, node: Ints, address: Ints, entropy: NDArray[np.uint64]) -> Ints:
        sets = self._routes.sets(node, address)
        member = select(entropy, self._seeds[node], sets.size)
        return self._table.first[node] + self._routes.ports(sets, member)
