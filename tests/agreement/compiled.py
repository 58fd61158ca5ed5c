"""Random small scenarios of the public kind, through the compiler."""

from __future__ import annotations

from random import Random

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan


def compiled_plan(seed: int) -> Plan:
    """A plan that the compiler made of a scenario drawn from a seed."""
    dice = Random(seed)
    rate = dice.choice(("25Gbps", "100Gbps", "400Gbps"))
    fabrics = [
        pf.star(hosts=dice.randint(2, 6), rate=rate, link_delay=dice.choice(("100ns", "1us"))),
        pf.leaf_spine(
            leaves=2,
            spines=dice.randint(1, 3),
            hosts_per_leaf=dice.randint(1, 4),
            host_rate=rate,
            uplink_rate=dice.choice(("40Gbps", "100Gbps", "400Gbps")),
            uplinks=dice.choice((1, 2)),
        ),
    ]
    topology = dice.choice(fabrics)
    op = dice.choice(("write", "send", "read"))
    scenario = pf.Scenario(
        topology,
        _workload(dice, topology.endpoints, op),
        congestion_control=_congestion_control(dice, op),
        switch=_pooled(Random(f"{seed} pools"), _switch(dice)),
        nic=_nic(dice),
        framing=dice.choice((pf.Framing.rocev2(), pf.Framing.rocev2(), pf.Framing.ns3())),
        seed=seed,
        **_tables(Random(f"{seed} tables"), topology),
        until=dice.choice((None, None, "200us")),
    )
    return compile_scenario(_with_others(Random(f"{seed} others"), op, scenario))


def _workload(dice: Random, endpoints: int, op: str) -> pf.Workload:
    size = dice.choice(("3kB", "20kB", "90kB"))
    qp = dice.choice(("fresh", "per_pair"))
    parts = [
        pf.incast(receiver=dice.randrange(endpoints), size=size, op=op, qp=qp),
        pf.permutation(size=size, op=op, qp=qp),
        pf.all_to_all(size="5kB", op=op, qp=qp),
    ]
    one = dice.choice(parts)
    return one + dice.choice(parts) if dice.random() < 0.4 else one


def _congestion_control(dice: Random, op: str) -> pf.CongestionControl:
    """READ responses are not acknowledged and take no window."""
    without = [pf.DCQCN(), pf.DCQCN.preset("firmware"), pf.NoCongestionControl()]
    windows: list[pf.CongestionControl] = [
        pf.DCQCN.preset("simai"),
        pf.StaticWindow(window="bdp"),
        pf.HPCC(),
        pf.ReceiverCredits(),
        pf.ReceiverCredits(unsolicited=0, quantum=3, rate_share="4/5"),
        pf.HPCC.preset("hpcc", multi_rate=True),
        pf.HPCC(max_stage=1, int_quantization=4, window=None),
    ]
    return dice.choice(without if op == "read" else without + windows)


def _with_others(dice: Random, op: str, scenario: pf.Scenario) -> pf.Scenario:
    """Some have an algorithm with a page of its own, or another set of DCQCN; some of these
    selective repeat."""
    if op == "read" or dice.random() < 0.5:
        return scenario
    nic = scenario.nic
    if dice.random() < 0.3:
        nic = nic.replace(recovery="selective_repeat")
    return scenario.replace(congestion_control=dice.choice(_others()), nic=nic)


def _others() -> list[pf.CongestionControl]:
    dcqcn = [pf.DCQCN.preset(name, min_rate="100Mbps") for name in ("nvidia", "ns3_rdma")]
    return [
        *dcqcn,
        pf.TIMELY(t_low="10us", t_high="60us"),
        pf.TIMELY.preset("hpcc", t_low="5us", window="bdp", variable_window=True),
        pf.PatchedTimely(t_low="6us", t_high="100us", segment=None),
        pf.Swift(),
        pf.Swift(base_target="4us", hop_delay="1us", fs_range="5us"),
        pf.DCTCP(),
        pf.DCTCP.preset("hpcc", min_rate="1Gbps"),
        pf.NSCC(),
        pf.NSCC.preset("htsim_trimming", delay_gain=0.5),
    ]


def _switch(dice: Random) -> pf.Switch:
    return pf.Switch(
        buffer=dice.choice(("32MB", "8MB")),
        alpha=dice.choice(("1/8", "1/64", "1")),
        pfc=pf.PFC(
            mode=dice.choice(("quanta", "on_off")),
            quanta=dice.choice((65535, 200)),
            xoff=dice.choice(("dynamic", "20kB")),
        ),
        ecn=pf.ECN(kmin="10kB", kmax="60kB", mark_at=dice.choice(("dequeue", "enqueue")), pmax=0.5),
        latency=dice.choice(("0ns", "300ns")),
    )


def _pooled(dice: Random, switch: pf.Switch) -> pf.Switch:
    """Some have maps, pools, WRED or a watchdog."""
    if dice.random() < 0.4:
        kind = dice.choice(("both", "ingress"))
        pools = {
            "roce": pf.BufferPool(kind, shared_headroom="auto", headroom_oversubscription=2),
            "rest": pf.BufferPool(kind, size="100kB"),
        }
        profiles = {
            "lossless": pf.BufferProfile("roce", reserved="4KiB", dynamic_th=dice.choice((-4, 0))),
            "lossy": pf.BufferProfile("rest", alpha=dice.choice((1, "1/8"))),
        }
        queues = {0: "lossy", "2-7": "lossy"}
        if kind == "ingress":
            pools["out"] = pf.BufferPool("egress", size=dice.choice(("50kB", "1MB")))
            profiles["out"] = pf.BufferProfile("out", alpha=1)
            queues = {0: "out", "2-7": "out"}
        switch = pf.Switch(
            buffer=switch.buffer,
            pfc=pf.PFC(mode=switch.pfc.mode, quanta=switch.pfc.quanta),
            ecn=switch.ecn,
            latency=switch.latency,
            tc_to_pg={3: 5},
            tc_to_queue={3: 1},
            pfc_to_pg={3: 5},
            pfc_to_queue={3: 1},
            pools=pools,
            profiles=profiles,
            priority_groups={5: "lossless", "0-4": "lossy", "6-7": "lossy"},
            queues=queues,
            wred={0: pf.WRED(kmin="5kB", kmax="40kB", pmax=0.5)},
        )
    if dice.random() < 0.3:
        action = dice.choice(("drop", "forward", "alert"))
        dog = pf.PFCWatchdog(detection="10us", restoration="15us", action=action)
        switch = switch.replace(watchdog=dog)
    return switch


def _tables(dice: Random, topology: pf.Topology) -> dict[str, object]:
    """Routes that somebody wrote, and storms."""
    found: dict[str, object] = {}
    switches, hosts = topology.switch_names, topology.host_names
    if len(switches) > 2 and dice.random() < 0.3:
        leaf, spine = switches[0], switches[-1]
        found["routes"] = [pf.Route(leaf, dice.choice(hosts[len(hosts) // 2 :]), spine)]
    if dice.random() < 0.3:
        host, start = dice.choice(hosts), dice.choice(("0us", "5us"))
        found["faults"] = [pf.PauseStorm(host, start=start, duration="60us")]
    return found


def _nic(dice: Random) -> pf.Nic:
    return pf.Nic(
        mtu=dice.choice(("1024B", "4096B")),
        ack_every=dice.choice((1, 4)),
        cnp_interval=dice.choice(("4us", "50us")),
        cnp_scope=dice.choice(("qp", "destination", "port")),
        cnp_style=dice.choice(("packet", "ack")),
        rto=dice.choice(("100us", "1ms")),
    )
