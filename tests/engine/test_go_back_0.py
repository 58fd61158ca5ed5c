"""Go-back-0 whose control frames are lost, too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from oracle_tools import STILL, Run, run_scenario
from trace_rows import COMPLETE, DATA, TRANSMIT, Trace

import pyfabric as pf

PACKETS = 40
SIZE = PACKETS * 1024


def lossy(errors: tuple[float, float], messages: int, **nic: Any) -> Run:
    """Messages one after the other over a link that loses frames: those to host1, those from it."""
    edges = [
        ("host0", "switch0", "100Gbps", "1us"),
        ("switch0", "host1", "100Gbps", "1us", errors),
    ]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, edges),
        workload=pf.flows([pf.Flow(0, 1, SIZE, op="send", qp="per_pair")] * messages),
        congestion_control=pf.NoCongestionControl(),
        nic=STILL.replace(mtu=1024, recovery="go_back_0", **nic),
        seed=7,
    )
    return run_scenario(scenario, trace=True)


def test_a_lost_nak_is_made_up_for() -> None:
    """A third of what tells of gaps is lost; the timer begins the message anew, and all arrive."""
    found = lossy((0.005, 1 / 3), messages=200, rto="50us", retries=7)
    trace = Trace.of(found.plan, found.raw)
    naks = sum(found.column("queue_pairs", "naks_sent"))
    heard = sum(found.column("queue_pairs", "naks_received"))
    assert naks - heard > 5
    assert set(found.column("flows", "status")) == {1}
    assert len(list(trace.events(COMPLETE))) == 200


@pytest.mark.parametrize("lost", [0.02, 0.05])
def test_an_expiry_begins_the_message_anew(lost: float) -> None:
    """What is sent next after each expiry is the first packet of a message."""
    found = lossy((lost, 0.5), messages=20, rto="50us", retries=50)
    trace = Trace.of(found.plan, found.raw)
    sent = [row for row in trace.events(TRANSMIT) if row.kind == DATA and row.node == 0]
    assert found.column("queue_pairs", "timeouts")[0] > 0
    idle = [b for a, b in pairwise(sent) if b.time_ps - a.time_ps >= 50_000_000]
    assert idle
    assert {row.psn % PACKETS for row in idle} == {0}
