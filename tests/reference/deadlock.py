"""Queues that wait for each other (section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.frames import CLASSES
from reference.port import Port
from reference.switch import Switch

if TYPE_CHECKING:
    from reference.net import Net

Place = tuple[int, int]  # global port, queue


class Deadlock:
    """Looks at all switch queues at every multiple of the stall grid."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.before: dict[Place, int] = {}  # queues that stood, with the frames that had left

    def look(self, time: int) -> bool:
        """Whether the run stops."""
        standing = {
            (port.number, queue): port.departed[queue]
            for port in self._ports()
            for queue in range(CLASSES)
            if port.queues[queue] and port.pauses[queue].runs(time)
        }
        stuck = {place for place, left in standing.items() if self.before.get(place) == left}
        self.before = standing
        waits = {place: self._waits(place) for place in stuck}
        while True:
            free = {place for place in waits if not waits[place] or not waits[place] <= set(waits)}
            if not free:
                break
            waits = {place: on for place, on in waits.items() if place not in free}
        if not waits:
            return False
        self.net.counts["circular wait"] += 1
        return not any(self._frees(number) for number, _ in waits)

    def _ports(self) -> list[Port]:
        return [p for node in self.net.nodes if isinstance(node, Switch) for p in node.ports]

    def _frees(self, number: int) -> bool:
        return any(
            node.watchdog.frees
            for node in self.net.nodes
            if isinstance(node, Switch) and any(port.number == number for port in node.ports)
        )

    def _waits(self, place: Place) -> set[Place]:
        """Queues of the switch at the other end that keep this one paused."""
        number, queue = place
        port = next(port for port in self._ports() if port.number == number)
        peer, maps = port.peer, port.node.maps
        if not isinstance(peer.node, Switch):
            return set()
        theirs = peer.node.maps
        groups = {
            theirs.pfc_to_pg[p]
            for p in theirs.priorities
            if maps.pfc_to_queue[p] == queue and peer.decided >> theirs.pfc_to_pg[p] & 1
        }
        return {
            (other.number, held)
            for other in peer.node.ports
            for held in range(CLASSES)
            for frame in other.queues[held]
            if frame.ingress == peer.local and frame.group in groups
        }
