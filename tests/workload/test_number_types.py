"""Numbers of other types: durations and dates of numpy and Python, narrow integers, bools."""

import datetime as dt
from fractions import Fraction

import numpy as np
import pytest
from traffic import context

from pyfabric import DCQCN, Flow, Nic, Scenario, ScenarioError, Switch, flows, incast, units
from pyfabric.topology import leaf_spine, star

UNITS = {"ps": 1, "ns": 10**3, "us": 10**6, "ms": 10**9, "s": 10**12}


def fault(make):
    with pytest.raises(ScenarioError) as caught:
        make()
    return str(caught.value)


@pytest.mark.parametrize("unit", UNITS)
def test_columns_of_durations_are_exact(unit):
    start = np.array([0, 3], f"m8[{unit}]")
    table = flows(src=[0, 1], dst=[2, 3], size=1, start=start)
    assert table.expand(context()).start_ps.tolist() == [0, 3 * UNITS[unit]]
    for one in (start[1], np.array(start[1])):
        assert flows(src=[0], dst=2, size=1, start=one).expand(context()).start_ps == [
            3 * UNITS[unit]
        ]
    assert flows(src=[0], dst=2, size=1, start=[start[1]]).parts[0].start == (f"3{unit}",)


def test_durations_of_odd_steps_and_of_python():
    assert units.parse_time(np.timedelta64(3, "25us")) == 75 * 10**6
    assert units.parse_time(np.array([3], ">m8[ns]")[0]) == 3000
    assert units.parse_time(np.timedelta64(2000, "fs")) == 2
    assert units.parse_time(dt.timedelta(microseconds=7)) == 7 * 10**6
    assert Flow(0, 1, 1, start=np.timedelta64(3, "ns")).start_ps == 3000
    assert "start='3ns'" in repr(Flow(0, 1, 1, start=np.timedelta64(3, "ns")))


def test_durations_of_data_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"src": [0], "dst": [1], "size": [5], "start": [3]})
    frame["start"] = frame["start"].astype("timedelta64[ns]")
    assert flows(frame).expand(context()).start_ps == [3000]


def test_durations_of_polars():
    polars = pytest.importorskip("polars")
    start = polars.Series("start", [3]).cast(polars.Duration("ns"))
    assert flows(src=[0], dst=[1], size=5, start=start).expand(context()).start_ps == [3000]


NO_TIMES = {
    "date": (np.array([3], "M8[ns]"), "flows.start[0]: must be a time such as '500ns'"),
    "NaT": (np.array([3, "NaT"], "m8[ns]"), "flows.start[1]: must be a time such as"),
    "generic": (np.array([3], "m8"), "flows.start[0]: np.timedelta64(3) has no unit of fixed"),
    "fs": (np.array([3], "m8[fs]"), "flows.start[0]: np.timedelta64(3,'fs') is not a whole"),
    "negative": (np.array([-3], "m8[ps]"), "flows.start[0]: -3 is out of range (allowed: 0ps"),
}


@pytest.mark.parametrize("name", NO_TIMES)
def test_no_times(name):
    column, message = NO_TIMES[name]
    found = fault(lambda: flows(src=[0] * len(column), dst=1, size=1, start=column))
    assert message in found
    assert len(found) < 300


def test_durations_are_times_only():
    assert "is not a size" in fault(lambda: Flow(0, 1, np.timedelta64(3, "ns")))
    assert "size[0]" in fault(lambda: flows(src=[0], dst=1, size=np.array([3], "m8[ns]")))
    assert "Scenario.seed: must be an integer" in fault(
        lambda: Scenario(star(2), Flow(0, 1, 1), seed=np.timedelta64(3))
    )


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint64])
def test_integers_of_numpy_become_those_of_python(kind):
    three = kind(3)
    scenario = Scenario(
        leaf_spine(leaves=kind(2), spines=1, hosts_per_leaf=kind(2), host_rate="100Gbps"),
        incast(kind(0), senders={three}, size=kind(100), priority=three),
        seed=three,
        workload_seed=three,
        switch=Switch(weights={three: kind(2)}, lossless_priorities=[three]),
        nic=Nic(retries=three),
        until=three,
    )
    part = scenario.workload.parts[0]
    values = [scenario.seed, scenario.workload_seed, scenario.until, scenario.nic.retries]
    values += [*scenario.switch.weights, *scenario.switch.lossless_priorities, *part.senders]
    values += [part.priority, scenario.topology.parameters["leaves"]]
    assert {type(value) for value in values} == {int}
    assert "np." not in repr(scenario)
    assert hash(scenario) == hash(Scenario.from_dict(scenario.to_dict()))


