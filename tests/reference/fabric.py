"""Random small fabrics: links and routes as plan columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from reference.routes import RouteWriter

RATES_GBPS = (10, 25, 33, 40, 100, 100, 200, 333, 400)
DELAYS_NS = (1, 7, 25, 100, 300, 1000, 1000, 3000)


@dataclass
class Fabric:
    """Hosts ``0 .. hosts - 1``, then switches; ``edges`` are (a, b, bit/s, ps) in port order."""

    hosts: int
    switches: int
    edges: list[tuple[int, int, int, int]]
    clockwise: bool = False  # a ring whose switches all send to the next one

    def __post_init__(self) -> None:
        self.nodes = self.hosts + self.switches
        ends: list[list[tuple[int, int]]] = [[] for _ in range(self.nodes)]
        for edge, (a, b, _, _) in enumerate(self.edges):
            ends[a].append((edge, b))
            ends[b].append((edge, a))
        self.ends = ends
        self.first_port = [0]
        for node in ends:
            self.first_port.append(self.first_port[-1] + len(node))

    @property
    def ports(self) -> int:
        return self.first_port[-1]

    def rate_bps(self, node: int, port: int) -> int:
        return self.edges[self.ends[node][port][0]][2]

    def port_columns(self) -> dict[str, list[int]]:
        ends: dict[int, list[int]] = defaultdict(list)
        for node in range(self.nodes):
            for port, (edge, _) in enumerate(self.ends[node]):
                ends[edge].append(self.first_port[node] + port)
        peer, rate, delay = [0] * self.ports, [0] * self.ports, [0] * self.ports
        for edge, (one, other) in ends.items():
            peer[one], peer[other] = other, one
            for port in (one, other):
                rate[port], delay[port] = self.edges[edge][2:]
        return {"port_peer": peer, "port_rate_bps": rate, "port_delay_ps": delay}

    def next_hops(self, host: int) -> dict[int, list[int]]:
        """Local ports of each switch on shortest paths to a host; hosts do not forward."""
        distance, front = {host: 0}, [host]
        for node in front:
            for _, peer in self.ends[node]:
                if peer not in distance and (node == host or node >= self.hosts):
                    distance[peer] = distance[node] + 1
                    front.append(peer)
        return {
            node: [
                port
                for port, (edge, peer) in enumerate(self.ends[node])
                if distance.get(peer, node + 1) == distance[node] - 1
                and (peer == host or peer >= self.hosts)
            ]
            if not self.clockwise or distance[node] == 1
            else [p for p, (edge, _) in enumerate(self.ends[node]) if self.edges[edge][0] == node]
            for node in range(self.hosts, self.nodes)
            if node in distance
        }

    def _broken(self, hops: dict[int, list[int]]) -> dict[int, list[int]]:
        """Every switch sends to some other switch, where it has one."""
        return {
            node: [p for p, (_, peer) in enumerate(self.ends[node]) if peer >= self.hosts][:1]
            for node in hops
        }

    def explicit(self, dice: Random, hops: list[dict[int, list[int]]]) -> None:
        """Routes that somebody wrote: here and there any ports to switches, or to the host."""
        share = dice.choice((0.05, 0.2, 0.5))
        for host, by_node in enumerate(hops):
            for node in by_node:
                peers = enumerate(peer for _, peer in self.ends[node])
                ports = [port for port, peer in peers if peer == host or peer >= self.hosts]
                if dice.random() < share:
                    by_node[node] = dice.sample(ports, dice.randint(1, len(ports)))

    def route_columns(
        self,
        forms: Random,
        grouped: bool,
        broken: int | None = None,
        explicit: Random | None = None,
    ) -> dict[str, list[int]]:
        """Addresses in groups by the switches they hang on, or each in a group of its own; the
        forms of rows and entries drawn from ``forms``.

        Switches send frames for the host ``broken`` to each other until the TTL has run out, or
        drop them where they know no other switch.
        """
        groups: dict[tuple[int, ...], list[int]] = {}
        for host in range(self.hosts):
            switches = tuple(sorted({peer for _, peer in self.ends[host]}))
            single = grouped and len(switches) == 1
            groups.setdefault(switches if single else (-1, host), []).append(host)
        hops = [self.next_hops(host) for host in range(self.hosts)]
        if broken is not None:
            hops[broken] = self._broken(hops[broken])
        if explicit is not None:
            self.explicit(explicit, hops)
        writer = RouteWriter(forms)
        numbers = writer.numbers(len(groups))
        for node in range(self.nodes):
            row = [[hops[host].get(node, []) for host in members] for members in groups.values()]
            writer.row(numbers, row if node >= self.hosts else [])
        ranks = {h: (g, r) for g, m in enumerate(groups.values()) for r, h in enumerate(m)}
        return {
            "address_group": [numbers[ranks[host][0]] for host in range(self.hosts)],
            "address_rank": [ranks[host][1] for host in range(self.hosts)],
            **writer.columns(),
        }


def random_fabric(dice: Random) -> Fabric:
    """Two hosts on a wire, a star, a chain, a ring, or leaves and spines; all with odd links."""
    shape = dice.choices(("direct", "star", "chain", "leaf_spine", "ring"), (5, 20, 10, 20, 3))[0]
    if shape == "direct":
        pairs = [(0, 1)] * dice.choice((1, 1, 2))
        return Fabric(2, 0, _links(dice, 2, pairs))
    if shape == "star":
        hosts = dice.randint(2, 6)
        return Fabric(hosts, 1, _links(dice, hosts, [(h, hosts) for h in range(hosts)]))
    if shape == "chain":
        hosts, switches = dice.randint(2, 6), dice.randint(2, 3)
        pairs = [(h, hosts + h * switches // hosts) for h in range(hosts)]
        for s in range(hosts, hosts + switches - 1):
            pairs += [(s, s + 1)] * dice.choice((1, 1, 2))
        return Fabric(hosts, switches, _links(dice, hosts, pairs))
    if shape == "ring":
        size, per_switch = dice.randint(3, 4), dice.randint(1, 2)
        hosts = size * per_switch
        pairs = [(h, hosts + h // per_switch) for h in range(hosts)]
        pairs += [(hosts + s, hosts + (s + 1) % size) for s in range(size)]
        return Fabric(hosts, size, _links(dice, hosts, pairs), clockwise=dice.random() < 0.8)
    return _leaf_spine(dice)


def _leaf_spine(dice: Random) -> Fabric:
    leaves, spines, per_leaf = dice.randint(2, 3), dice.randint(1, 3), dice.randint(1, 3)
    hosts = leaves * per_leaf
    pairs = [(h, hosts + h // per_leaf) for h in range(hosts)]
    if dice.random() < 0.2:  # a second port of some hosts, to another leaf
        pairs += [
            (h, hosts + (h // per_leaf + 1) % leaves) for h in range(hosts) if dice.random() < 0.5
        ]
    uplinks = dice.choice((1, 1, 2))
    for leaf in range(hosts, hosts + leaves):
        for spine in range(hosts + leaves, hosts + leaves + spines):
            pairs += [(leaf, spine)] * uplinks
    if dice.random() < 0.3:
        dice.shuffle(pairs)
    return Fabric(hosts, leaves + spines, _links(dice, hosts, pairs))


def _links(
    dice: Random, hosts: int, pairs: list[tuple[int, int]]
) -> list[tuple[int, int, int, int]]:
    """Alike per tier, or each link for itself."""
    mixed = dice.random() < 0.3
    tiers = [(dice.choice(RATES_GBPS), dice.choice(DELAYS_NS)) for _ in range(2)]
    links = []
    for a, b in pairs:
        rate, delay = tiers[min(a, b) >= hosts]
        if mixed:
            rate, delay = dice.choice(RATES_GBPS), dice.choice(DELAYS_NS)
        links.append((a, b, rate * 10**9, delay * 1000))
    return links
