"""Scenario.load(s.save(f)) == s, for random scenarios and for the corners."""

import pickle
import random
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qos_scenarios import POOLED

import pyfabric as pf
from pyfabric.scenario.plain_writer import MAX_INLINE

KEYS = st.sampled_from
#: Texts that YAML could take for something else, and texts of any kind.
TEXTS = st.one_of(
    KEYS(["null", "~", "yes", "1:30", "0x10", "1e3", "- a", "a: b", "#x", "'", '"', "é", "\u2028"]),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
)
SIZES = st.one_of(st.integers(1, 10**9), KEYS(["64kB", "1 MiB", "1.5MB", 4096.0, "1e3 B"]))
TIMES = st.one_of(st.integers(0, 10**9), KEYS(["5us", "0ns", "1.5 ms", 1e6]))
RATES = KEYS(["100Gbps", "400G", 25 * 10**9, "50GB/s", 1e11])
SHARES = KEYS([0.25, "1/8", Fraction(1, 3), 1, 1e-07, "0.5"])


def optional(strategy):
    return st.one_of(st.none(), strategy)


def some(make, **strategies):
    """Calls of ``make`` with any subset of the parameters."""
    return st.fixed_dictionaries({}, optional=strategies).map(lambda given: make(**given))


SOURCE = {
    "start": TIMES,
    "priority": optional(st.integers(0, 7)),
    "qp": KEYS(["fresh", "per_pair"]),
    "op": KEYS(["write", "send", "read"]),
}
HOSTS = KEYS(["host0", "host1:gpu0", 2, "host3"])
GROUPS = KEYS([None, range(4), range(0, 8, 2), range(5, 0, -2), "0:4", [0, "host1", 5], (3, 4)])
POINTS = ((10, 0), (100, Fraction(100, 3)), (200, 66.6), (1000, 100))


@st.composite
def flow(draw):
    common = draw(st.fixed_dictionaries({}, optional=SOURCE))
    src, dst = draw(st.lists(HOSTS, min_size=2, max_size=2, unique=True))
    return pf.Flow(src, dst, draw(optional(SIZES)), **common)


@st.composite
def table(draw):
    count = draw(st.integers(1, 4))
    column = {name: st.lists(s, min_size=count, max_size=count) for name, s in SOURCE.items()}
    more = {name: st.one_of(strategy, column[name]) for name, strategy in SOURCE.items()}
    size = st.one_of(SIZES, st.lists(optional(SIZES), min_size=count, max_size=count))
    given = draw(st.fixed_dictionaries({"size": size}, optional=more))
    return pf.flows(src=[0, "host0", 1, 2][:count], dst=["host4", 5, 6, 7][:count], **given)


@st.composite
def part(draw):
    common = draw(st.fixed_dictionaries({}, optional=SOURCE))
    kind = draw(KEYS(["flow", "items", "table", "incast", "permutation", "all_to_all", "poisson"]))
    if kind == "flow":
        return draw(flow())
    if kind == "items":
        return pf.flows(draw(st.lists(flow(), min_size=1, max_size=3)))
    if kind == "table":
        return draw(table())
    if kind == "incast":
        senders = draw(GROUPS.filter(lambda given: given != [0, "host1", 5]))
        return pf.incast(9, senders, size=draw(optional(SIZES)), **common)
    if kind == "poisson":
        sizes = draw(st.one_of(KEYS(["websearch", "ali_storage", pf.FlowSizes(POINTS)]), SIZES))
        load = draw(SHARES)
        return pf.poisson(load, sizes, "20us", endpoints=draw(GROUPS), **common)
    make = {"permutation": pf.permutation, "all_to_all": pf.all_to_all}[kind]
    return make(draw(optional(SIZES)), draw(GROUPS), **common)


