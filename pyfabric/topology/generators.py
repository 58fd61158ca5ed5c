"""Generated topologies: parameters to a checked layout. One function per generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyfabric.spec import Faults
from pyfabric.topology.edges import (
    DELAYS,
    MAX_GPUS,
    MAX_LINKS,
    MAX_NODES,
    NO_LAYOUT,
    RATES,
    Edge,
    Layout,
    node_names,
)


def leaf_spine_layout(faults: Faults, given: Mapping[str, Any]) -> Layout:
    """The layout of ``leaf_spine``: links of hosts first, then leaf by leaf to each spine."""
    leaves = faults.integer("leaves", given["leaves"], 1, 65536) or 0
    spines = faults.integer("spines", given["spines"], 1, 65536) or 0
    per_leaf = faults.integer("hosts_per_leaf", given["hosts_per_leaf"], 1, 65536) or 0
    uplinks = faults.integer("uplinks", given.get("uplinks", 1), 1, 4096) or 0
    gpus, nics = _gpus_and_nics(faults, given)
    host_rate = faults.rate("host_rate", given["host_rate"], **RATES) or 0
    uplink_rate, uplink_delay, host_delay = host_rate, *(2 * [_delay(faults, given, "link_delay")])
    if given.get("uplink_rate") is not None:
        uplink_rate = faults.rate("uplink_rate", given["uplink_rate"], **RATES) or 0
    if given.get("host_delay") is not None:
        host_delay = _delay(faults, given, "host_delay")
    if given.get("uplink_delay") is not None:
        uplink_delay = _delay(faults, given, "uplink_delay")
    hosts = leaves * per_leaf
    _check_total(faults, hosts + leaves + spines, hosts * nics + leaves * spines * uplinks)
    if faults.found:
        return NO_LAYOUT

    def edges() -> Sequence[Edge]:
        down = [
            Edge(host, hosts + host // per_leaf, host_rate, host_delay, nic_a=nic)
            for host in range(hosts)
            for nic in range(nics)
        ]
        up = [
            Edge(hosts + leaf, hosts + leaves + spine, uplink_rate, uplink_delay)
            for leaf in range(leaves)
            for spine in range(spines)
            for _ in range(uplinks)
        ]
        return down + up

    return Layout(
        hosts,
        leaves + spines,
        gpus,
        min(host_delay, uplink_delay),
        lambda: _numbered("host", hosts),
        lambda: _numbered("leaf", leaves) + _numbered("spine", spines),
        edges,
    )


def star_layout(faults: Faults, given: Mapping[str, Any]) -> Layout:
    """The layout of ``star``: one switch, links host by host, NIC by NIC."""
    names = node_names(faults, "hosts", given["hosts"], "host")
    if "switch0" in names:
        faults.add("hosts", "duplicate name 'switch0': it is the switch")
    gpus, nics = _gpus_and_nics(faults, given)
    rate = faults.rate("rate", given["rate"], **RATES) or 0
    delay = _delay(faults, given, "link_delay")
    _check_total(faults, len(names) + 1, len(names) * nics)
    if faults.found:
        return NO_LAYOUT
    return Layout(
        len(names),
        1,
        gpus,
        delay,
        lambda: names,
        lambda: ("switch0",),
        lambda: [
            Edge(host, len(names), rate, delay, nic_a=nic)
            for host in range(len(names))
            for nic in range(nics)
        ],
    )


def _numbered(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{index}" for index in range(count))


def _delay(faults: Faults, given: Mapping[str, Any], field: str) -> int:
    return faults.time(field, given.get(field, "1us"), **DELAYS) or 0


def _gpus_and_nics(faults: Faults, given: Mapping[str, Any]) -> tuple[int, int]:
    gpus = faults.integer("gpus_per_host", given.get("gpus_per_host", 1), 1, MAX_GPUS) or 0
    nics = faults.integer("nics_per_host", given.get("nics_per_host", 1), 1, MAX_GPUS) or 0
    if gpus and nics > gpus:
        faults.add(
            "nics_per_host",
            f"{nics} NICs for {gpus} GPU: GPU g uses NIC g modulo NICs, so some would be idle "
            f"(allowed: 1 to gpus_per_host = {gpus})",
        )
    return gpus, nics


def _check_total(faults: Faults, nodes: int, links: int) -> None:
    if nodes > MAX_NODES:
        faults.add("", f"{nodes} nodes are too many (allowed: up to {MAX_NODES})")
    if links > MAX_LINKS:
        faults.add("", f"{links} links are too many (allowed: up to {MAX_LINKS})")
