"""Changes by path: lists, None, overrides by pattern, parts by name, sections in file form."""

import pytest

import pyfabric as pf
from pyfabric import Nic, Scenario, ScenarioError, Switch
from pyfabric.cli.runs import parse_changes

BASE = Scenario(
    pf.leaf_spine(2, 2, 4),
    pf.incast(0, "4:8", size="1MB")
    + pf.poisson(0.3, "websearch", "1ms", name="back.ground")
    + pf.flows([pf.Flow(0, 1, 5), pf.Flow(1, 2, 6)]),
    overrides={"leaf1": Switch(alpha="1/4"), "host[0-3]": Nic(mtu=1024)},
)


def changed(*changes):
    """As ``pyfabric run --set`` does it."""
    return BASE.replace(parse_changes(changes))


def test_lists_none_and_texts():
    assert changed("switch.lossless_priorities=[3, 4]").switch.lossless_priorities == (3, 4)
    assert changed("nic.rto=null", "switch.ecn=null").nic.rto is None
    assert changed("switch.ecn=").switch.ecn is None
    assert changed("switch.weights={3: 2}").switch.weights == {3: 2}
    assert changed("switch.alpha=1/4").switch.alpha == "1/4"
    assert changed("until=5ms", "seed=0x10").seed == 16
    assert changed("switch.ecn.pmax={100Gbps: 0.5}").switch.ecn.pmax == {"100Gbps": 0.5}


def test_overrides_by_pattern():
    assert changed("overrides.leaf1.alpha=1/2").overrides["leaf1"] == Switch(alpha="1/2")
    assert changed("overrides['leaf1'].ecn=null").overrides["leaf1"] == Switch(
        alpha="1/4", ecn=None
    )
    assert changed("overrides.host[0-3].mtu=2048").nic_of("host2").mtu == 2048
    both = changed("overrides.spine*.ecn.kmin=1kB", "switch.buffer=9MB")
    assert both.switch_of("spine1") == Switch(buffer="9MB", ecn=pf.ECN(kmin="1kB"))
    assert both.switch_of("leaf0") == Switch(buffer="9MB")
    assert list(both.overrides) == ["leaf1", "host[0-3]", "spine*"]
    assert changed("overrides.host7={nic: {mtu: 512}}").nic_of("host7") == Nic(mtu=512)
    assert changed("overrides={}").overrides == {}
    dotted = Scenario(pf.star(["a.b", "c"]), pf.Flow(0, 1, 1))
    assert dotted.replace({"overrides['a.b'].mtu": 512}).nic_of("a.b") == Nic(mtu=512)
    assert dotted.replace(parse_changes(["overrides['a.*'].mtu=512"])).nic_of("a.b").mtu == 512


def test_parts_of_the_workload():
    assert changed("workload.incast.size=2MB").workload.parts[0].size == "2MB"
    assert changed("workload[0].senders=[5, 6]").workload.parts[0].senders == (5, 6)
    assert changed("workload['back.ground'].load=0.5").workload.parts[1].load == 0.5
    assert changed("workload.flows.items[1].size=7").workload.parts[2].items[1].size == 7
    assert (
        changed("workload.0={permutation: {size: 1kB}}").workload.parts[0]
        == (pf.permutation("1kB").parts[0])
    )


def test_sections_in_file_form():
    assert changed("congestion_control={dcqcn: {preset: simai}}").congestion_control == (
        pf.DCQCN.preset("simai")
    )
    assert changed("congestion_control=none").congestion_control == pf.NoCongestionControl()
    assert changed("switch.ecn={preset: sonic, pmax: 1}").switch.ecn == pf.ECN.preset(
        "sonic", pmax=1
    )
    assert changed("switch={alpha: 1/4, pfc: {mode: on_off}}").switch == Switch(
        alpha="1/4", pfc=pf.PFC(mode="on_off")
    )
    assert changed("nic={mtu: 512}").nic == Nic(mtu=512)
    assert changed("framing={gap: 12}").framing == pf.Framing(gap=12)
    small = changed("topology={star: {hosts: 9}}", "overrides={}")
    assert small.topology == pf.star(9)
    only = changed("workload=[{flow: {src: 0, dst: 1, size: null}}]", "until=1ms")
    assert only.workload == pf.Workload((pf.Flow(0, 1, None),))


BAD = {
    "switch.ecn={kmn: 1}": "switch.ecn.kmn: unknown parameter (value 1); did you mean 'kmin'?",
    "switch={buffer: 1x}": "switch.buffer: '1x' is not a size",
    "congestion_control=dcqn": "congestion_control: must map one congestion control",
    "workload=[{incats: {}}]": "did you mean 'incast'?",
    "workload[9].size=1": "workload.9: unknown field '9' (known: 0, 1, 2, back.ground, flows",
    "workload[0].size=1x": "workload.0.size: '1x' is not a size",
    "workload.flows.items[5].size=1": "workload.flows.items.5: unknown field '5' (known: 0, 1)",
    "overrides.spnie*.alpha=1": "overrides['spnie*']: matches no node",
    "overrides.*.alpha=1": "overrides['*']: matches hosts and switches; name one kind",
    "overrides.leaf1.mtu=1": "overrides['leaf1'].mtu: unknown field 'mtu'",
    "overrides.leaf0={swich: {}}": "overrides['leaf0'].swich: unknown kind 'swich'",
    "nic.rto.x=1": "nic.rto: has no fields: it is '1ms'",
    "switch=5": "Scenario.switch: must be a Switch, got 5",
    "seed=[": "--set seed: '[' cannot be read as a value",
    "seed=!x 1": "--set seed: the tag '!x' has no meaning here",
    "seed": "--set: must be path=value, such as switch.ecn.kmin=400kB, got 'seed'",
    "=3": "--set: must be path=value",
    ".seed=3": "a path must be like 'switch.ecn.kmin', got '.seed'",
    "seed..x=3": "a path must be like",
    "overrides['a.mtu=3": "--set: must be path=value",
}


@pytest.mark.parametrize("change", BAD)
def test_bad_changes(change):
    with pytest.raises(ScenarioError) as caught:
        changed(change)
    assert BAD[change] in str(caught.value)


def test_a_part_of_nothing_says_what_to_set_first():
    with pytest.raises(ScenarioError, match=r"switch\.ecn: has no fields: it is None; set switch"):
        BASE.replace(switch=Switch(ecn=None)).replace({"switch.ecn.kmin": 1})


def test_twice():
    with pytest.raises(ScenarioError, match="--set seed: is set twice"):
        changed("seed=1", "seed=2")
    with pytest.raises(ScenarioError, match="is changed twice"):
        BASE.replace({"workload.0.size": 1, "workload[0].size": 2})
    with pytest.raises(ScenarioError, match="is inside of another change"):
        BASE.replace({"switch": Switch(), "switch.alpha": 1})
    with pytest.raises(ScenarioError, match="contains a change"):
        BASE.replace({"switch.alpha": 1, "switch": Switch()})


def test_python_objects_and_plain_data_mix():
    made = BASE.replace(
        {"overrides": {"leaf0": Switch(alpha=1)}, "switch.ecn": {"kmin": "1kB"}},
        congestion_control={"window": {"window": "64kB"}},
    )
    assert made.overrides == {"leaf0": Switch(alpha=1)}
    assert made.switch.ecn == pf.ECN(kmin="1kB")
    assert made.congestion_control == pf.StaticWindow(64_000)
