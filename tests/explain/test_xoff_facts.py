"""The rows of XOFF: against the trace, against the pauses, and in fabrics with one way out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from random_fabrics import scenarios
from result_tools import incast_scenario, lossless_run

import pyfabric as pf
from pyfabric.results import Result

PAUSING = pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB"))


def covers(result: Result, port: int, priority: int, time_ps: int) -> bool:
    """Whether a row of ``pauses`` says that the transmitter was paused then."""
    pauses = result.pauses
    mine = (pauses["port"] == port) & (pauses["priority"] == priority)
    end = np.where(pauses["end_ps"] < 0, np.iinfo(np.int64).max, pauses["end_ps"])
    return bool((mine & (pauses["start_ps"] <= time_ps) & (time_ps < end)).any())


def traced(result: Result, event: str) -> list[tuple[int, int, int]]:
    trace = result.trace
    rows = trace["event"] == event
    columns = (trace[name][rows].tolist() for name in ("time_ps", "port", "priority"))
    return sorted(zip(*columns, strict=True))


def check_rows(result: Result) -> None:
    xoffs, ports = result.xoffs, result.ports
    begun = list(zip(*(xoffs[n].tolist() for n in ("xoff_ps", "port", "priority")), strict=True))
    assert sorted(begun) == traced(result, "xoff")
    closed = xoffs.take(xoffs["xon_ps"] >= 0)
    ended = zip(*(closed[n].tolist() for n in ("xon_ps", "port", "priority")), strict=True)
    assert sorted(ended) == traced(result, "xon")
    at_switch = ports["at_switch"][xoffs["port"]]
    assert ((xoffs["egress_port"] >= 0) == at_switch).all()
    assert (xoffs["held_bytes"] > 0).all()
    assert (xoffs["held_bytes"] <= xoffs["ingress_bytes"]).all()
    exact = xoffs["sampled_every"] == 1
    assert (xoffs["held_bytes"] <= xoffs["queue_bytes"])[exact].all()
    assert (xoffs["waiting_since_ps"] <= xoffs["xoff_ps"]).all()
    for row in map(xoffs.row, range(min(len(xoffs), 200))):
        if row["egress_port"] >= 0:
            assert ports["node"][row["egress_port"]] == row["node"]
            paused = covers(result, row["egress_port"], row["priority"], row["xoff_ps"])
            assert row["egress_paused"] == paused, row


@settings(max_examples=25)
@given(scenarios(errors=True))
def test_rows_agree_with_trace_and_pauses(scenario: pf.Scenario) -> None:
    check_rows(pf.simulate(scenario, record="trace"))


def test_with_one_way_out_the_whole_group_is_held_there() -> None:
    """All data of leaf0 goes to host0: what any of its ports took in stands in that queue."""
    result = pf.simulate(incast_scenario(switch=PAUSING))
    xoffs = result.xoffs.take(result.xoffs["node_name"] == "leaf0")
    assert len(xoffs) > 50
    assert set(xoffs["egress_port_name"].tolist()) == {"leaf0->host0"}
    acks = 66 * 12 * 20  # what leaves by other ports in the same class
    assert (xoffs["ingress_bytes"] - xoffs["held_bytes"] <= acks).all()
    assert (xoffs["sampled_every"] == 1).all()
    assert not xoffs["egress_paused"].any()


def test_the_larger_part_is_named() -> None:
    """One host floods host1 with a quarter and host2 with three quarters of what it sends; both are
    blocked by floods of their own, so the switch holds the flooding host's frames in that ratio.
    """
    flows = [pf.Flow("host0", "host1", "300kB"), *[pf.Flow("host0", "host2", "300kB")] * 3]
    flows += [pf.Flow(f"host{3 + i}", f"host{1 + i % 2}", "2MB") for i in range(4)]
    scenario = pf.Scenario(
        pf.star(7, "100Gbps", link_delay="500ns"),
        pf.flows(flows),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="120kB"), ecn=None),
        nic=pf.Nic(start_jitter=0),
    )
    xoffs = pf.simulate(scenario).xoffs
    first = xoffs.row(int(np.flatnonzero(xoffs["port_name"] == "switch0->host0")[0]))
    assert first["egress_port_name"] == "switch0->host2"
    assert first["held_bytes"] / first["ingress_bytes"] == pytest.approx(0.75, abs=0.06)


def test_a_sample_stays_near_what_is_held() -> None:
    """Deep queues are sampled; the estimate never exceeds the group and names a queue that can hold
    it.
    """
    fabric = pf.leaf_spine(leaves=4, spines=4, hosts_per_leaf=16, link_delay="500ns")
    scenario = pf.Scenario(
        fabric, pf.all_to_all("100kB"), congestion_control=pf.NoCongestionControl()
    )
    xoffs = pf.simulate(scenario).xoffs
    sampled = xoffs.take(xoffs["sampled_every"] > 1)
    assert len(sampled) > 20
    slack = sampled["sampled_every"] * 4158
    assert (sampled["held_bytes"] <= sampled["queue_bytes"] + slack).all()
    assert (sampled["held_bytes"] <= sampled["ingress_bytes"]).all()


def test_threads_give_the_same_rows() -> None:
    scenario = incast_scenario(switch=PAUSING)
    one, two = (pf.simulate(scenario, threads=threads) for threads in (1, 2))
    assert one.xoffs == two.xoffs
    assert one.pauses == two.pauses


def test_a_pause_names_the_xoff_in_force() -> None:
    result = lossless_run()
    pauses, xoffs = result.pauses, result.xoffs
    cause = pauses["xoff"]
    assert (cause >= 0).all()
    assert (xoffs["port"][cause] == result.ports["peer"][pauses["port"]]).all()
    flight = pauses["start_ps"] - xoffs["xoff_ps"][cause]
    assert flight.min() >= 500_000  # the link's delay
    assert len(set(cause.tolist())) == len(cause)
