"""Routes that go round, before any run, against frames that do."""

import random

import pytest

import pyfabric as pf


def checks(scenario: pf.Scenario, **options: bool) -> list[tuple[str, str]]:
    found = pf.verify(scenario, **options).findings
    return [(f.severity, f.check) for f in found if f.check in ("routes", "dependency")]


def between_leaves(*routes: pf.Route, **fields: object) -> pf.Scenario:
    fabric = pf.leaf_spine(2, 2, 2, host_rate="100G")
    return pf.Scenario(fabric, pf.Flow(0, 2, "40kB"), routes=routes, **fields)


BACK = pf.Route("leaf1", "host2", "spine1")


def test_detours_that_arrive_are_no_loops():
    assert checks(between_leaves(pf.Route("leaf0", "host2", "spine1"))) == []


def test_a_loop_of_two_is_a_loop_and_a_cycle_of_buffers():
    """leaf1 sends back up what came down: spine1 and leaf1 in turn."""
    assert checks(between_leaves(BACK)) == [("error", "routes"), ("error", "dependency")]


def test_a_loop_without_traffic_is_found_among_all_pairs():
    loop = pf.Route("leaf1", "host3", "spine1")
    assert checks(between_leaves(loop)) == []
    found = checks(between_leaves(loop), all_pairs=True)
    assert ("error", "routes") in found


def test_a_loop_of_a_lossy_class_is_a_warning():
    lossy = pf.Flow(0, 2, "40kB", priority=1)
    scenario = between_leaves(BACK).replace(workload=lossy)
    assert checks(scenario) == [("warning", "routes")]


def test_a_plan_alone_tells_the_same_loop():
    scenario = between_leaves(BACK)
    told = [f.message for f in pf.verify(scenario).findings if f.check == "routes"]
    alone = [f.message for f in pf.verify(pf.compile_plan(scenario)).findings]
    assert told[0] in alone
    assert "frames for host2 can go round: leaf1 -> spine1 -> leaf1" in told[0]


def test_a_way_longer_than_the_time_to_live_is_an_error():
    detour = [pf.Route("leaf1", "host2", "spine1"), pf.Route("spine1", "host2", "leaf2")]
    fabric = pf.leaf_spine(3, 3, 2, host_rate="100G")
    routes = [pf.Route("leaf0", "host2", "spine1"), detour[1], pf.Route("leaf2", "host2", "spine2")]
    scenario = pf.Scenario(fabric, pf.Flow(0, 2, "40kB"), routes=routes)
    assert checks(scenario) == []
    short = scenario.replace({"nic.ttl": 4})
    assert checks(short) == [("error", "routes")]
    result = pf.simulate(short.replace({"nic.retries": 0}))
    assert set(result.drops["cause"].tolist()) == {"ttl_expired"}


def test_failures_leave_named_routes_alone():
    report = pf.verify(between_leaves(pf.Route("leaf0", "host2", "spine1")))
    assert any("no shortest paths were not computed anew" in limit for limit in report.limits)


@pytest.mark.parametrize("seed", range(30))
def test_frames_run_out_of_time_only_where_a_loop_was_found(seed):
    """One random next hop everywhere in a leaf-spine fabric, one flow a pair of leaves."""
    dice = random.Random(seed)
    fabric = pf.leaf_spine(3, 2, 1, host_rate="100G")
    routes = []
    for i in range(3):
        up = [f"spine{dice.randint(0, 1)}" for _ in range(3)]
        routes += [pf.Route(f"leaf{j}", f"host{i}", up[j]) for j in range(3) if j != i]
        home = [f"leaf{i}"] * 4 + ["leaf0", "leaf1", "leaf2"]
        routes += [pf.Route(f"spine{j}", f"host{i}", dice.choice(home)) for j in range(2)]
    flows = [pf.Flow(i, j, "20kB") for i in range(3) for j in range(3) if i != j]
    nic = pf.Nic(rto="100us", retries=0)
    scenario = pf.Scenario(fabric, pf.Workload(flows), nic=nic, routes=routes, until="1ms")
    looped = ("error", "routes") in checks(scenario)
    dropped = "ttl_expired" in pf.simulate(scenario).drops["cause"].tolist()
    assert looped == dropped, f"seed {seed}"