def test_a_narrow_seed_runs():
    import pyfabric as pf

    made = [Scenario(star(2), Flow(0, 1, 1000), seed=s) for s in (3, np.int32(3))]
    one, other = (pf.simulate(scenario) for scenario in made)
    assert one.fingerprint == other.fingerprint


def test_bools_of_numpy():
    assert Nic(pfc=np.bool_(False)).pfc is False
    assert "pfc: must be True or False, got 1" in fault(lambda: Nic(pfc=np.int8(1)))
    assert "Scenario.seed: must be an integer" in fault(
        lambda: Scenario(star(2), Flow(0, 1, 1), seed=np.bool_(True))
    )


def test_one_fault_for_each_column():
    sizes = np.arange(40) + 1.5
    found = fault(lambda: flows(src=np.zeros(40), dst=1, size=sizes, op=["wirte"] * 40))
    assert found.count("\n") == 3
    assert "flows.size[0]: must be a size such as '64kB' or an integer in bytes; " in found
    rows = "; 40 of 40 rows are wrong, this is the first"
    assert f"got 1.5 (allowed: 1B to 1TB){rows}; round to whole bytes" in found
    assert f"got 0.0{rows}; convert the column to integers" in found
    assert "did you mean 'write'?; 40 of 40 rows" in found
    one = fault(lambda: flows(src=[0, 0], dst=1, size=[5, None], start=[0, 1.5]))
    assert one.endswith("got 1.5 (allowed: 0ps to 1000000s); round to whole picoseconds")
    assert "at least 10000 of 20000 rows" in fault(lambda: flows(src=[-1] * 20000, dst=1, size=1))


def test_a_range_beyond_the_last_endpoint_is_one_line():
    last = context().endpoints - 1
    found = fault(lambda: incast(0, "4:99", size=1).expand(context()))
    assert found == (
        f"workload[0].incast.senders: '4:99' goes beyond endpoint {last}, the last one"
    )
    assert "\n" not in fault(lambda: incast(0, range(4, 10**30), size=1))


LONG = 10**5000
LONG_INTEGERS = {
    "seed": lambda: Scenario(star(2), Flow(0, 1, 1), seed=LONG),
    "until": lambda: Scenario(star(2), Flow(0, 1, 1), until=LONG),
    "fraction": lambda: Scenario(star(2), Flow(0, 1, 1), until=Fraction(LONG, 3)),
    "nearly 1": lambda: Scenario(star(2), Flow(0, 1, 1), until=Fraction(LONG + 1, LONG)),
    "endpoint": lambda: Flow(LONG, 1, 1),
    "senders": lambda: incast(0, [LONG], size=1),
    "alpha": lambda: Switch(alpha=LONG),
    "alpha text": lambda: Switch(alpha=Fraction(1, LONG)),
    "weight": lambda: Switch(weights={LONG: LONG}),
    "weights": lambda: Switch(weights=LONG),
    "priorities": lambda: Switch(lossless_priorities=[LONG]),
    "override": lambda: Scenario(star(2), Flow(0, 1, 1), overrides={LONG: LONG}),
    "column": lambda: flows(src=[LONG], dst=[1], size=[LONG]),
    "key": lambda: Scenario.from_dict({LONG: LONG, "version": LONG}),
    "version": lambda: Scenario.from_dict({"version": LONG}),
    "kind": lambda: Scenario.from_dict({"version": 1, "topology": {LONG: 1}, "workload": []}),
    "path": lambda: Scenario(star(2), Flow(0, 1, 1)).replace({LONG: 1}),
    "control": lambda: DCQCN(fast_recovery=LONG),
}


@pytest.mark.parametrize("name", LONG_INTEGERS)
def test_integers_too_long_to_write(name):
    assert len(fault(LONG_INTEGERS[name])) < 1500


def test_long_integers_are_named_by_their_length():
    assert "got <an integer of 16610 bits>" in fault(LONG_INTEGERS["seed"])
