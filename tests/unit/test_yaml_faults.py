"""Every fault of the YAML layer: its message, its place, its suggestion."""

import pytest

from pyfabric import Scenario, ScenarioError
from pyfabric.cc import KINDS

TOP = "version: 1\ntopology: {star: {hosts: 4}}\nworkload: [{flow: {src: 0, dst: 1, size: 1}}]\n"


def faults_of(tmp_path, text):
    path = tmp_path / "s.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)
    found = [str(fault) for fault in caught.value.faults]
    assert all(line.startswith(str(path)) for line in found)
    return [line.removeprefix(str(path)) for line in found]


#: name -> (text, the whole message of its only fault)
ONE = {
    "empty": ("", ": scenario: must map {keys} to values, is empty"),
    "only a comment": ("# nothing\n", ": scenario: must map {keys} to values, is empty"),
    "list": ("- 1\n", ": scenario: must map {keys} to values, got [1]"),
    "text": ("hello", ": scenario: must map {keys} to values, got 'hello'"),
    "binary": (b"\x80\x81", ": cannot be read: not a text in UTF-8 (byte 0 is no character)"),
    "tab": ("version: 1\n\tseed: 1\n", ":2:1: is not YAML: a tab cannot indent; use spaces"),
    "tab deeper": (
        "version: 1\ntopology:\n\tstar: 1\n",
        ":3:1: is not YAML: a tab cannot indent; use spaces",
    ),
    "colon": ("a: b: c\n", ":1:5: is not YAML: mapping values are not allowed here"),
    "two documents": (
        f"{TOP}---\n{TOP}",
        ":4:1: is not YAML: but found another document",
    ),
    "unknown alias": ("a: *b\n", ":1:4: is not YAML: found undefined alias 'b'"),
    "duplicate key": (
        f"{TOP}seed: 1\nseed: 2\n",
        ":5:1: seed: duplicate key, first in line 4",
    ),
    "duplicate key inside": (
        f"{TOP}switch:\n  ecn: {{kmin: 1kB, kmin: 2kB}}\n",
        ":5:20: switch.ecn.kmin: duplicate key, first in line 5",
    ),
    "duplicate pattern": (
        f"{TOP}overrides:\n  host0: {{nic: {{}}}}\n  host0: {{nic: {{}}}}\n",
        ":6:3: overrides['host0']: duplicate key, first in line 5",
    ),
    "list as key": (
        f"{TOP}switch: {{weights: {{[1]: 2}}}}\n",
        ":4:20: switch.weights: a key must be a single value, got a list or mapping",
    ),
    "tag": (f"{TOP}seed: !dice 6\n", ":4:7: seed: the tag '!dice' has no meaning here"),
    "tag of a list": (
        f"{TOP}switch: {{lossless_priorities: !!set [3]}}\n",
        ":4:31: switch.lossless_priorities: the tag 'tag:yaml.org,2002:set' has no meaning here",
    ),
    "forced type": (f"{TOP}until: !!int soon\n", ":4:8: until: 'soon' is no int"),
    "merge of a number": (f"{TOP}nic: {{<<: 3}}\n", ":4:11: nic: << merges mappings, got 3"),
    "no version": (TOP.removeprefix("version: 1\n"), ": version: must be 1, but it is missing"),
    "version as text": (
        TOP.replace("1", "'1'", 1),
        ":1:1: version: must be 1, got '1'",
    ),
    "newer version": (
        TOP.replace("1", "2", 1) + "news: 1\n",
        ":1:1: version: must be 1, got 2: a file for a newer pyfabric",
    ),
    "version 0": (TOP.replace("1", "0", 1), ":1:1: version: must be 1, got 0"),
    "no topology": (
        "version: 1\nworkload: []\n",
        ": topology: is missing; a scenario needs a topology",
    ),
    "no workload": (
        "version: 1\ntopology: {star: {hosts: 2}}\n",
        ": workload: is missing; a scenario needs a workload",
    ),
    "topology list": (
        TOP.replace("{star: {hosts: 4}}", "[star]"),
        ":2:1: topology: must map one topology (leaf_spine, fat_tree, clos, star, edges) to its "
        "values, got ['star']",
    ),
    "topology of nothing": (
        TOP.replace("{hosts: 4}", "4"),
        ":2:12: topology.star: must map names to values, got 4",
    ),
    "number as key": (
        TOP.replace("hosts: 4", "hosts: 4, 5: 6"),
        ":2:12: topology.star: must map names to values, got {{'hosts': 4, 5: 6}}",
    ),
    "workload mapping": (
        TOP.replace("[{flow", "{a: {flow").replace("}]", "}}"),
        ":3:1: workload: must be a list of flow, flows, incast, permutation, all_to_all, poisson, "
        "got {{'a': {{'flow': {{'src': 0, 'dst': 1, 'size': 1}}}}}}",
    ),
    "control number": (
        f"{TOP}congestion_control: 5\n",
        ":4:1: congestion_control: must map one congestion control "
        f"({', '.join(KINDS)}) to its values, got 5",
    ),
    "preset": (
        f"{TOP}congestion_control: {{dcqcn: {{preset: simay}}}}\n",
        ":4:30: congestion_control.dcqcn.preset: must be one of 'paper', 'ns3_rdma', 'firmware', "
        "'hpcc', 'hpcc_vwin', 'hpcc_paper', 'hpcc_paper_vwin', 'hpcc_config', 'simai', 'nvidia', "
        "'conweave', got 'simay'; did you mean 'simai'?",
    ),
    "wrong unit": (
        f"{TOP}switch: {{buffer: 32ms}}\n",
        ":4:10: switch.buffer: '32ms' is not a size: unknown unit 'ms' (a unit of time); known: "
        "B, kB, MB, GB, TB, KB, KiB, MiB, GiB, TiB (allowed: 1kB to 100GB)",
    ),
    "unit misspelt": (
        f"{TOP}until: 5usec\n",
        ":4:1: until: '5usec' is not a time: unknown unit 'usec'; did you mean 'us'?; known: "
        "ps, ns, us, ms, s (allowed: 1ps to 1000000s)",
    ),
    "no unit": (
        f"{TOP}switch: {{reserve: '4'}}\n",
        ":4:10: switch.reserve: '4' has no unit; a size is written with one of "
        "B, kB, MB, GB, TB, KB, KiB, MiB, GiB, TiB (allowed: 0B to 1GB)",
    ),
    "list for a rate": (
        TOP.replace("hosts: 4", "hosts: 4, rate: [1]"),
        ":2:29: topology.star.rate: must be a rate such as '400Gbps' or an integer in bit/s, "
        "got (1,) (allowed: 1Mbps to 100Tbps)",
    ),
    "yes for a bool": (
        f"{TOP}nic: {{pfc: yes}}\n",
        ":4:7: nic.pfc: must be True or False, got 'yes'",
    ),
    "of a comparison": (
        f"{TOP}seeds: [1]\n",
        ":4:1: seeds: belongs to comparisons (pyfabric compare FILE, "
        "pyfabric.study.load_comparison); leave it out",
    ),
    "matches nothing": (
        f"{TOP}overrides: {{leaf*: {{switch: {{}}}}}}\n",
        ":4:13: overrides['leaf*']: matches no switch (known: switch0)",
    ),
}

