"""Checked nodes and links in plain Python: what generators come down to, and edge lists."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from pyfabric.errors import did_you_mean, shorten
from pyfabric.spec import Faults
from pyfabric.topology.tiers import Tiers

MAX_NODES: Final = 2**22
MAX_LINKS: Final = 2**24
MAX_GPUS: Final = 1024
#: Of generated topologies: the hosts of a fat tree of 128-port switches.
MAX_HOSTS: Final = 2**19
#: Of one switch: local port numbers are 16 bits, 0xffff is "own frame".
MAX_PORTS: Final = 0xFFFE

#: Allowed link rates (bit/s) and delays (ps).
RATES: Final = {"low": 10**6, "high": 10**14}
DELAYS: Final = {"low": 1, "high": 10**12}


class Edge(NamedTuple):
    """One link; nodes by index, NIC numbers count at host ends."""

    a: int
    b: int
    rate_bps: int
    delay_ps: int
    error_ab: float = 0.0
    error_ba: float = 0.0
    nic_a: int = 0
    nic_b: int = 0


@dataclass(frozen=True)
class Layout:
    """Counts and links that cost nothing, and functions that make names when needed."""

    hosts: int
    switches: int
    gpus_per_host: int
    shortest_delay_ps: int
    host_names: Callable[[], tuple[str, ...]]
    switch_names: Callable[[], tuple[str, ...]]
    links: Sequence[Edge] | Tiers  #: listed, or the numbers that say what they are


NO_LAYOUT: Final = Layout(0, 0, 0, 1000, tuple, tuple, ())
_FIELDS: Final = ("a", "b", "rate", "delay", "error_rate", "nic_a", "nic_b")


def edges_layout(faults: Faults, parameters: Mapping[str, Any]) -> Layout:
    """The layout of ``from_edges``; reports every faulty edge (the first 20)."""
    hosts = node_names(faults, "hosts", parameters["hosts"], "host")
    switches = node_names(faults, "switches", parameters["switches"], "switch", smallest=0)
    gpus = faults.integer("gpus_per_host", parameters.get("gpus_per_host", 1), 1, MAX_GPUS)
    given = parameters["edges"]
    if not isinstance(given, tuple):
        faults.add("edges", f"must be a list of (a, b, rate, delay), got {shorten(given)}")
        return NO_LAYOUT
    for name in sorted(set(hosts) & set(switches)):
        faults.add("switches", f"duplicate name {name!r}: it is already a host")
    if faults.found or gpus is None:
        return NO_LAYOUT
    if not 1 <= len(given) <= MAX_LINKS:
        faults.add("edges", f"must have 1 to {MAX_LINKS} links, got {len(given)}")
        return NO_LAYOUT
    reader = _EdgeReader(faults, {name: i for i, name in enumerate(hosts + switches)})
    edges = tuple(reader.read(index, item) for index, item in enumerate(given))
    if not faults.found:
        _check_hosts(faults, edges, hosts, len(switches), gpus)
    if faults.found:
        return NO_LAYOUT
    shortest = min(edge.delay_ps for edge in edges)
    return Layout(len(hosts), len(switches), gpus, shortest, lambda: hosts, lambda: switches, edges)


def node_names(
    faults: Faults, parameter: str, value: object, prefix: str, smallest: int = 1
) -> tuple[str, ...]:
    """The names that a count or a list of names stands for."""
    if isinstance(value, str) or not isinstance(value, tuple):
        count = faults.integer(parameter, value, smallest, MAX_NODES)
        return tuple(f"{prefix}{index}" for index in range(count or 0))
    if not smallest <= len(value) <= MAX_NODES:
        faults.add(parameter, f"must name {smallest} to {MAX_NODES} nodes, got {len(value)}")
    seen: set[str] = set()
    for index, name in enumerate(value):
        if (
            not isinstance(name, str)
            or not name
            or set(name) & set(":*?[]>#")
            or name != name.strip()
        ):
            allowed = "a non-empty text without any of : * ? [ ] > # or surrounding space"
            faults.add(f"{parameter}[{index}]", f"a name must be {allowed}, got {shorten(name)}")
        elif name in seen:
            faults.add(f"{parameter}[{index}]", f"duplicate name {name!r}; names must differ")
        else:
            seen.add(name)
    return tuple(str(name) for name in value)


@dataclass
class _EdgeReader:
    """Turns edges as given into :class:`Edge`; after 20 faults it stops looking."""

    faults: Faults
    index: Mapping[str, int]
    cache: dict[Any, int] = field(default_factory=dict)

    def read(self, number: int, item: object) -> Edge:
        if len(self.faults.found) >= 20:
            return Edge(0, 0, 1, 1)
        place = f"edges[{number}]"
        fields = self._fields(place, item)
        if fields is None:
            return Edge(0, 0, 1, 1)
        a = self._node(f"{place}.a", fields["a"])
        b = self._node(f"{place}.b", fields["b"])
        if a is not None and a == b:
            self.faults.add(place, f"links {shorten(fields['a'])} to itself; the ends must differ")
        rate = self._cached(f"{place}.rate", fields["rate"], self.faults.rate, RATES)
        delay = self._cached(f"{place}.delay", fields["delay"], self.faults.time, DELAYS)
        errors = read_error_rate(self.faults, f"{place}.error_rate", fields.get("error_rate", 0))
        nics = [fields.get(key, 0) for key in ("nic_a", "nic_b")]
        for key, nic in zip(("nic_a", "nic_b"), nics, strict=True):
            if nic != 0 or isinstance(nic, bool):
                self.faults.integer(f"{place}.{key}", nic, 0, MAX_GPUS - 1)
        return Edge(a or 0, b or 0, rate or 1, delay or 1, *errors, *nics)

    def _fields(self, place: str, item: object) -> Mapping[str, Any] | None:
        if isinstance(item, Mapping):
            for key in item:
                if key not in _FIELDS:
                    hint = did_you_mean(key, _FIELDS)
                    known = ", ".join(_FIELDS)
                    self.faults.add(f"{place}.{key}", f"unknown key{hint} (known: {known})")
            missing = [name for name in _FIELDS[:4] if name not in item]
            if missing:
                self.faults.add(place, f"lacks {', '.join(missing)}, got {shorten(dict(item))}")
            return None if missing else item
        if isinstance(item, tuple) and 4 <= len(item) <= 5:
            return dict(zip(_FIELDS, item, strict=False))
        self.faults.add(place, f"must be (a, b, rate, delay[, error_rate]), got {shorten(item)}")
        return None

    def _node(self, place: str, name: object) -> int | None:
        found = self.index.get(name) if isinstance(name, str) else None
        if found is None:
            hint = did_you_mean(name, self.index) if len(self.index) <= 10_000 else ""
            ends = list(self.index)
            shown = f"known: {', '.join(ends[:8])}{', ...' if len(ends) > 8 else ''}"
            self.faults.add(place, f"unknown node {shorten(name)}{hint} ({shown})")
        return found

    def _cached(
        self, place: str, value: Any, check: Callable[..., int | None], bounds: Mapping[str, int]
    ) -> int | None:
        key = (type(value), value, bounds["low"]) if isinstance(value, str | int) else None
        if key is not None and key in self.cache:
            return self.cache[key]
        amount = check(place, value, **bounds)
        if key is not None and amount is not None:
            self.cache[key] = amount
        return amount


def read_error_rate(faults: Faults, place: str, value: object) -> tuple[float, float]:
    """Both directions of an error rate, a probability or a pair of them."""
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2:
        faults.add(place, f"must be a probability or a pair (a to b, b to a), got {shorten(value)}")
        return 0.0, 0.0
    if pair == (0, 0) and not any(isinstance(rate, bool) for rate in pair):
        return 0.0, 0.0
    given = pair if isinstance(value, tuple) else pair[:1]
    numbers = [faults.fraction(place, rate, 0, 1) for rate in given]
    return float(numbers[0] or 0), float(numbers[-1] or 0)


def _check_hosts(
    faults: Faults, edges: Sequence[Edge], hosts: Sequence[str], switches: int, gpus: int
) -> None:
    """Every host has links, its NICs are numbered without gaps, all hosts reach each other."""
    nics: list[set[int]] = [set() for _ in hosts]
    for edge in edges:
        for node, nic in ((edge.a, edge.nic_a), (edge.b, edge.nic_b)):
            if node < len(hosts):
                nics[node].add(nic)
            elif nic:
                faults.add("edges", f"a NIC number ({nic}) at a switch; only hosts have NICs")
    for name, used in zip(hosts, nics, strict=True):
        if not used:
            faults.add("edges", f"host {name!r} has no link; every host needs at least one")
        elif max(used) >= min(len(used), gpus):
            allowed = f"allowed: 0 to {min(len(used), gpus) - 1}, without gaps"
            faults.add(
                "edges", f"host {name!r} with {gpus} GPU has NICs {sorted(used)[:8]} ({allowed})"
            )
        if len(faults.found) >= 20:
            return
    if not faults.found:
        _check_connected(faults, edges, hosts, switches)


def _check_connected(
    faults: Faults, edges: Sequence[Edge], hosts: Sequence[str], switches: int
) -> None:
    """Hosts do not forward: any two of them need a common island of switches or a link."""
    attached: list[set[int]] = [set() for _ in hosts]
    neighbours: list[set[int]] = [set() for _ in hosts]
    island = _islands(edges, len(hosts), switches)
    for edge in edges:
        for node, peer in ((edge.a, edge.b), (edge.b, edge.a)):
            if node < len(hosts) <= peer:
                attached[node].add(island[peer])
            elif node < len(hosts):
                neighbours[node].add(peer)
    alike: dict[frozenset[int], list[int]] = {}
    for host, islands in enumerate(attached):
        alike.setdefault(frozenset(islands), []).append(host)
    for mine, theirs in itertools.combinations_with_replacement(alike, 2):
        if mine & theirs:
            continue
        for host, other in itertools.product(alike[mine], alike[theirs]):
            if host != other and other not in neighbours[host]:
                names = f"from {hosts[host]!r} to {hosts[other]!r}"
                faults.add("edges", f"the hosts are not all connected: no path {names}")
                return


def _islands(edges: Sequence[Edge], hosts: int, switches: int) -> list[int]:
    """For every node the root of the switches it can reach over switches alone."""
    parent = list(range(hosts + switches))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for edge in edges:
        if edge.a >= hosts and edge.b >= hosts:
            parent[root(edge.a)] = root(edge.b)
    return [root(node) for node in range(hosts + switches)]
