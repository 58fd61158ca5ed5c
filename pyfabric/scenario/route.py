"""Routes that are no shortest paths."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import filter as matching
from typing import TYPE_CHECKING, Any

from pyfabric.errors import did_you_mean, shorten
from pyfabric.spec import Faults, Spec, spec

if TYPE_CHECKING:
    from pyfabric.topology import Topology


@spec
class Route(Spec):
    """Next hops of some switches for frames to some hosts, instead of those of shortest paths.

    at, to: switches and hosts, by name or pattern (``"leaf*"``).
    via: the next hop, a neighbour of all these switches by name: all links to it, in parallel; or
        the port itself (``"leaf0->spine1#1"`` is the second link between the two); or several of
        them, among which flows are hashed (ECMP). A host can only be its own next hop.

    What every switch does for every host is said by the last entry that matches both.
    """

    at: str
    to: str
    via: str | Sequence[str]

    def check(self, faults: Faults) -> None:
        for field in ("at", "to"):
            value: Any = getattr(self, field)
            if not isinstance(value, str) or not value:
                faults.add(field, f"must be a name or pattern, got {shorten(value)}")
        hops: Any = self.next_hops
        good = isinstance(hops, tuple) and all(isinstance(hop, str) and hop for hop in hops)
        if not good or not hops:
            wanted = "must be the name of a neighbour or port, or a list of them"
            faults.add("via", f"{wanted}, got {shorten(self.via)}")
        elif len(set(hops)) < len(hops):
            faults.add("via", f"names a next hop twice: {shorten(self.via)}")

    @property
    def next_hops(self) -> tuple[str, ...]:
        """Names of neighbours and ports."""
        via: Any = self.via
        return (via,) if isinstance(via, str) else via


def is_pattern(name: str) -> bool:
    """Whether a text is more than a name."""
    return any(sign in name for sign in "*?[")


def check_routes(faults: Faults, topology: Topology, routes: Sequence[Route]) -> None:
    """Whether the names of routes are there; what is linked to what is seen when compiling."""
    switches, hosts = topology.switch_names, topology.host_names
    known = {"switch": (switches, set(switches)), "host": (hosts, set(hosts))}
    for index, route in enumerate(routes):
        for field, kind in (("at", "switch"), ("to", "host")):
            text, (names, exact) = getattr(route, field), known[kind]
            if text in exact or (is_pattern(text) and matching(names, text)):
                continue
            hint = did_you_mean(text, names) if len(names) <= 10_000 else ""
            shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
            said = f"{text!r} matches no {kind}{hint} (known: {shown})"
            faults.add(f"routes[{index}].{field}", said)
        for hop in route.next_hops:
            _check_hop(faults, f"routes[{index}].via", hop, known["switch"][1] | known["host"][1])


def _check_hop(faults: Faults, place: str, hop: str, nodes: set[str]) -> None:
    near, arrow, far = hop.partition("->")
    ends = [near, far.partition("#")[0]] if arrow else [near]
    for end in ends:
        if end not in nodes:
            hint = did_you_mean(end, sorted(nodes)) if len(nodes) <= 10_000 else ""
            faults.add(place, f"{hop!r} names no node or port: there is no {end!r}{hint}")
