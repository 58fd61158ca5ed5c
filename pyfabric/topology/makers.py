"""The functions that make topologies: what users call, and what files name."""

from __future__ import annotations

from collections.abc import Sequence

from pyfabric.spec import checked
from pyfabric.topology.spec import MAKERS, Topology
from pyfabric.units import Quantity


@checked
def leaf_spine(
    leaves: int,
    spines: int,
    hosts_per_leaf: int,
    host_rate: Quantity = "400Gbps",
    uplink_rate: Quantity | None = None,
    link_delay: Quantity = "1us",
    host_delay: Quantity | None = None,
    uplink_delay: Quantity | None = None,
    gpus_per_host: int = 1,
    nics_per_host: int = 1,
    uplinks: int = 1,
) -> Topology:
    """A two-level fabric: every leaf connects to every spine.

    leaves, spines, hosts_per_leaf: how many. uplinks: parallel links of each leaf-spine pair (1).
    host_rate (400 Gb/s), uplink_rate (None: as host_rate): link rates. link_delay (1 us): one-way
    delay of all links; host_delay and uplink_delay override it for the links of hosts and between
    switches. gpus_per_host (1): endpoints of a host; nics_per_host (1): NICs, one link to the leaf
    each; GPU g uses NIC g modulo nics_per_host.
    Names: ``host0`` ... (leaf by leaf), ``leaf0`` ..., ``spine0`` ...; nodes are numbered in this
        order.
    """
    return Topology(
        "leaf_spine",
        {
            "leaves": leaves,
            "spines": spines,
            "hosts_per_leaf": hosts_per_leaf,
            "host_rate": host_rate,
            "uplink_rate": uplink_rate,
            "link_delay": link_delay,
            "host_delay": host_delay,
            "uplink_delay": uplink_delay,
            "gpus_per_host": gpus_per_host,
            "nics_per_host": nics_per_host,
            "uplinks": uplinks,
        },
    )


@checked
def fat_tree(
    k: int,
    rate: Quantity = "400Gbps",
    link_delay: Quantity = "1us",
    host_delay: Quantity | None = None,
    uplink_delay: Quantity | None = None,
    gpus_per_host: int = 1,
) -> Topology:
    """The three-tier fat tree of k-port switches, with k^3/4 hosts (Al-Fares et al., SIGCOMM'08).

    k: even, 2 to 128: k pods of k/2 edge and k/2 aggregation switches, k/2 hosts under each edge
        switch, k^2/4 core switches.
    rate (400 Gb/s), link_delay (1 us, one way): of all links; host_delay and uplink_delay override
        the delay for the links of hosts and between switches.
    gpus_per_host (1): endpoints of a host.
    Names: ``host0`` ..., ``edge0`` ..., ``agg0`` ... (all pod by pod), ``core0`` ...; nodes are
        numbered in this order. Aggregation switch j of each pod has links to the k/2 cores from
        number j k/2 on.
    """
    return Topology(
        "fat_tree",
        {
            "k": k,
            "rate": rate,
            "link_delay": link_delay,
            "host_delay": host_delay,
            "uplink_delay": uplink_delay,
            "gpus_per_host": gpus_per_host,
        },
    )


@checked
def clos(
    pods: int,
    leaves_per_pod: int,
    hosts_per_leaf: int,
    spines_per_pod: int,
    cores_per_spine: int,
    host_rate: Quantity = "400Gbps",
    uplink_rate: Quantity | None = None,
    core_rate: Quantity | None = None,
    link_delay: Quantity = "1us",
    host_delay: Quantity | None = None,
    uplink_delay: Quantity | None = None,
    core_delay: Quantity | None = None,
    gpus_per_host: int = 1,
    nics_per_host: int = 1,
    uplinks: int = 1,
) -> Topology:
    """A three-tier Clos fabric of pods of leaves and spines, joined by planes of cores.

    pods, leaves_per_pod, hosts_per_leaf, spines_per_pod: how many. cores_per_spine: cores of each
    plane; spine j of every pod has one link to each core of plane j. uplinks: parallel links of
    each leaf-spine pair (1).
    host_rate (400 Gb/s), uplink_rate (leaf to spine; None: as host_rate), core_rate (spine to
    core; None: as uplink_rate): link rates. link_delay (1 us): one-way delay of all links;
    host_delay, uplink_delay and core_delay override it for one tier. gpus_per_host and
    nics_per_host as in :func:`leaf_spine`.
    Names: ``host0`` ..., ``leaf0`` ..., ``spine0`` ... (all pod by pod), ``core0`` ... (plane by
        plane); nodes are numbered in this order.
    """
    return Topology(
        "clos",
        {
            "pods": pods,
            "leaves_per_pod": leaves_per_pod,
            "hosts_per_leaf": hosts_per_leaf,
            "spines_per_pod": spines_per_pod,
            "cores_per_spine": cores_per_spine,
            "host_rate": host_rate,
            "uplink_rate": uplink_rate,
            "core_rate": core_rate,
            "link_delay": link_delay,
            "host_delay": host_delay,
            "uplink_delay": uplink_delay,
            "core_delay": core_delay,
            "gpus_per_host": gpus_per_host,
            "nics_per_host": nics_per_host,
            "uplinks": uplinks,
        },
    )


@checked
def star(
    hosts: int | Sequence[str],
    rate: Quantity = "400Gbps",
    link_delay: Quantity = "1us",
    gpus_per_host: int = 1,
    nics_per_host: int = 1,
) -> Topology:
    """Hosts around one switch, ``switch0``.

    hosts: how many (``host0`` ...), or their names. rate (400 Gb/s) and link_delay (1 us, one way)
    of every link; gpus_per_host and nics_per_host as in :func:`leaf_spine`.
    """
    return Topology(
        "star",
        {
            "hosts": hosts,
            "rate": rate,
            "link_delay": link_delay,
            "gpus_per_host": gpus_per_host,
            "nics_per_host": nics_per_host,
        },
    )


MAKERS.update(
    leaf_spine=leaf_spine,
    fat_tree=fat_tree,
    clos=clos,
    star=star,
    edges=checked(Topology.from_edges, "from_edges"),
)
Topology.from_edges = staticmethod(MAKERS["edges"])  # type: ignore[method-assign]
