"""Twenty-one fixed scenarios that between them use every mechanism; their results are committed.

Small on purpose: each runs in milliseconds, so they run in several partitionings and under
sanitizers as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fabrics import fat_tree

import pyfabric as pf

PFC_ONLY: Final = pf.NoCongestionControl()
#: Marks early, so that short flows meet DCQCN.
EARLY_ECN: Final = pf.ECN(kmin="10kB", kmax="60kB", pmax=0.5)
QUICK_DCQCN: Final = pf.DCQCN(alpha_timer="5us", increase_timer="7us", byte_counter="100kB")


def _small(**settings: Any) -> pf.Scenario:
    """Two leaves with four hosts each, two spines, 100 Gb/s."""
    fabric = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, host_rate="100Gbps")
    defaults: dict[str, Any] = {"topology": fabric, "congestion_control": PFC_ONLY}
    return pf.Scenario(**{**defaults, **settings})


def one_flow() -> pf.Scenario:
    return _small(workload=pf.Flow("host0", "host7", "1MB"))


def fat_tree_permutation() -> pf.Scenario:
    return pf.Scenario(
        topology=fat_tree(4),
        workload=pf.permutation("400kB"),
        congestion_control=pf.DCQCN(window=64 * 4096),
    )


def incast_pfc() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="300kB"), switch=pf.Switch(pfc=pf.PFC(xoff="30kB"))
    )


def incast_dynamic_threshold() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="300kB"), switch=pf.Switch(buffer="4MB", alpha="1/128")
    )


def short_pauses_expire() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="200kB"),
        switch=pf.Switch(pfc=pf.PFC(xoff="20kB", quanta=300)),
    )


def on_off_flow_control() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="200kB"),
        switch=pf.Switch(pfc=pf.PFC(mode="on_off", xoff="20kB", xon_offset="4kB", reaction="1us")),
    )


def dcqcn_paper() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="500kB") + pf.permutation("100kB", start="20us"),
        congestion_control=QUICK_DCQCN,
        switch=pf.Switch(ecn=EARLY_ECN),
    )


def dcqcn_firmware() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="500kB"),
        congestion_control=pf.DCQCN.preset("hpcc", increase_timer="9us"),
        switch=pf.Switch(ecn=EARLY_ECN.replace(mark_at="enqueue")),
        nic=pf.Nic(cnp_interval="4us", cnp_scope="destination"),
    )


def dcqcn_variable_window_echo_on_acks() -> pf.Scenario:
    return _small(
        workload=pf.all_to_all("30kB"),
        congestion_control=pf.DCQCN.preset("hpcc_vwin"),
        switch=pf.Switch(ecn=EARLY_ECN),
        nic=pf.Nic(cnp_style="ack"),
    )


def static_window_slow_acks() -> pf.Scenario:
    return _small(
        workload=pf.all_to_all("50kB"),
        congestion_control=pf.StaticWindow("max_bdp"),
        nic=pf.Nic(ack_every=4, ack_priority=5, mtu="1024B"),
    )


def reads() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="200kB", op="read") + pf.permutation("50kB", op="read"),
        congestion_control=QUICK_DCQCN,
        switch=pf.Switch(ecn=EARLY_ECN),
    )


def damaged_links() -> pf.Scenario:
    edges: list[tuple[Any, ...]] = []
    edges += [(f"host{i}", f"switch{i % 2}", "100Gbps", "1us", 0.01) for i in range(4)]
    edges += [("switch0", "switch1", "40Gbps", "2us", (0.02, 0.0))] * 2
    writes = pf.all_to_all("60kB") + pf.permutation("60kB", op="send", start="5us")
    return _small(
        topology=pf.Topology.from_edges(4, 2, edges),
        workload=writes + pf.all_to_all("30kB", op="read"),
        nic=pf.Nic(rto="50us"),
    )


def damaged_link_gives_up() -> pf.Scenario:
    edges: list[tuple[Any, ...]] = [("host0", "switch0", "100Gbps", "1us", (0.6, 0.0))]
    edges += [(f"host{i}", "switch0", "100Gbps", "1us") for i in (1, 2)]
    return _small(
        topology=pf.Topology.from_edges(3, 1, edges),
        workload=pf.all_to_all("40kB", qp="per_pair") + pf.permutation("40kB", start="3ms"),
        nic=pf.Nic(rto="20us", retries=2, nak_interval="10us"),
    )


def lossy_class() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="200kB", priority=0),
        switch=pf.Switch(buffer="2MB", lossy_alpha="1/64", headroom="60kB"),
        nic=pf.Nic(rto="100us"),
    )


def lossy_beside_lossless() -> pf.Scenario:
    lossy = pf.incast("host0", size="150kB", priority=0)
    return _small(
        workload=lossy + pf.incast("host0", size="150kB") + pf.permutation("80kB", priority=4),
        switch=pf.Switch(
            buffer="3MB",
            lossless_priorities=(3, 4),
            headroom="40kB",
            strict_priorities=(6, 4),
            weights={3: 3},
        ),
        nic=pf.Nic(strict_priorities=(6, 4), weights={3: 2}),
    )


def too_little_headroom() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="200kB"),
        switch=pf.Switch(headroom="8kB", pfc=pf.PFC(xoff="10kB", reaction="2us"), latency="500ns"),
        nic=pf.Nic(rto="200us", pfc_reaction="2us"),
    )


def many_nics_and_parallel_uplinks() -> pf.Scenario:
    fabric = pf.leaf_spine(
        2, 3, 2, host_rate="200Gbps", uplink_rate="400Gbps", uplinks=2, gpus_per_host=4,
        nics_per_host=2, uplink_delay="3us",
    )  # fmt: skip
    return _small(
        topology=fabric,
        workload=pf.all_to_all("20kB", qp="per_pair") + pf.permutation("1B"),
        overrides={"spine1": pf.Switch(ecn=None, latency="800ns")},
    )


def poisson_websearch() -> pf.Scenario:
    return _small(
        workload=pf.poisson(0.6, "websearch", "100us"),
        congestion_control=pf.DCQCN(),
        seed=7,
        workload_seed=3,
    )


def ns3_framing() -> pf.Scenario:
    return _small(
        workload=pf.incast("host0", size="300kB") + pf.poisson(0.3, "20kB", "30us"),
        congestion_control=pf.DCQCN.preset("hpcc_vwin"),
        framing=pf.Framing.ns3(),
        nic=pf.Nic(mtu="1000B", cnp_style="ack", start_jitter=0),
        switch=pf.Switch(ecn=EARLY_ECN.replace(mark_at="enqueue")),
    )


def endless_flows_until() -> pf.Scenario:
    mixed = [("host0", "10Gbps"), ("host1", "25Gbps"), ("host2", "400Gbps"), ("host3", "40Gbps")]
    edges = [(host, "switch0", rate, "700ns") for host, rate in mixed]
    return _small(
        topology=pf.Topology.from_edges(4, 1, edges),
        workload=pf.all_to_all(None),
        congestion_control=QUICK_DCQCN,
        switch=pf.Switch(ecn=EARLY_ECN),
        until="123456ns",
    )


def receiver_credits() -> pf.Scenario:
    edges: list[tuple[Any, ...]] = []
    edges += [(f"host{i}", f"switch{i % 2}", "100Gbps", "1us", 0.005) for i in range(6)]
    edges += [("switch0", "switch1", "100Gbps", "1us")] * 2
    messages = pf.incast("host0", size="200kB", qp="per_pair")
    return _small(
        topology=pf.Topology.from_edges(6, 2, edges),
        workload=messages + pf.permutation("90kB", start="20us") + pf.all_to_all("9kB"),
        congestion_control=pf.ReceiverCredits(unsolicited="20kB", quantum=2, reclaim="20us"),
        nic=pf.Nic(rto="60us", ack_every=3),
    )


SCENARIOS: Final[dict[str, Callable[[], pf.Scenario]]] = {
    make.__name__: make
    for make in (
        one_flow,
        fat_tree_permutation,
        incast_pfc,
        incast_dynamic_threshold,
        short_pauses_expire,
        on_off_flow_control,
        dcqcn_paper,
        dcqcn_firmware,
        dcqcn_variable_window_echo_on_acks,
        static_window_slow_acks,
        reads,
        damaged_links,
        damaged_link_gives_up,
        lossy_class,
        lossy_beside_lossless,
        too_little_headroom,
        many_nics_and_parallel_uplinks,
        poisson_websearch,
        ns3_framing,
        endless_flows_until,
        receiver_credits,
    )
}