#: place in a file -> known names there
UNKNOWN = {
    "sed: 1": "unknown key 'sed'; did you mean 'seed'?",
    "topology: {star: {hosts: 4, rat: 1G}}": "topology.star.rat: unknown parameter",
    "topology: {stra: {hosts: 4}}": "unknown topology 'stra'; did you mean 'star'?",
    "workload: [{flwo: {}}]": "workload[0].flwo: unknown kind of traffic 'flwo'; did you mean",
    "workload: [{flow: {src: 0, dst: 1, size: 1, prio: 3}}]": "workload[0].flow.prio",
    "workload: [{flows: [{src: 0, dst: 1, siez: 1}]}]": "workload[0].flows[0].siez",
    "workload: [{poisson: {lod: 1}}]": "workload[0].poisson.lod",
    "workload: [{poisson: {load: 1, duration: 1us, sizes: {point: []}}}]": "sizes.point",
    "congestion_control: {dcqcn: {gg: 1}}": "congestion_control.dcqcn.gg",
    "congestion_control: {hpcd: {}}": "unknown congestion control 'hpcd'",
    "switch: {bufer: 1MB}": "switch.bufer: unknown parameter (value '1MB'); did you mean 'buffer'?",
    "switch: {ecn: {kmn: 1kB}}": "switch.ecn.kmn",
    "switch: {pfc: {xof: 1kB}}": "switch.pfc.xof: unknown parameter (value '1kB'); did you mean",
    "nic: {mtuu: 1kB}": "nic.mtuu: unknown parameter (value '1kB'); did you mean 'mtu'?",
    "framing: {heder: 1B}": "framing.heder: unknown parameter (value '1B'); did you mean 'header'?",
    "overrides: {switch0: {swich: {}}}": "overrides['switch0'].swich: unknown kind 'swich'",
    "overrides: {switch0: {switch: {ecn: {kmn: 1}}}}": "overrides['switch0'].switch.ecn.kmn",
    "overrides: {host0: {nic: {mtuu: 1}}}": "overrides['host0'].nic.mtuu",
}


