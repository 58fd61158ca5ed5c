"""The cases of the benchmark suite: one function per traffic pattern makes a scenario.

All have PFC, ECN and DCQCN on with their defaults, one ACK per packet and at most 64 packets in
flight per queue pair; one has HPCC instead, with telemetry on every packet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from pyfabric.cc import DCQCN, HPCC
from pyfabric.scenario import Scenario
from pyfabric.topology import fat_tree, leaf_spine
from pyfabric.workload import Workload, all_to_all, flows, incast, permutation, poisson

MTU_BYTES: Final = 4096
WINDOW_PACKETS: Final = 64

#: Largest K of a custom case: 65,536 hosts.
MAX_K: Final = 64


@dataclass(frozen=True)
class Case:
    """One case: ``make(volume)`` is its scenario.

    The volume is the bytes of each flow; where flows arrive at random or never end, it is the
    picoseconds in which they do. ``volume`` is that of a full run, ``quick_volume`` of a first
    impression. ``yardstick_k`` is the yardstick's fat tree that is nearest in hosts.
    """

    name: str
    about: str
    hosts: int
    yardstick_k: int
    volume: int
    quick_volume: int
    make: Callable[[int], Scenario]
    scale: bool = False  #: minutes and gigabytes: only when asked for


def on_fat_tree(k: int, workload: Workload, host_delay: str | None = None) -> Scenario:
    """``workload`` on a fat tree at 400 Gb/s with links of 1 us.

    k is even, 2 to 128; ``host_delay``: of the links to hosts, if another one.
    """
    return Scenario(
        topology=fat_tree(k, host_delay=host_delay),
        workload=workload,
        congestion_control=DCQCN(window=WINDOW_PACKETS * MTU_BYTES),
    )


def permutation_case(k: int, size_bytes: int, host_delay: str | None = None) -> Scenario:
    """Every host sends one message to another host."""
    return on_fat_tree(k, permutation(size_bytes, op="send"), host_delay)


def hpcc_case(k: int, size_bytes: int) -> Scenario:
    """The permutation under HPCC, as its repository sets it."""
    return permutation_case(k, size_bytes).replace(congestion_control=HPCC.preset("hpcc"))


def incast_case(k: int, senders: int, size_bytes: int) -> Scenario:
    """``senders`` hosts, spread over the fabric, send one message each to host 0."""
    hosts = k**3 // 4
    step = (hosts - 1) // senders
    chosen = range(step, step * senders + 1, step)
    return on_fat_tree(k, incast(receiver=0, senders=chosen, size=size_bytes, op="send"))


def all_to_all_case(k: int, size_bytes: int) -> Scenario:
    """Every host sends one message to every other host, all at once."""
    return on_fat_tree(k, all_to_all(size_bytes, op="send"))


def ring_case(k: int, size_bytes: int) -> Scenario:
    """Every host sends one message to the next host, the last one to the first."""
    hosts = k**3 // 4
    following = [*range(1, hosts), 0]
    return on_fat_tree(k, flows(src=range(hosts), dst=following, size=size_bytes, op="send"))


def websearch_case(duration_ps: int) -> Scenario:
    """Poisson arrivals of WebSearch sizes at 30 % load: 320 hosts at 100 Gb/s under 20 leaves."""
    topology = leaf_spine(
        leaves=20,
        spines=4,
        hosts_per_leaf=16,
        host_rate="100Gbps",
        uplink_rate="400Gbps",
        link_delay="1us",
    )
    return Scenario(
        topology=topology,
        workload=poisson(load=0.3, sizes="websearch", duration=duration_ps, op="send"),
        congestion_control=DCQCN(window=WINDOW_PACKETS * MTU_BYTES),
    )


def poisson_case(k: int, sizes: str, duration_ps: int) -> Scenario:
    """Poisson arrivals at 30 % load on a fat tree."""
    return on_fat_tree(k, poisson(load=0.3, sizes=sizes, duration=duration_ps, op="send"))


def leaf_spine_case(size_bytes: int) -> Scenario:
    """Every host of 128 leaves of 64, with as much bandwidth up as down, sends to another host."""
    return Scenario(
        topology=leaf_spine(leaves=128, spines=64, hosts_per_leaf=64),
        workload=permutation(size_bytes, op="send"),
        congestion_control=DCQCN(window=WINDOW_PACKETS * MTU_BYTES),
    )


def permutation_until(k: int, until_ps: int) -> Scenario:
    """Every host sends to another host without end, until ``until_ps``."""
    endless = on_fat_tree(k, permutation(None, op="send"))
    return endless.replace(until=until_ps)


def custom_case(k: int, until_ps: int) -> Case:
    """A permutation without end on a fat tree of any K up to :data:`MAX_K`."""
    hosts, make = k**3 // 4, partial(permutation_until, k)
    about = f"every host to another one until a fixed time; fat tree K={k}"
    return Case(f"permutation-k{k}", about, hosts, min(max(k, 4), 32), until_ps, until_ps, make)


def _packets(count: int) -> int:
    return count * MTU_BYTES


_ON = "; fat tree K="

#: The suite by name, in the order of its report.
CASES: Final[dict[str, Case]] = {
    case.name: case
    for case in (
        Case(
            "permutation-128",
            f"every host to another one{_ON}8",
            128,
            8,
            _packets(16000),
            _packets(3000),
            partial(permutation_case, 8),
        ),
        Case(
            "permutation-128-copper",
            f"the same, links of hosts 25 ns long{_ON}8",
            128,
            8,
            _packets(12000),
            _packets(2000),
            partial(permutation_case, 8, host_delay="25ns"),
        ),
        Case(
            "permutation-128-hpcc",
            f"the same under HPCC, telemetry on every packet{_ON}8",
            128,
            8,
            _packets(8000),
            _packets(1000),
            partial(hpcc_case, 8),
        ),
        Case(
            "permutation-1024",
            f"every host to another one{_ON}16",
            1024,
            16,
            _packets(2000),
            _packets(200),
            partial(permutation_case, 16),
        ),
        Case(
            "permutation-8192",
            f"every host to another one{_ON}32",
            8192,
            32,
            _packets(200),
            _packets(20),
            partial(permutation_case, 32),
        ),
        Case(
            "incast-32",
            f"32 of 1,024 hosts to one{_ON}16",
            1024,
            16,
            _packets(24000),
            _packets(2000),
            partial(incast_case, 16, 32),
        ),
        Case(
            "incast-1023",
            f"all of 1,024 hosts to one{_ON}16",
            1024,
            16,
            _packets(1000),
            _packets(50),
            partial(incast_case, 16, 1023),
        ),
        Case(
            "all-to-all-128",
            f"64 kB between any two of 128 hosts{_ON}8",
            128,
            8,
            64_000,
            64_000,
            partial(all_to_all_case, 8),
        ),
        Case(
            "ring-128",
            f"every host to the next one{_ON}8",
            128,
            8,
            _packets(32000),
            _packets(6000),
            partial(ring_case, 8),
        ),
        Case(
            "websearch-320",
            "WebSearch at 30 % load; leaf-spine, 320 hosts at 100 Gb/s",
            320,
            8,
            8 * 10**9,
            2 * 10**9,
            websearch_case,
        ),
        Case(
            "scale-permutation-65536",
            f"every host to another one, 256 KiB each{_ON}64",
            65536,
            32,
            262_144,
            8192,
            partial(permutation_case, 64),
            scale=True,
        ),
        Case(
            "scale-leaf-spine-8192",
            "every host to another one, 1 MB each; 128 leaves of 64 hosts, 64 spines",
            8192,
            32,
            1_000_000,
            8192,
            leaf_spine_case,
            scale=True,
        ),
        Case(
            "scale-poisson-1024",
            f"a million flows of Facebook Hadoop sizes at 30 % load{_ON}16",
            1024,
            16,
            8 * 10**9,
            10**8,
            partial(poisson_case, 16, "fb_hadoop"),
            scale=True,
        ),
    )
}
