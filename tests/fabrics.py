"""Fabrics that several tests use."""

from __future__ import annotations

from pathlib import Path

from pyfabric.topology import Topology

#: Experiment files of the HPCC repository, present in some checkouts only.
HPCC = Path(__file__).resolve().parents[2] / "shared" / "data" / "hpcc" / "mix"


def fat_tree(k: int, rate: str = "400Gbps", delay: str = "1us") -> Topology:
    """Three-tier fat tree of k-port switches with k^3/4 hosts."""
    half = k // 2
    hosts, pods = k**3 // 4, range(k)
    edge, aggregation = hosts, hosts + k * half
    core = aggregation + k * half
    links = [(host, edge + host // half) for host in range(hosts)]
    for pod in pods:
        for i in range(half):
            lower = edge + pod * half + i
            upper = aggregation + pod * half + i
            links += [(lower, aggregation + pod * half + j) for j in range(half)]
            links += [(upper, core + i * half + j) for j in range(half)]
    names = [f"host{i}" for i in range(hosts)]
    names += [f"switch{i}" for i in range(core + half * half - hosts)]
    edges = [(names[a], names[b], rate, delay) for a, b in links]
    return Topology.from_edges(hosts, core + half * half - hosts, edges)


def hpcc_topology(path: Path) -> Topology:
    """A topology file of the HPCC simulator: counts, switch ids, then ``a b rate delay error``."""
    lines = path.read_text().splitlines()
    nodes, switches, links = map(int, lines[0].split())
    switch_ids = [int(word) for word in lines[1].split()][:switches]
    is_switch = set(switch_ids)
    hosts = [node for node in range(nodes) if node not in is_switch]
    name = {node: f"host{i}" for i, node in enumerate(hosts)}
    name |= {node: f"switch{i}" for i, node in enumerate(switch_ids)}
    edges = []
    for line in lines[2 : 2 + links]:
        a, b, rate, delay, _ = line.split()
        edges.append((name[int(a)], name[int(b)], rate, delay))
    return Topology.from_edges(len(hosts), switches, edges)
