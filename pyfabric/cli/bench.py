"""The benchmark: a permutation on a three-tier fat tree with PFC, ECN and DCQCN, tables on."""

from __future__ import annotations

import json
from typing import Any, Final

from pyfabric.api import simulate
from pyfabric.cc import DCQCN
from pyfabric.cli.outcome import DONE, INTERRUPTED
from pyfabric.reports import numbers as show
from pyfabric.scenario import Scenario
from pyfabric.spec import Faults
from pyfabric.topology import Topology
from pyfabric.workload import permutation

MTU_BYTES: Final = 4096
WINDOW_PACKETS: Final = 64


def fat_tree(k: int, rate: str = "400Gbps", delay: str = "1us") -> Topology:
    """Three tiers of k-port switches, k^3/4 hosts (Al-Fares et al., SIGCOMM'08), as edges."""
    faults = Faults("fat_tree")
    if faults.integer("k", k, 2, 32) is not None and k % 2:
        faults.add("k", f"must be even, got {k} (allowed: even numbers from 2 to 32)")
    faults.raise_all()
    half, hosts = k // 2, k**3 // 4
    pods = k * half
    links = [(f"host{host}", f"switch{host // half}") for host in range(hosts)]
    for upper in range(pods):
        pod, number = divmod(upper, half)
        middle = f"switch{pods + upper}"
        links += [(f"switch{pod * half + lower}", middle) for lower in range(half)]
        links += [(middle, f"switch{2 * pods + number * half + top}") for top in range(half)]
    edges = [(a, b, rate, delay) for a, b in links]
    return Topology.from_edges(hosts, 2 * pods + half * half, edges)


def scenario(k: int, until: str) -> Scenario:
    """Every host sends to another one without end, one ACK per packet, 64 packets in flight."""
    return Scenario(
        topology=fat_tree(k),
        workload=permutation(size=None, op="send"),
        congestion_control=DCQCN(window=WINDOW_PACKETS * MTU_BYTES),
        until=until,
    )


def measure(k: int, until: str) -> dict[str, Any]:
    """The measured numbers by name."""
    result = simulate(scenario(k, until))
    hops, seconds = int(result.stats["packet_hops"]), float(result.stats["run_cpu_seconds"])
    return {
        "hosts": k**3 // 4,
        "k": k,
        "stop_reason": result.stop_reason,
        "simulated_ps": result.end_ps,
        "packet_hops": hops,
        "data_packet_hops": int(result.stats["data_packet_hops"]),
        "events": int(result.stats["events"]),
        "run_cpu_seconds": seconds,
        "packet_hops_per_cpu_second": hops / seconds if seconds else 0.0,
        "events_per_packet_hop": int(result.stats["events"]) / max(hops, 1),
        "engine_memory_bytes": int(result.stats["engine_memory_bytes"]),
        "peak_memory_bytes": int(result.stats["peak_memory_bytes"]),
        "lossless": bool(result.lossless()),
        "fingerprint": result.fingerprint,
        "versions": dict(result.versions),
    }


def run_bench(k: int, until: str, *, as_json: bool) -> int:
    """Measure and print; returns the exit code."""
    facts = measure(k, until)
    if as_json:
        print(json.dumps(facts, indent=2))
    else:
        print(_text(facts))
    return INTERRUPTED if facts["stop_reason"] == "interrupted" else DONE


def _text(facts: dict[str, Any]) -> str:
    million = facts["packet_hops_per_cpu_second"] / 1e6
    return "\n".join(
        [
            f"fat tree k={facts['k']}, {facts['hosts']} hosts, permutation, PFC + ECN + DCQCN, "
            f"{show.time(facts['simulated_ps'])} simulated",
            f"{million:.2f} M packet-hops per run CPU second ({facts['packet_hops']:,} in "
            f"{facts['run_cpu_seconds']:.2f} s)",
            f"{facts['events_per_packet_hop']:.2f} events per packet-hop",
            f"memory: engine {show.size(facts['engine_memory_bytes'])}, process peak "
            f"{show.size(facts['peak_memory_bytes'])}",
        ]
    )