ECNS = st.one_of(
    st.none(),
    some(pf.ECN, kmin=KEYS([0, "1kB", "auto"]), pmax=SHARES, priorities=KEYS([None, [3, 4], ()])),
    KEYS(["simai", "sonic", "nvidia"]).map(pf.ECN.preset),
    st.just(pf.ECN(kmin={"100Gbps": "1kB", 4e11: 9}, kmax={10**11: "9kB"}, pmax={"400G": 1})),
)
PFCS = some(
    pf.PFC,
    enabled=st.booleans(),
    mode=KEYS(["quanta", "on_off"]),
    xoff=KEYS(["dynamic", "9kB"]),
    quanta=st.integers(1, 65535),
)
MAPS = KEYS([{}, {3: 5}, {"3-4": 1, 7: 0}])
CURVES = KEYS([{}, {0: pf.WRED("1kB", 9000, "1/3"), "6-7": pf.WRED(0, 1)}])
WEIGHTS = KEYS([{}, {3: 2}, {0: 1, 7: 9}])
SWITCHES = st.just(POOLED) | some(
    pf.Switch,
    buffer=KEYS(["8 MB", 10**7, 32e6]),
    alpha=KEYS([Fraction(1, 8), 0.5, 1, "1/4", 8.0]),
    lossless_priorities=KEYS([(), [3], (1, 4)]),
    headroom=KEYS(["auto", "40kB", 1]),
    pfc=PFCS,
    ecn=ECNS,
    weights=WEIGHTS,
    strict_priorities=st.just(()),
    tc_to_pg=MAPS,
    wred=CURVES,
    bounce_priorities=KEYS([{}, {3: 4}]),
)
NICS = some(
    pf.Nic,
    mtu=KEYS(["1KiB", 4096]),
    ack_priority=optional(st.integers(0, 7)),
    rto=KEYS([None, "2ms"]),
    nak_interval=KEYS([None, "20us"]),
    pfc=st.booleans(),
    dscp=KEYS([{}, {3: 26}, {"4-5": 63}]),
    cnp_scope=KEYS(["qp", "port"]),
)
CONTROLS = st.one_of(
    st.just(pf.NoCongestionControl()),
    KEYS(["bdp", "max_bdp", 4096, "64kB"]).map(pf.StaticWindow),
    some(pf.DCQCN, g=SHARES, byte_counter=KEYS([None, "1MB"]), rates_at=KEYS([None, "100G"])),
    KEYS(["hpcc", "hpcc_vwin", "simai", "conweave"]).map(pf.DCQCN.preset),
)
FRAMINGS = KEYS([pf.Framing(), pf.Framing.ns3(), pf.Framing(gap=12, pad=1)])


@st.composite
def topology(draw):
    kind = draw(KEYS(["leaf_spine", "fat_tree", "clos", "star", "edges"]))
    if kind == "leaf_spine":
        more = {"host_delay": KEYS([None, "5us", 2000, 1e6]), "uplinks": st.integers(1, 3)}
        given = draw(st.fixed_dictionaries({"host_rate": RATES}, optional=more))
        return pf.leaf_spine(2, 2, 8, uplink_rate=draw(optional(RATES)), **given)
    if kind == "fat_tree":
        return pf.fat_tree(4, draw(RATES), uplink_delay=draw(KEYS([None, "5us", 2000])))
    if kind == "clos":
        return pf.clos(2, 2, 4, 1, 2, host_rate=draw(RATES), core_rate=draw(optional(RATES)))
    if kind == "star":
        return pf.star(12, draw(RATES), gpus_per_host=draw(st.integers(1, 2)))
    error = KEYS([0, 0.25, (0, 0.5), Fraction(1, 7), "1/3"])
    links = [(f"host{i}", "switch0", draw(RATES), "1us", draw(error)) for i in range(12)]
    last = {"a": "host0", "b": "switch0", "rate": draw(RATES), "delay": 5000}
    return pf.Topology.from_edges(12, 1, [*links, last])


@st.composite
def scenarios(draw):
    fabric = draw(topology())
    overrides = {}
    for pattern, names in (("*0", fabric.switch_names), ("host[0-3]", fabric.host_names)):
        if draw(st.booleans()):
            overrides[pattern] = draw(SWITCHES if names is fabric.switch_names else NICS)
    workload = pf.Workload(())
    for index in range(draw(st.integers(0, 3))):
        made = draw(part())
        own = made.parts[0] if isinstance(made, pf.Workload) else made
        name = draw(optional(TEXTS))
        workload += own.replace(name=f"{name}{index}"[-200:]) if name is not None else own
    more = {
        "seed": st.integers(0, 2**63 - 1),
        "workload_seed": optional(st.integers(0, 2**63 - 1)),
        "until": optional(KEYS(["2ms", 10**9, 1e9])),
        "congestion_control": CONTROLS,
        "switch": SWITCHES,
        "nic": NICS,
        "framing": FRAMINGS,
    }
    return pf.Scenario(fabric, workload, overrides=overrides, **draw(some(dict, **more)))


@settings(max_examples=200)
@given(scenarios())
def test_random_scenarios(scenario):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.yaml"
        scenario.save(path)
        again = pf.Scenario.load(path)
        assert again == scenario
        assert repr(again) == repr(scenario)  # equal numbers of other types differ here
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert pf.Scenario.from_dict(scenario.to_dict()) == scenario


