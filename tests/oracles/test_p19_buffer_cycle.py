"""P19, a cyclic buffer dependency that deadlocks only with a third flow (Hu et al., "Deadlocks in
datacenter networks: why do they form, and how to avoid them", HotNets'16).

Ring of four switches A B C D. Flow 1 goes A-B-C-D, flow 2 C-D-A-B: each link waits for the next one
round the ring, and nothing stands still, for no link of the cycle stays paused for both. A third
flow, B-C, makes it a deadlock. These routes are no shortest paths: they are written into the plan.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import pyfabric as pf

RANGE = 1 << 30  # an entry of one port: RANGE | port (pyfabric/compile/plan.py)
ROUND = tuple(f"switch{i}->switch{(i + 1) % 4}" for i in range(4))


def ring(third: bool) -> pf.Plan:
    """Every switch forwards clockwise, but for its own host; acknowledgements in a lossy class."""
    edges = [(f"switch{i}", f"switch{(i + 1) % 4}", "40Gbps", "1us") for i in range(4)]
    edges += [(f"host{i}", f"switch{i}", "40Gbps", "1us") for i in range(4)]
    flows = [pf.Flow(0, 3, "20MB"), pf.Flow(2, 1, "20MB"), *([pf.Flow(1, 2, "20MB")] * third)]
    plan = pf.compile_plan(
        pf.Scenario(
            topology=pf.Topology.from_edges(4, 4, edges),
            workload=pf.Workload(flows),
            congestion_control=pf.NoCongestionControl(),
            switch=pf.Switch(pfc=pf.PFC(xoff="40kB"), ecn=None),
            nic=pf.Nic(ack_priority=0),
        )
    )
    columns = {name: np.array(column) for name, column in plan.columns.items()}
    names, first = plan.labels["port_names"], columns["node_first_port"]
    entry = []
    for i in range(4):
        for group in range(4):
            to = f"host{i}" if columns["address_group"][i] == group else f"switch{(i + 1) % 4}"
            entry.append(RANGE | names.index(f"switch{i}->{to}") - int(first[4 + i]))
    columns |= {
        "route_entry": np.array(entry),
        "route_base": np.array([0, 0, 0, 0, 0, 4, 8, 12]),
        "route_first": np.zeros(8),
        "route_count": np.full(8, 4),
        "route_shift": np.zeros(8),
    }
    return dataclasses.replace(plan, columns=columns)


@pytest.mark.parametrize("third", [False, True])
def test_the_cycle_is_there_with_two_flows_and_deadlocks_with_three(third: bool) -> None:
    plan = ring(third)
    (found,) = (f for f in pf.verify(plan, failures=False).findings if f.check == "dependency")
    assert found.places == ROUND
    result = pf.simulate(plan)
    assert len(result.pauses) > 0
    assert result.stop_reason == ("deadlock" if third else "all_done")
    verdict = str(result.lossless())
    assert all(place in verdict for place in ROUND) == third
