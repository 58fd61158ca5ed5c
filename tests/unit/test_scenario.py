"""Scenarios: composition, overrides, changes by path, refusals, laziness of the package."""

import copy
import pickle
import subprocess
import sys

import pytest

import pyfabric as pf
from pyfabric import (
    DCQCN,
    ECN,
    PFC,
    Flow,
    Nic,
    NoCongestionControl,
    Scenario,
    ScenarioError,
    Switch,
    Topology,
    flows,
    incast,
    leaf_spine,
    poisson,
    star,
)

SCENARIO = Scenario(
    topology=leaf_spine(2, 2, 2),
    workload=incast(0, range(1, 3), size="1MB") + poisson(0.3, "websearch", "1ms"),
    congestion_control=DCQCN.preset("simai"),
    switch=Switch(ecn=ECN(pmax=0.1)),
    overrides={"spine*": Switch(alpha="1/4"), "host1": Nic(mtu=1024), "spine1": Switch()},
    until="5ms",
)


def test_defaults():
    scenario = Scenario(star(2), Flow(0, 1, "1MB"))
    assert scenario.congestion_control == DCQCN()
    assert scenario.seed == scenario.traffic_seed == 1
    assert scenario.until_ps == -1
    assert scenario.workload.names == ("flow",)
    assert scenario.replace(workload_seed=7).traffic_seed == 7
    assert SCENARIO.until_ps == 5 * 10**9


def test_later_overrides_win():
    assert SCENARIO.switch_of("leaf0") == SCENARIO.switch
    assert SCENARIO.switch_of("spine0") == Switch(alpha="1/4")
    assert SCENARIO.switch_of("spine1") == Switch()
    assert SCENARIO.nic_of("host1") == Nic(mtu=1024)
    assert SCENARIO.nic_of("host0") == Nic()


def test_is_a_value():
    for other in (
        eval(repr(SCENARIO)),
        copy.deepcopy(SCENARIO),
        pickle.loads(pickle.dumps(SCENARIO)),
        Scenario.from_dict(SCENARIO.to_dict()),
    ):
        assert other == SCENARIO
        assert hash(other) == hash(SCENARIO)


def test_replace_by_path():
    changed = SCENARIO.replace(
        {
            "switch.ecn.kmin": "100kB",
            "switch.ecn.kmax": "200kB",
            "switch.pfc.mode": "on_off",
            "nic.mtu": 2048,
            "congestion_control.rate_ai": "5Mbps",
            "topology.leaves": 3,
            "workload.poisson.load": 0.5,
            "workload.0.size": "2MB",
        },
        seed=9,
    )
    assert changed.switch == Switch(
        ecn=ECN(kmin="100kB", kmax="200kB", pmax=0.1), pfc=PFC(mode="on_off")
    )
    assert changed.nic == Nic(mtu=2048)
    assert changed.congestion_control == DCQCN.preset("simai", rate_ai="5Mbps")
    assert changed.topology.hosts == 6
    assert changed.workload == incast(0, range(1, 3), size="2MB") + poisson(0.5, "websearch", "1ms")
    assert changed.seed == 9
    assert SCENARIO.seed == 1
    assert SCENARIO.replace(congestion_control=NoCongestionControl()).switch == SCENARIO.switch


BAD_CHANGES = {
    "switch.ecn.kmn": (1, ["switch.ecn.kmn", "did you mean 'kmin'?"]),
    "swich": (1, ["swich", "did you mean 'switch'?"]),
    "switch.ecn.pmax": (2, ["switch.ecn.pmax", "2", "0 to 1"]),
    "topology.leafs": (3, ["topology.leafs", "did you mean 'leaves'?"]),
    "topology.leaves": (0, ["topology.leaves", "1 to 65536"]),
    "workload.2.load": (0.5, ["workload.2", "known: 0, 1, incast, poisson"]),
    "workload.poisson.load": (7, ["workload.poisson.load", "above 0 to 1"]),
    "seed.x": (7, ["seed", "has no fields"]),
    "switch..ecn": (7, ["'switch..ecn'"]),
    "seed": (-1, ["Scenario.seed", "-1", "0 to 9223372036854775807"]),
}


