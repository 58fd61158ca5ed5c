"""Flows, patterns and Poisson traffic: what they expand to."""

import copy
import math
import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from traffic import context

from pyfabric import Flow, Workload, all_to_all, flows, incast, permutation, poisson
from pyfabric.workload import draws
from pyfabric.workload.arrays import WorkloadContext


def columns(flow_arrays):
    names = ("src", "dst", "size_bytes", "start_ps", "priority", "op", "per_pair", "workload")
    return {name: getattr(flow_arrays, name).tolist() for name in names}


def same(a, b):
    return columns(a) == columns(b)


def test_flow_columns():
    work = Flow("host1", "host2", None) + Flow(
        0, "host3:gpu0", "1kB", start="1us", priority=5, qp="per_pair", op="read", name="fetch"
    )
    arrays = work.expand(context())
    assert columns(arrays) == {
        "src": [1, 0],
        "dst": [2, 3],
        "size_bytes": [-1, 1000],
        "start_ps": [0, 1_000_000],
        "priority": [-1, 5],
        "op": [0, 2],
        "per_pair": [False, True],
        "workload": [0, 1],
    }
    assert arrays.workload_names == ("flow", "fetch")
    dtypes = {arrays.priority.dtype, arrays.op.dtype, arrays.per_pair.dtype, arrays.workload.dtype}
    assert dtypes == {np.dtype(d) for d in (np.int8, np.uint8, np.bool_, np.int32)}


def test_flows_from_all_kinds_of_columns():
    expected = flows([Flow(0, 1, 10), Flow(1, 2, 20, start=5)]).expand(context())
    for work in (
        flows(src=[0, 1], dst=[1, 2], size=[10, 20], start=[0, 5]),
        flows(src=np.array([0, 1]), dst=range(1, 3), size=("10B", "20B"), start=("0ps", 5.0)),
        flows({"src": [0, 1], "dst": ["host1", "host2"], "size": [10, 20], "start": [0, 5]}),
    ):
        assert same(work.expand(context()), expected)
        assert work.estimate(context()) == 2


def test_flows_from_a_frame():
    class Frame:
        columns = ("src", "dst", "size")

        def __getitem__(self, name):
            return np.array({"src": [0, 1], "dst": [1, 2], "size": [10, 20]}[name])

    assert flows(Frame()).expand(context()).dst.tolist() == [1, 2]


def test_named_flows_of_a_list_are_workloads():
    work = flows([Flow(0, 1, 1, name="a"), Flow(1, 2, 1)], name="rest") + incast(0, size=1)
    arrays = work.expand(context(3))
    assert arrays.workload_names == ("rest", "a", "incast")
    assert arrays.workload.tolist() == [1, 0, 2, 2]


def test_unnamed_parts_are_numbered():
    work = incast(0, size=1) + incast(1, size=1) + incast(2, size=1, name="x")
    assert work.names == ("incast", "incast#1", "x")


def test_incast():
    arrays = incast(receiver=2, senders=range(4, 7), size="1MB", start="3us").expand(context())
    assert arrays.src.tolist() == [4, 5, 6]
    assert arrays.dst.tolist() == [2, 2, 2]
    assert set(arrays.start_ps.tolist()) == {3_000_000}
    assert incast(0, "4:7", size=1) == incast(0, range(4, 7), size=1)
    everyone = incast("host1:gpu1", size=1).expand(context(3, gpus=2))
    assert everyone.src.tolist() == [0, 1, 4, 5]
    fetched = incast(0, [1, 2], size=1, op="read").expand(context())
    assert (fetched.src.tolist(), fetched.dst.tolist()) == ([0, 0], [1, 2])


