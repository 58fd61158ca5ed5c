"""YAML scenarios: short files, and faults with line and column."""

import pytest

from pyfabric import (
    DCQCN,
    ECN,
    FlowSizes,
    Nic,
    Scenario,
    ScenarioError,
    Switch,
    incast,
    leaf_spine,
    poisson,
)

GOOD = """\
version: 1
topology: {leaf_spine: {leaves: 2, spines: 2, hosts_per_leaf: 4, link_delay: 500ns}}
workload:
  - incast: {receiver: 0, senders: "4:8", size: 1MB}
  - poisson: {load: 0.3, sizes: websearch, duration: 1ms}
congestion_control: {dcqcn: {preset: simai, g: 1/16}}
switch: {alpha: 1/4, ecn: {kmin: 100kB, pmax: 0.1}, weights: {3: 2}}
nic: {mtu: 1KiB, rto: null}
overrides:
  "spine*": {switch: {ecn: null}}
  host1: {nic: {mtu: 512}}
seed: 3
until: 5ms
"""


def write(tmp_path, text):
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    return path


def test_load(tmp_path):
    assert Scenario.load(write(tmp_path, GOOD)) == Scenario(
        topology=leaf_spine(2, 2, 4, link_delay="500ns"),
        workload=incast(0, range(4, 8), size="1MB") + poisson(0.3, "websearch", "1ms"),
        congestion_control=DCQCN.preset("simai", g="1/16"),
        switch=Switch(alpha="1/4", ecn=ECN(kmin="100kB", pmax=0.1), weights={3: 2}),
        nic=Nic(mtu="1KiB", rto=None),
        overrides={"spine*": Switch(ecn=None), "host1": Nic(mtu=512)},
        seed=3,
        until="5ms",
    )


def test_cdf_file_beside_the_scenario(tmp_path):
    (tmp_path / "sizes.txt").write_text("0 0\n100 100\n")
    path = write(tmp_path, GOOD.replace("websearch", "sizes.txt"))
    part = Scenario.load(path).workload.parts[1]
    assert part.flow_sizes == FlowSizes(((0, 0), (100, 100)))


def test_faults_of_a_cdf_file_name_that_file(tmp_path):
    (tmp_path / "sizes.txt").write_text("0 0\n100 90\n")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(write(tmp_path, GOOD.replace("websearch", "sizes.txt")))
    assert f"{tmp_path / 'sizes.txt'}:2: " in str(caught.value)


BAD = """\
version: 1
topology:
  leaf_spine: {leaves: 2, spines: 2, hosts_per_leaf: 4, gpus_per_hos: 1}
workload:
  - incast:
      receiver: 0
      senders: 1:4
      size: 1 lightyear
  - poisson: {load: 30, sizes: websearch, duration: 1ms}
  - flows:
    - {src: 0, dst: 1, size: 0}
    - {src: 0, dst: 0, size: 1}
  - bogus: {}
congestion_control: dcqn
switch:
  ecn:
    kmn: 100kB
  weights: {9: 1}
  buffer: 32
overrides:
  "spine*":
    nic: {mtu: 12}
seed: -1
sed: 1
"""

FAULTS = {
    (3, 57): ["topology.leaf_spine.gpus_per_hos", "did you mean 'gpus_per_host'?"],
    (8, 7): ["workload[0].incast.size", "lightyear"],
    (9, 15): ["workload[1].poisson.load", "30", "above 0 to 1"],
    (11, 24): ["workload[2].flows[0].size", "1B to 1TB"],
    (12, 16): ["workload[2].flows[1].dst", "itself"],
    (13, 5): ["workload[3].bogus", "known: all_to_all"],
    (14, 1): ["congestion_control", "'dcqn'", "did you mean 'dcqcn'?"],
    (17, 5): ["switch.ecn.kmn", "did you mean 'kmin'?"],
    (18, 13): ["switch.weights[9]", "0 to 7"],
    (19, 3): ["switch.buffer", "32", "1kB to 100GB"],
    (22, 11): ["overrides['spine*'].nic.mtu", "256B to 9KiB"],
    (23, 1): ["seed", "-1"],
    (24, 1): ["sed", "did you mean 'seed'?"],
}


def test_every_fault_at_once_with_its_place(tmp_path):
    path = write(tmp_path, BAD)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    found = {(fault.line, fault.column): str(fault) for fault in caught.value.faults}
    assert sorted(found) == sorted(FAULTS)
    for place, words in FAULTS.items():
        assert found[place].startswith(f"{path}:{place[0]}:{place[1]}: ")
        for word in words:
            assert word in found[place]


TOP = "version: 1\ntopology: {star: {hosts: 2}}\nworkload: [{flow: {src: 0, dst: 1, size: 1}}]\n"
BROKEN = {
    "empty": ("", ["must map version"]),
    "not a mapping": ("- 1\n", ["must map version", "[1]"]),
    "syntax": ("a: [", [":1:5:", "is not YAML"]),
    "twice": ("version: 1\nversion: 1\n", [":2:1:", "duplicate key"]),
    "control character": ("\x00", ["is not YAML"]),
    "version": (TOP.replace("version: 1", "version: 2"), [":1:1:", "version", "must be 1, got 2"]),
    "no version": (TOP.replace("version: 1\n", ""), ["version", "missing"]),
    "no topology": ("version: 1\nworkload: []\n", ["topology", "is missing"]),
    "no workload": ("version: 1\ntopology: {star: {hosts: 2}}\n", ["workload", "is missing"]),
    "scalar": (TOP + "switch: 3\n", [":4:1:", "switch", "must map names", "3"]),
    "two keys": (
        TOP.replace("{star: {hosts: 2}}", "{star: {hosts: 2}, edges: {}}"),
        [":2:1:", "topology", "must map one topology"],
    ),
    "generator": (TOP.replace("star", "stra"), [":2:12:", "'stra'", "did you mean 'star'?"]),
    "workload kind": (TOP.replace("[{flow", "[{flwo"), ["workload[0].flwo", "'flow'?"]),
    "workload mapping": (TOP.replace("[{", "{a: {").replace("}]", "}}"), ["must be a list"]),
    "date": (TOP + "until: 2020-01-01\n", [":4:1:", "until", "unknown unit '-01-01'"]),
    "nan": (TOP + "until: .nan\n", [":4:1:", "until", "nan", "not finite"]),
    "bool": (TOP + "seed: true\n", [":4:1:", "seed", "True"]),
    "override kind": (
        TOP + "overrides: {host0: {nick: {}}}\n",
        ["overrides['host0'].nick", "'nic'?"],
    ),
    "aliases that grow": (
        "\n".join(["a0: &a0 [1]", *(f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]" for i in range(1, 12))]),
        ["too deep or too large"],
    ),
    "deep": ("a: " + "[" * 100 + "]" * 100, ["too deep or too large"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file(name, tmp_path):
    text, words = BROKEN[name]
    path = write(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    for word in (str(path), *words):
        assert word in str(caught.value)


def test_unreadable_and_unwritable(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    for path in (tmp_path, tmp_path / "missing.yaml", tmp_path / "binary.yaml"):
        with pytest.raises(ScenarioError, match="cannot be read"):
            Scenario.load(path)
    with pytest.raises(ScenarioError, match="cannot be written"):
        Scenario.load(write(tmp_path, GOOD)).save(tmp_path)


@pytest.mark.parametrize("data", [None, 3, [], "x", {1: 2}])
def test_plain_data_of_other_kinds(data):
    with pytest.raises(ScenarioError):
        Scenario.from_dict(data)
