"""Generated topologies: parameters to a checked layout. One function per generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyfabric.spec import Faults
from pyfabric.topology.edges import (
    DELAYS,
    MAX_GPUS,
    MAX_HOSTS,
    MAX_LINKS,
    MAX_NODES,
    MAX_PORTS,
    NO_LAYOUT,
    RATES,
    Layout,
    node_names,
)
from pyfabric.topology.tiers import Link, Tiers

_WIDEST = 65536


def leaf_spine_layout(faults: Faults, given: Mapping[str, Any]) -> Layout:
    """The layout of ``leaf_spine``."""
    leaves, spines, per_leaf, uplinks = _counts(
        faults, given, leaves=_WIDEST, spines=_WIDEST, hosts_per_leaf=_WIDEST, uplinks=4096
    )
    gpus, nics = _gpus_and_nics(faults, given)
    host_rate = faults.rate("host_rate", given["host_rate"], **RATES) or 0
    host_delay, uplink_delay = _delays(faults, given, "host_delay", "uplink_delay")
    tiers = Tiers(
        leaves=leaves,
        spines=spines,
        hosts=per_leaf,
        nics=nics,
        uplinks=uplinks,
        host_link=Link(host_rate, host_delay),
        spine_link=Link(_rate(faults, given, "uplink_rate", host_rate), uplink_delay),
    )
    return _layout(faults, tiers, gpus, ("leaf", "spine", "core"))


def fat_tree_layout(faults: Faults, given: Mapping[str, Any]) -> Layout:
    """The layout of ``fat_tree``."""
    k = faults.integer("k", given["k"], 2, 128) or 2
    if k % 2:
        faults.add("k", f"must be even, got {k} (allowed: even numbers from 2 to 128)")
    gpus, _ = _gpus_and_nics(faults, given)
    rate = faults.rate("rate", given["rate"], **RATES) or 0
    host_delay, uplink_delay = _delays(faults, given, "host_delay", "uplink_delay")
    half, uplink = k // 2, Link(rate, uplink_delay)
    tiers = Tiers(
        pods=k,
        leaves=half,
        spines=half,
        cores=half,
        hosts=half,
        host_link=Link(rate, host_delay),
        spine_link=uplink,
        core_link=uplink,
    )
    return _layout(faults, tiers, gpus, ("edge", "agg", "core"))


def clos_layout(faults: Faults, given: Mapping[str, Any]) -> Layout:
    """The layout of ``clos``."""
    pods, leaves, per_leaf, spines, cores, uplinks = _counts(
        faults,
        given,
        pods=_WIDEST,
        leaves_per_pod=_WIDEST,
        hosts_per_leaf=_WIDEST,
        spines_per_pod=_WIDEST,
        cores_per_spine=_WIDEST,
        uplinks=4096,
    )
    gpus, nics = _gpus_and_nics(faults, given)
    host_rate = faults.rate("host_rate", given["host_rate"], **RATES) or 0
    uplink_rate = _rate(faults, given, "uplink_rate", host_rate)
    host_delay, uplink_delay, core_delay = _delays(
        faults, given, "host_delay", "uplink_delay", "core_delay"
    )
    tiers = Tiers(
        pods=pods,
        leaves=leaves,
        spines=spines,
        cores=cores,
        hosts=per_leaf,
        nics=nics,
        uplinks=uplinks,
        host_link=Link(host_rate, host_delay),
        spine_link=Link(uplink_rate, uplink_delay),
        core_link=Link(_rate(faults, given, "core_rate", uplink_rate), core_delay),
    )
    return _layout(faults, tiers, gpus, ("leaf", "spine", "core"))


def star_layout(faults: Faults, given: Mapping[str, Any]) -> Layout:
    """The layout of ``star``: one switch, links host by host, NIC by NIC."""
    names = node_names(faults, "hosts", given["hosts"], "host")
    if "switch0" in names:
        faults.add("hosts", "duplicate name 'switch0': it is the switch")
    gpus, nics = _gpus_and_nics(faults, given)
    rate = faults.rate("rate", given["rate"], **RATES) or 0
    (delay,) = _delays(faults, given, "link_delay")
    tiers = Tiers(hosts=len(names), nics=nics, host_link=Link(rate, delay))
    return _layout(faults, tiers, gpus, ("switch", "", ""), lambda: names)


def _layout(
    faults: Faults,
    tiers: Tiers,
    gpus: int,
    kinds: tuple[str, str, str],
    host_names: Callable[[], tuple[str, ...]] | None = None,
) -> Layout:
    """The layout of tiers whose switches are called ``kinds``; refuses what is too large."""
    if not faults.found:
        _check_sizes(faults, tiers, kinds)
    if faults.found:
        return NO_LAYOUT
    counts = tiers.all_leaves, tiers.all_spines, tiers.all_cores

    def switch_names() -> tuple[str, ...]:
        named = zip(kinds, counts, strict=True)
        return tuple(name for kind, count in named for name in _numbered(kind, count))

    return Layout(
        tiers.all_hosts,
        tiers.switches,
        gpus,
        tiers.shortest_delay_ps,
        host_names or (lambda: _numbered("host", tiers.all_hosts)),
        switch_names,
        tiers,
    )


def _check_sizes(faults: Faults, tiers: Tiers, kinds: tuple[str, str, str]) -> None:
    nodes = tiers.all_hosts + tiers.switches
    for count, what, most in (
        (tiers.all_hosts, "hosts", MAX_HOSTS),
        (nodes, "nodes", MAX_NODES),
        (tiers.links, "links", MAX_LINKS),
    ):
        if count > most:
            faults.add("", f"{count} {what} are too many (allowed: up to {most})")
    radixes = tiers.leaf_ports, tiers.spine_ports, tiers.pods
    for kind, ports, count in zip(
        kinds, radixes, (1, tiers.all_spines, tiers.all_cores), strict=True
    ):
        if count and ports > MAX_PORTS:
            faults.add("", f"each {kind} would have {ports} ports (allowed: up to {MAX_PORTS})")


def _numbered(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(f"{prefix}{index}" for index in range(count))


def _counts(faults: Faults, given: Mapping[str, Any], **most: int) -> list[int]:
    """Parameters that count something, from 1 on; 1 where they are left out or faulty."""
    return [
        faults.integer(name, given.get(name, 1), 1, largest) or 1 for name, largest in most.items()
    ]


def _rate(faults: Faults, given: Mapping[str, Any], field: str, otherwise: int) -> int:
    if given.get(field) is None:
        return otherwise
    return faults.rate(field, given[field], **RATES) or 0


def _delays(faults: Faults, given: Mapping[str, Any], *fields: str) -> list[int]:
    """The delays of ``fields``; ``link_delay`` where they are not given."""
    common = faults.time("link_delay", given.get("link_delay", "1us"), **DELAYS) or 0
    return [
        common
        if field == "link_delay" or given.get(field) is None
        else faults.time(field, given[field], **DELAYS) or 0
        for field in fields
    ]


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