@pytest.mark.parametrize("path", BAD_CHANGES)
def test_bad_change(path):
    value, words = BAD_CHANGES[path]
    with pytest.raises(ScenarioError) as caught:
        SCENARIO.replace({path: value})
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "changes", [{"switch": Switch(), "switch.buffer": 1}, {"switch.buffer": 1, "switch": Switch()}]
)
def test_changes_that_collide(changes):
    with pytest.raises(ScenarioError, match="change"):
        SCENARIO.replace(changes)


BAD = {
    "missing": (lambda: Scenario(star(2)), ["Scenario", "'workload'"]),
    "unknown": (lambda: SCENARIO.replace(sead=1), ["sead", "did you mean 'seed'?"]),
    "topology": (lambda: SCENARIO.replace(topology=5, overrides={}), ["Scenario.topology", "5"]),
    "workload": (lambda: SCENARIO.replace(workload=[1]), ["workload[0]", "must map one kind", "1"]),
    "cc": (lambda: SCENARIO.replace(congestion_control="x"), ["congestion_control", "'x'"]),
    "cc class": (lambda: SCENARIO.replace(congestion_control=DCQCN), ["congestion_control"]),
    "seed bool": (lambda: SCENARIO.replace(seed=True), ["Scenario.seed", "True"]),
    "seed huge": (lambda: SCENARIO.replace(seed=2**63), ["Scenario.seed", "9223372036854775807"]),
    "seed float": (lambda: SCENARIO.replace(seed=1.5), ["Scenario.seed", "1.5"]),
    "until": (lambda: SCENARIO.replace(until=0), ["Scenario.until", "1ps to 1000000s"]),
    "until nan": (lambda: SCENARIO.replace(until=float("nan")), ["Scenario.until", "nan"]),
    "no match": (
        lambda: SCENARIO.replace(overrides={"spin1": Switch()}),
        ["overrides['spin1']", "matches no switch", "did you mean 'spine1'?"],
    ),
    "wrong kind": (
        lambda: SCENARIO.replace(overrides={"spine*": Nic()}),
        ["overrides['spine*']", "matches no host"],
    ),
    "override value": (
        lambda: SCENARIO.replace(overrides={"spine*": 3}),
        ["overrides['spine*']", "Switch or Nic", "3"],
    ),
    "overrides": (lambda: SCENARIO.replace(overrides=3), ["Scenario.overrides", "3"]),
}


@pytest.mark.parametrize("name", BAD)
def test_refusal(name):
    make, words = BAD[name]
    with pytest.raises(ScenarioError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)


def test_all_faults_at_once():
    with pytest.raises(ScenarioError) as caught:
        Scenario(1, 2, 3, 4, 5, 6, 7, -1, "a", 0)
    assert len(caught.value.faults) == 10


@pytest.mark.parametrize(
    "scenario",
    [
        SCENARIO,
        Scenario(star(["a", "b"]), Flow(0, "b:gpu0", None, name="x"), until="1ms"),
        Scenario(star(4), flows([Flow(0, 1, 2)], name="x") + flows(src=[1], dst=[0], size=3)),
        Scenario(star(4), poisson(0.5, pf.FlowSizes(((5, 50), (9, 100))), "1us")),
        Scenario(star(4), pf.permutation("1kB") + pf.all_to_all(5), switch=Switch(ecn=None)),
        Scenario(
            Topology.from_edges(
                2,
                1,
                [
                    ("host0", "switch0", "1G", "1us", (0, 0.5)),
                    {"a": "host1", "b": "switch0", "rate": 1e9, "delay": 5000},
                ],
            ),
            Flow(0, 1, "1MB"),
            nic=Nic(weights={1: 2}, rto=None),
            framing=pf.Framing.ns3(),
        ),
    ],
)
def test_plain_data_and_files_round_trip(scenario, tmp_path):
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    scenario.save(tmp_path / "a.yaml")
    assert Scenario.load(tmp_path / "a.yaml") == scenario


def test_import_is_light():
    code = (
        "import sys, pyfabric; pyfabric.Scenario(pyfabric.star(2), pyfabric.Flow(0, 1, 1));"
        "print(*{'numpy', 'ruamel.yaml', 'pyfabric._core'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    path = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=path)
    assert done.stdout.strip() == ""


def test_public_names():
    assert all(hasattr(pf, name) for name in pf.__all__)
    assert pf.Plan.__module__ == "pyfabric.compile.plan"
    assert {"simulate", "compare", "compile_plan"} <= set(dir(pf))
    assert isinstance(pf.__version__, str)
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        pf.simulat  # noqa: B018
