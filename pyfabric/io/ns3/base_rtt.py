"""Base round trips and bottlenecks between hosts as the HPCC simulator computes them.

Base round trip = twice the propagation of the shortest path + on each of its links the time of one
full payload (no headers, once per link, no acknowledgement), every link's time cut to whole ns. Of
several shortest paths the first found counts: that simulator follows the order of its nodes in
memory, this module that of the links in the file, so they can differ where equally short paths have
different rates or delays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from pyfabric.io.ns3.topology import NetworkFile

_SECOND_NS: Final = 10**9
_NS_PS: Final = 1000


class PathTime(NamedTuple):
    """One way between two nodes."""

    delay_ns: int
    payload_ns: int
    rate_bps: int

    @property
    def rtt_ns(self) -> int:
        """Base round trip."""
        return 2 * self.delay_ns + self.payload_ns

    @property
    def bdp_bytes(self) -> int:
        """Bandwidth-delay product."""
        return self.rtt_ns * self.rate_bps // _SECOND_NS // 8

    def then(self, link: PathTime) -> PathTime:
        """This path and one more link."""
        return PathTime(
            self.delay_ns + link.delay_ns,
            self.payload_ns + link.payload_ns,
            min(self.rate_bps, link.rate_bps),
        )


_START: Final = PathTime(0, 0, 2**63)
_Links = Mapping[int, PathTime]


@dataclass(frozen=True)
class Farthest:
    """The largest base round trip and bandwidth-delay product of all pairs of hosts."""

    rtt_ns: int
    bdp_bytes: int


class PathTimes:
    """Answers for one network and one payload of full packets; searches from a host once."""

    def __init__(self, network: NetworkFile, payload_bytes: int) -> None:
        self._network = network
        self._links: dict[int, dict[int, PathTime]] = {}
        for link in network.links:
            payload_ns = payload_bytes * 8 * _SECOND_NS // link.rate_bps
            time = PathTime(link.delay_ps // _NS_PS, payload_ns, link.rate_bps)
            for node, peer in ((link.a, link.b), (link.b, link.a)):
                self._links.setdefault(node, {})[peer] = time  # of parallel links the last one
        self._found: dict[tuple[tuple[int, PathTime], ...], dict[int, tuple[int, PathTime]]] = {}

    def between(self, src: int, dst: int) -> PathTime | None:
        """The path of data from host ``src`` to host ``dst``; None when there is none."""
        links = self._links.get(src, {})
        if dst in links:
            return links[dst]
        reached = self._from(dst)
        near = [(reached[peer], peer) for peer in links if peer in reached]
        if not near:
            return None
        (_, path), peer = min(near)
        return path.then(links[peer])

    def farthest(self) -> Farthest:
        """Over all pairs of hosts; 0 when no two reach each other."""
        alike: dict[tuple[tuple[int, PathTime], ...], list[int]] = {}
        for host in self._network.host_ids:
            alike.setdefault(self._kind(host), []).append(host)
        chosen = [host for hosts in alike.values() for host in hosts[:2]]
        rtt = bdp = 0
        for src in chosen:
            for dst in (hosts[0] for hosts in alike.values()):
                path = self.between(src, dst) if src != dst else None
                if path is not None:
                    rtt, bdp = max(rtt, path.rtt_ns), max(bdp, path.bdp_bytes)
        return Farthest(rtt, bdp)

    def _kind(self, host: int) -> tuple[tuple[int, PathTime], ...]:
        """Hosts on the same switches by equal links have equal paths."""
        return tuple(sorted(self._links.get(host, {}).items()))

    def _from(self, host: int) -> dict[int, tuple[int, PathTime]]:
        """Switch -> (its place in the breadth-first order, path from ``host``)."""
        kind = self._kind(host)
        found = self._found.get(kind)
        if found is None:
            found = self._found[kind] = self._search(host)
        return found

    def _search(self, host: int) -> dict[int, tuple[int, PathTime]]:
        switches = self._network.switches
        paths = {host: _START}
        queue = [host]
        for node in queue:  # grows as it goes; hosts do not forward
            for peer, link in self._links.get(node, {}).items():
                if peer in switches and peer not in paths:
                    paths[peer] = paths[node].then(link)
                    queue.append(peer)
        return {node: (place, paths[node]) for place, node in enumerate(queue[1:])}
