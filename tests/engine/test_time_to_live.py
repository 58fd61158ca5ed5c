"""A frame passes as many switches as its time to live says, and is dropped at the next one."""

import pytest

import pyfabric as pf


def two_switches(ttl: int, back: int = 64, **fields: object) -> pf.Scenario:
    edges = [("host0", "switch0", "100G", "1us"), ("host1", "switch1", "100G", "1us")]
    edges += [("switch0", "switch1", "100G", "1us")]
    return pf.Scenario(
        topology=pf.Topology.from_edges(2, 2, edges),
        workload=pf.Flow(0, 1, 4096 * 5),
        congestion_control=pf.NoCongestionControl(),
        nic=pf.Nic(ttl=ttl, rto="100us", retries=0),
        overrides={"host1": pf.Nic(ttl=back, rto="100us", retries=0)},
        **fields,
    )


@pytest.mark.parametrize("ttl", [2, 3, 255])
def test_frames_arrive_over_as_many_switches(ttl):
    result = pf.simulate(two_switches(ttl, ttl))
    assert result.stop_reason == "all_done"
    assert len(result.drops) == 0


@pytest.mark.parametrize(("ttl", "back"), [(1, 64), (64, 1)])
def test_one_switch_more_is_refused_in_either_direction(ttl, back):
    with pytest.raises(pf.ScenarioError, match="there or back"):
        pf.compile_plan(two_switches(ttl, back))


@pytest.mark.parametrize("ttl", [1, 2, 7, 64, 255])
def test_in_a_loop_every_frame_takes_one_link_more_than_its_time_to_live(ttl):
    """Five frames that switch1 sends back; one link from the host, one from each switch passed."""
    loop = [pf.Route("switch1", "host1", "switch0")]
    result = pf.simulate(two_switches(ttl, routes=loop))
    assert result.drops["cause"].tolist() == ["ttl_expired"] * 5
    assert result.stats["packet_hops"] == 5 * (1 + ttl)
    last = "switch0" if ttl % 2 == 0 else "switch1"
    assert result.drops["node_name"].tolist() == [last] * 5


@pytest.mark.parametrize("ttl", [0, 256, "64", None])
def test_others_are_refused(ttl):
    with pytest.raises(pf.ScenarioError, match="ttl: must be an integer from 1 to 255"):
        pf.Nic(ttl=ttl)
