"""A fabric with a storming NIC, and whom it stops by topology and routes alone."""

from __future__ import annotations

import random

from oracle_tools import run_scenario

import pyfabric as pf

LEAVES, HOSTS = 3, 12
STORM = pf.PauseStorm(host="host0", start="30us")


def scenario(seed: int, **changes: object) -> pf.Scenario:
    """Endless flows in class 3, one of them to host0; acknowledgements in a lossy class."""
    rng = random.Random(seed)
    pairs = [(HOSTS - 1, 0), *(tuple(rng.sample(range(1, HOSTS), 2)) for _ in range(9))]
    return pf.Scenario(
        topology=pf.leaf_spine(
            leaves=LEAVES,
            spines=2,
            hosts_per_leaf=HOSTS // LEAVES,
            host_rate="25Gbps",
            uplink_rate="25Gbps",
            link_delay="1us",
        ),
        workload=pf.flows([pf.Flow(src, dst, None) for src, dst in pairs]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="20kB"), ecn=None),
        nic=pf.Nic(ack_priority=0, rto="200us", retries=255),
        seed=seed,
        until="4ms",
    ).replace(changes)


def victims(calm: pf.Scenario) -> set[int]:
    """Flows that a storm of host0 stops, by the paths that their frames take without one."""
    done = run_scenario(calm.replace(until="300us"), trace=True)
    names = done.plan.labels["port_names"]
    trace = done.raw.tables["trace"]
    data = (trace["event"] == 1) & (trace["kind"] == 0)
    paths: dict[int, list[str]] = {}
    rows = zip(trace["time_ps"][data], trace["qp"][data], trace["port"][data], strict=True)
    for _, qp, port in sorted((int(a), int(b), int(c)) for a, b, c in rows):
        if names[port] not in paths.setdefault(qp, []):
            paths[qp].append(names[port])
    blocked, stopped = {"leaf0->host0"}, set()
    while found := {q for q, path in paths.items() if q not in stopped and blocked & set(path)}:
        stopped |= found
        for path in (paths[q] for q in found):
            last = max(index for index, link in enumerate(path) if link in blocked)
            blocked |= set(path[:last])
    return stopped
