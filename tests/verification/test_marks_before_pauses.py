"""The queue at which inputs are paused, as the check computes it, against the engine: marks come
before the first pause if and only if kmin is below that queue.
"""

from __future__ import annotations

import random

import pytest

import pyfabric as pf
from pyfabric.verification.fabric import Fabric
from pyfabric.verification.pools import pool_of


def fabric(rng: random.Random, inputs: int) -> pf.Scenario:
    """``inputs`` senders, and a receiver whose link is the slower one if there is one sender."""
    rate = "25Gbps" if inputs == 1 else "100Gbps"
    links = [("host0", "switch0", rate, "200ns")]
    links += [(f"host{i + 1}", "switch0", "100Gbps", "200ns") for i in range(inputs)]
    pfc = pf.PFC(xoff=rng.choice(("dynamic", "60kB", "200kB")))
    switch = pf.Switch(
        buffer=f"{rng.randint(2, 6)}MB",
        alpha=rng.choice(("1/16", "1/8", "1/2", "1", "2")),
        reserve=rng.choice(("0B", "4KiB", "20kB")),
        pfc=pfc,
    )
    return pf.Scenario(
        topology=pf.Topology.from_edges(inputs + 1, 1, links),
        workload=pf.incast(0, size="8MB"),
        congestion_control=pf.NoCongestionControl(),
        switch=switch,
        nic=pf.Nic(start_jitter=0),
    )


@pytest.mark.parametrize("seed", range(16))
def test_the_first_pause_comes_at_the_computed_queue(seed: int) -> None:
    rng = random.Random(seed)
    inputs = rng.choice((1, 1, 2, 3, 5, 8))
    scenario = fabric(rng, inputs)
    plan = pf.compile_plan(scenario)
    queue = pool_of(Fabric.of(plan, None), inputs + 1).queue_bytes(inputs)
    slack = 2 * (inputs + 1) * 4174
    for kmin, marked in ((queue - slack, True), (queue + slack, False)):
        if kmin < 0:
            continue
        scenario = scenario.replace({"switch.ecn": pf.ECN(kmin=kmin, kmax=kmin, pmax=1)})
        xoff = min(pf.simulate(scenario, until="2ms").pauses["start_ps"].tolist())
        result = pf.simulate(scenario, until=xoff)
        assert bool(result.ports["ecn_marks"].sum()) == marked, f"seed {seed}, kmin {kmin}"
