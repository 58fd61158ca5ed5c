"""Selective repeat ends in the middle of everything."""

import pytest

import pyfabric as pf


@pytest.mark.parametrize("until", ["450us", "500us", "620us"])
def test_a_run_may_end_with_naks_on_the_wire(until):
    """A link of 100 us that loses a fifth of the data: NAKs are always under way."""
    edges = [("host0", "switch0", "100G", "1us")]
    edges += [("switch0", "host1", "100G", "100us", (0.2, 0.0))]
    result = pf.simulate(
        pf.Scenario(
            topology=pf.Topology.from_edges(2, 1, edges),
            workload=pf.Flow(0, 1, "10MB"),
            congestion_control=pf.NoCongestionControl(),
            nic=pf.Nic(recovery="selective_repeat", rto="2ms"),
            until=until,
        )
    )
    assert result.stop_reason == "until"
    assert result.flows["retransmitted_packets"].sum() > 0