@pytest.mark.parametrize("name", ONE)
def test_one_fault(name, tmp_path):
    text, message = ONE[name]
    keys = ", ".join(["version", *Scenario.__dataclass_fields__])
    assert faults_of(tmp_path, text) == [message.format(keys=keys)]


@pytest.mark.parametrize("line", UNKNOWN)
def test_unknown_keys_at_every_level(line, tmp_path):
    key = line.partition(":")[0]
    rest = "".join(row for row in TOP.splitlines(True) if not row.startswith(f"{key}:"))
    (fault,) = faults_of(tmp_path, rest + line + "\n")
    assert UNKNOWN[line] in fault
    assert fault.startswith(f":{len(rest.splitlines()) + 1}:")
    assert "(known: " in fault


def test_a_missing_file_names_one_that_is_there(tmp_path):
    (tmp_path / "incast.yaml").write_text(TOP)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(tmp_path / "incats.yaml")
    path = tmp_path / "incats.yaml"
    assert str(caught.value) == (
        f"{path}: cannot be read: no such file; did you mean 'incast.yaml'?"
    )
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        Scenario.load(tmp_path)


def test_faults_of_all_kinds_at_once_in_order(tmp_path):
    text = f"{TOP}seed: 1\nseed: 2\nnic: {{mtu: 1B, !x rto: 2ms}}\nswitch: {{alpha: 3}}\nsed: 1\n"
    places = [fault.split(": ")[0] for fault in faults_of(tmp_path, text)]
    assert places == [":5:1", ":6:7", ":6:16", ":7:10", ":8:1"]


def test_merged_keys_and_aliases(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(
        f"{TOP}nic: &n {{mtu: 1KiB}}\n"
        "overrides: {host0: {nic: {<<: *n, rto: null}}, host1: {nic: {<<: [*n], mtu: 2KiB}}}\n"
    )
    scenario = Scenario.load(path)
    assert scenario.nic_of("host0").mtu == "1KiB"
    assert scenario.nic_of("host0").rto is None
    assert scenario.nic_of("host1").mtu == "2KiB"
    text = f"{TOP}x-common: 1\nnic: &n {{mtu: 1B}}\noverrides: {{host1: {{nic: *n}}}}\n"
    assert [fault.split(": ")[1] for fault in faults_of(tmp_path, text)] == [
        "x-common",
        "nic.mtu",
        "overrides['host1'].nic.mtu",
    ]


def test_a_byte_order_mark_is_no_fault(tmp_path):
    (tmp_path / "s.yaml").write_text(TOP, encoding="utf-8-sig")
    assert Scenario.load(tmp_path / "s.yaml").seed == 1
