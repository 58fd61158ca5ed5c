"""Fabrics and a plain-Python second opinion on what their routes make of them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable

import pyfabric as pf

Link = tuple[str, str]


def ring(n: int, hops: int, **changes: object) -> pf.Scenario:
    """Every host of a ring of switches sends ``hops`` switches on, the same way round."""
    edges = [(f"switch{i}", f"switch{(i + 1) % n}", "100Gbps", "1us") for i in range(n)]
    edges += [(f"host{i}", f"switch{i}", "100Gbps", "1us") for i in range(n)]
    return pf.Scenario(
        topology=pf.Topology.from_edges(n, n, edges),
        workload=pf.Workload([pf.Flow(i, (i + hops) % n, "2MB") for i in range(n)]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="100kB"), ecn=None),
    ).replace(changes)


def random_scenario(rng: random.Random, *, extra: int, around: bool = False) -> pf.Scenario:
    """A random tree of switches with ``extra`` more links, a host at each switch, some flows.

    around: a ring instead of the tree, most of its flows the same way round.
    """
    switches = rng.randint(5, 9) if around else rng.randint(2, 8)
    pairs = [(rng.randrange(i), i) for i in range(1, switches)]
    if around:
        pairs = [(i, (i + 1) % switches) for i in range(switches)]
    pairs += [tuple(rng.sample(range(switches), 2)) for _ in range(extra)]
    rng.shuffle(pairs)
    edges = [(f"switch{a}", f"switch{b}", "100Gbps", "1us") for a, b in pairs]
    edges += [(f"host{i}", f"switch{i}", "100Gbps", "1us") for i in range(switches)]
    flows = [rng.sample(range(switches), 2) for _ in range(rng.randint(1, 12))]
    if around:
        flows += [[i, (i + 2) % switches] for i in range(switches) if rng.random() < 0.8]
    return pf.Scenario(
        topology=pf.Topology.from_edges(switches, switches, edges),
        workload=pf.flows([pf.Flow(a, b, "20kB") for a, b in flows]),
        congestion_control=pf.NoCongestionControl(),
        # Acknowledgements elsewhere: so the dependencies are those of data.
        nic=pf.Nic(ack_priority=0),
    )


class Graph:
    """Switches and their links, searched one by one. A link is (port name, far switch)."""

    def __init__(self, scenario: pf.Scenario) -> None:
        plan = pf.compile_plan(scenario)
        names, ports = plan.labels["node_names"], plan.labels["port_names"]
        self.after: dict[str, list[Link]] = {}
        self.hosts: dict[str, str] = {}
        self.cable: dict[str, str] = {}
        first = plan.columns["node_first_port"].tolist()
        owner = [n for n in range(len(names)) for _ in range(first[n + 1] - first[n])]
        for port, peer in enumerate(plan.columns["port_peer"].tolist()):
            a, b = names[owner[port]], names[owner[peer]]
            if a.startswith("host"):
                self.hosts[a] = b
            elif b.startswith("switch"):
                self.after.setdefault(a, []).append((ports[port], b))
                self.cable[ports[port]] = ports[min(port, peer)]
        qps = zip(plan.columns["qp_tx_node"].tolist(), plan.columns["qp_rx_node"], strict=True)
        self.flows = sorted({(names[a], names[int(b)]) for a, b in qps})

    def waits(self, down: str = "") -> tuple[set[Link], bool]:
        """(pairs of links that some flow may take one after the other, whether all have paths)."""
        found: set[Link] = set()
        whole = True
        for source, target in self.flows:
            far = self._distances(self.hosts[target], down)
            whole &= self.hosts[source] in far
            todo = [(self.hosts[source], "")] if self.hosts[source] in far else []
            seen = set(todo)
            while todo:
                at, came = todo.pop()
                for port, to in self._up(at, down):
                    if far.get(to, -1) == far[at] - 1:
                        found |= {(came, port)} if came else set()
                        step = (to, port)
                        todo += [step] if step not in seen else []
                        seen.add(step)
        return found, whole

    def _up(self, at: str, down: str) -> list[Link]:
        return [link for link in self.after.get(at, []) if self.cable[link[0]] != down]

    def _distances(self, target: str, down: str) -> dict[str, int]:
        far, todo = {target: 0}, deque([target])
        while todo:
            at = todo.popleft()
            for _, to in self._up(at, down):
                if to not in far:
                    far[to] = far[at] + 1
                    todo.append(to)
        return far


def cyclic(edges: Iterable[Link]) -> bool:
    """Whether links wait for each other in a ring: leaves are taken off until nothing changes."""
    left = set(edges)
    while True:
        heads = {b for _, b in left}
        keep = {(a, b) for a, b in left if a in heads}
        if keep == left:
            return bool(left)
        left = keep