@given(st.integers(2, 9), st.integers(1, 4), st.integers(0, 2**63 - 1))
def test_permutation_is_one_between_hosts(hosts, gpus, seed):
    arrays = permutation(size=1).expand(context(hosts, gpus, seed))
    assert arrays.src.tolist() == list(range(hosts * gpus))
    assert sorted(arrays.dst.tolist()) == list(range(hosts * gpus))
    assert np.all(arrays.src // gpus != arrays.dst // gpus)


def test_all_to_all():
    arrays = all_to_all(size=1).expand(context(3, gpus=2))
    pairs = set(zip(arrays.src.tolist(), arrays.dst.tolist(), strict=True))
    assert pairs == {(a, b) for a in range(6) for b in range(6) if a // 2 != b // 2}
    assert len(pairs) == len(arrays)
    some = all_to_all(size=1, endpoints=[3, 0]).expand(context())
    assert sorted(zip(some.src.tolist(), some.dst.tolist(), strict=True)) == [(0, 3), (3, 0)]


def test_poisson_statistics():
    """Count, mean gap, load and destinations within 5 standard errors; gaps exponential."""
    load, size, hosts, duration_ps = 0.4, 10_000, 16, 20 * 10**9
    at = context(hosts, seed=11)
    part = poisson(load, size, "20ms", start="1ms")
    arrays = part.expand(at)
    gap_ps = 8 * size * 10**12 / (load * 400e9)
    expected = hosts * duration_ps / gap_ps
    assert part.estimate(at) == math.ceil(expected)
    assert abs(len(arrays) - expected) < 5 * math.sqrt(expected)
    offered = arrays.size_bytes.sum() * 8e12 / (hosts * 400e9 * duration_ps)
    assert abs(offered - load) < 5 * load / math.sqrt(expected)
    assert np.all(np.diff(arrays.start_ps) >= 0)
    assert arrays.start_ps.min() >= 10**9
    assert arrays.start_ps.max() < 10**9 + duration_ps
    for endpoint in (0, 7, 15):
        gaps = np.diff(arrays.start_ps[arrays.src == endpoint])
        assert abs(gaps.mean() - gap_ps) < 5 * gap_ps / math.sqrt(len(gaps))
        below = np.sort(gaps) / gap_ps
        steps = np.arange(1, len(gaps) + 1) / len(gaps)
        assert np.abs(1 - np.exp(-below) - steps).max() < 2.0 / math.sqrt(len(gaps))
        counts = np.bincount(arrays.dst[arrays.src == endpoint], minlength=hosts)
        assert counts[endpoint] == 0
        others = np.delete(counts, endpoint)
        assert np.all(abs(others - others.mean()) < 5 * math.sqrt(others.mean()))


def test_poisson_between_hosts_of_several_gpus():
    arrays = poisson(0.5, 1000, "20us", endpoints=[5, 0, 1, 2]).expand(context(3, gpus=2))
    assert set(arrays.src.tolist()) == {0, 1, 2, 5}
    assert set(arrays.dst.tolist()) == {0, 1, 2, 5}
    assert np.all(arrays.src // 2 != arrays.dst // 2)


def test_each_endpoint_loads_its_own_rate():
    rates = np.array([100, 400] * 4) * 10**9
    at = WorkloadContext(rates, {f"host{i}": (i, 1) for i in range(8)}, 3)
    arrays = poisson(0.5, 1000, "2ms").expand(at)
    counts = np.bincount(arrays.src)
    assert 3.8 < counts[1::2].mean() / counts[::2].mean() < 4.2


def test_same_seed_same_traffic():
    work = poisson(0.3, "websearch", "5ms") + permutation(size="1MB")
    assert same(work.expand(context(seed=5)), work.expand(context(seed=5)))
    assert not same(work.expand(context(seed=5)), work.expand(context(seed=6)))


def test_known_answer():
    """First draws of seed 1: these numbers are part of the model."""
    arrays = poisson(0.3, "websearch", "2ms").expand(context(4))
    assert arrays.start_ps[:3].tolist() == [32547610, 33744093, 36300251]
    assert arrays.size_bytes[:3].tolist() == [72506, 2615, 11252]
    assert permutation(size=1).expand(context(8)).dst.tolist() == [5, 2, 1, 7, 3, 4, 0, 6]


def test_parts_do_not_disturb_each_other():
    alone = poisson(0.3, "websearch", "5ms")
    count = len(alone.expand(context()))
    composed = (alone + poisson(0.5, "fb_hadoop", "1ms", name="b")).expand(context())
    assert composed.start_ps[:count].tolist() == alone.expand(context()).start_ps.tolist()
    again = (alone + poisson(0.9, 1000, "1ms", name="b")).expand(context())
    assert again.size_bytes[:count].tolist() == composed.size_bytes[:count].tolist()
    first, second = (draws.Stream(1, part).words(draws.GAPS, 0, 4) for part in (0, 1))
    assert not set(first.tolist()) & set(second.tolist())


def test_longer_duration_only_adds():
    short = poisson(0.3, "websearch", "2ms").expand(context())
    long = poisson(0.3, "websearch", "8ms").expand(context())
    keep = long.start_ps < 2 * 10**9
    for name in ("src", "dst", "size_bytes", "start_ps"):
        assert getattr(short, name).tolist() == getattr(long, name)[keep].tolist()


def test_words_are_those_of_philox():
    """Philox4x64-10 of Salmon et al., SC'11, by the authors' known-answer test for zeros."""
    generator = np.random.Philox(key=[0, 0], counter=np.array([2**64 - 1] * 4, dtype=np.uint64))
    assert generator.random_raw(1)[0] == 0x16554D9ECA36314C
    long = draws.Stream(3, 4).words(draws.SIZES, 5, 9)
    assert draws.Stream(3, 4).words(draws.SIZES, 5, 3).tolist() == long[:3].tolist()


@given(st.floats(min_value=2.0**-53, max_value=1.0))
def test_log_is_accurate(x):
    ours = float(draws.log(np.array([x]))[0])
    assert ours == pytest.approx(math.log(x), rel=1e-15, abs=1e-300)


def test_a_million_flows_expand_quickly():
    work = poisson(0.5, 10_000, "3.2ms")
    at = context(128)
    assert work.estimate(at) >= 10**6
    begin = time.process_time()
    count = len(work.expand(at))
    assert count > 990_000
    assert time.process_time() - begin < 10


def test_a_billion_flows_are_counted_without_allocating():
    begin = time.process_time()
    assert poisson(1, 64, "100ms").estimate(context(1024)) > 10**9
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    "work",
    [
        Flow(0, "host1:gpu0", None) + incast(0, range(1, 3), size="1MB", name="x"),
        permutation("1kB", endpoints=[1, 2, 3]) + all_to_all(1, start="1us"),
        poisson(0.3, "websearch", "1ms", priority=4),
        flows([Flow(0, 1, 5, name="a"), Flow(1, 2, 7)], name="rest"),
        flows(src=np.arange(3), dst=[3, 4, 5], size="1kB", start=["1us", 0, 5]),
    ],
)
def test_is_a_value(work):
    assert isinstance(work, Workload)
    for other in (eval(repr(work)), copy.deepcopy(work), pickle.loads(pickle.dumps(work))):
        assert other == work
        assert hash(other) == hash(work)
        assert same(other.expand(context()), work.expand(context()))


def test_specs_refuse_changes():
    with pytest.raises(AttributeError):
        Flow(0, 1, 1).size = 2