@given(
    st.lists(TEXTS.filter(lambda t: not set(t) & set(":*?[]>#") and t == t.strip()), unique=True)
)
def test_names_of_nodes_stay_as_they_are(names):
    hosts = [*names, "last one", "another"]
    try:
        scenario = pf.Scenario(pf.star(hosts), pf.incast("last one", size=1), seed=3)
    except pf.ScenarioError:
        return  # not a name for a node
    with tempfile.TemporaryDirectory() as folder:
        scenario.save(Path(folder) / "s.yaml")
        assert pf.Scenario.load(Path(folder) / "s.yaml") == scenario


def test_texts_stay_as_they_are_written(tmp_path):
    scenario = pf.Scenario(
        pf.star(3, rate="0.4 Tbps"), pf.Flow(0, 1, "1e3 kB", start="  5us"), until="1.50ms"
    )
    scenario.save(tmp_path / "s.yaml")
    text = (tmp_path / "s.yaml").read_text()
    for word in ("0.4 Tbps", "1e3 kB", "'  5us'", "1.50ms"):
        assert word in text
    assert text.startswith("version: 1\n")


def many(count):
    """Lists of every kind with ``count`` flows."""
    rng = random.Random(4)
    rows = range(count)
    sizes = [rng.choice([7, "64 kB", None, 9.0]) for _ in rows]
    starts = [rng.choice([0, "5us", 10**6, 3.0]) for _ in rows]
    priority = [rng.choice([None, 3]) for _ in rows]
    src, dst = [f"h,{i % 3}" for i in rows], [3 + i % 3 for i in rows]
    table = pf.flows(src=src, dst=dst, size=sizes, start=starts, priority=priority, op="send")
    short = pf.flows(src=src, dst=dst, size="1kB", name="short ones")
    items = [
        pf.Flow(a, b, size, start, name=f"f{i}" if i % 7 == 0 else None)
        for i, (a, b, size, start) in enumerate(zip(src, dst, sizes, starts, strict=True))
    ]
    arrays = pf.flows(src=np.arange(count) % 3, dst=3, size=np.full(count, 5), name="arrays")
    return table + short + pf.flows(items, name="single") + arrays


def named_hosts():
    return pf.star([*(f"h,{i}" for i in range(3)), "a", "b", "c"])


def test_long_flow_lists_are_files_of_their_own(tmp_path):
    scenario = pf.Scenario(named_hosts(), many(MAX_INLINE + 1), until="1ms")
    scenario.save(tmp_path / "big.yaml")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "big.flows0.csv",
        "big.flows1.csv",
        "big.flows2.csv",
        "big.flows3.csv",
        "big.yaml",
    ]
    assert len((tmp_path / "big.yaml").read_text()) < 1000
    assert pf.Scenario.load(tmp_path / "big.yaml") == scenario
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in tmp_path.glob("big.*"):
        path.rename(moved / path.name)
    assert pf.Scenario.load(moved / "big.yaml") == scenario
    assert pf.Scenario.from_dict(scenario.to_dict()) == scenario


def test_short_flow_lists_stay_inside(tmp_path):
    scenario = pf.Scenario(named_hosts(), many(MAX_INLINE), until="1ms")
    scenario.save(tmp_path / "s.yaml")
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]
    assert pf.Scenario.load(tmp_path / "s.yaml") == scenario


def test_cdf_files_keep_their_names(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sizes.txt").write_text("0 0\n100 100\n")
    monkeypatch.chdir(tmp_path)
    scenario = pf.Scenario(pf.star(4), pf.poisson(0.5, Path("sizes.txt"), "1us"))
    for path in ("s.yaml", "sub/s.yaml", tmp_path / "t.yaml", tmp_path / "sub" / "t.yaml"):
        scenario.save(path)
        again = pf.Scenario.load(path)
        assert again == scenario
        assert again.workload.parts[0].sizes == "sizes.txt"
    (tmp_path / "sub" / "sizes.txt").write_text("0 0\n9 100\n")  # another file of that name
    scenario.save("sub/s.yaml")
    loaded = pf.Scenario.load("sub/s.yaml").workload.parts[0]
    assert loaded.flow_sizes.mean_bytes == 50


def test_a_failed_save_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "s.yaml"
    scenario = pf.Scenario(pf.star(3), pf.Flow(0, 1, 5))
    scenario.save(path)
    monkeypatch.setattr("os.fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(pf.ScenarioError, match="cannot be written"):
        scenario.replace(seed=2).save(path)
    assert pf.Scenario.load(path) == scenario
    assert [entry.name for entry in tmp_path.iterdir()] == ["s.yaml"]


def test_fractions_are_kept_as_texts():
    switch = pf.Switch(alpha=Fraction(1, 8), lossy_alpha=Fraction(2))
    assert (switch.alpha, switch.lossy_alpha) == ("1/8", 2)
    assert switch.alpha_shift == 3
    assert pickle.loads(pickle.dumps(switch)) == switch
