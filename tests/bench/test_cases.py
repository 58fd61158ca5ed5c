"""The cases of the suite: their fabrics and traffic are what their names say, and runs finish."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.bench import CASES, Case, Job
from pyfabric.bench.cases import MTU_BYTES, custom_case
from pyfabric.bench.measure import measure
from pyfabric.compile import compile_scenario
from pyfabric.errors import EngineError

SMALL = [name for name, case in CASES.items() if case.hosts <= 320]
#: Volumes of a few packets a flow; 50 us of arrivals.
TINY = {"websearch-320": 50_000_000, "all-to-all-128": MTU_BYTES}


def tiny(name: str) -> Case:
    return dataclasses.replace(CASES[name], volume=TINY.get(name, 4 * MTU_BYTES))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.scale])
def test_traffic_is_what_the_name_says(name: str) -> None:
    case = tiny(name)
    columns = compile_scenario(case.make(case.volume)).columns
    src, dst = (columns[f"qp_{end}_node"][columns["flow_qp"]] for end in ("tx", "rx"))
    pattern, count = name.removesuffix("-copper").removesuffix("-hpcc").rsplit("-", 1)
    hosts = np.arange(case.hosts)
    assert not np.any(src == dst)
    if pattern == "incast":
        assert len(set(src.tolist())) == len(src) == int(count)
        assert set(dst.tolist()) == {0}
        return
    assert case.hosts == int(count)
    if pattern == "all-to-all":
        assert len(set(zip(src.tolist(), dst.tolist(), strict=True))) == 128 * 127 == len(src)
    elif pattern == "ring":
        assert np.array_equal(dst, (src + 1) % 128)
    elif pattern == "permutation":
        assert np.array_equal(np.sort(src), hosts)
        assert np.array_equal(np.sort(dst), hosts)


@pytest.mark.parametrize("name", SMALL)
def test_a_tiny_run_finishes(name: str) -> None:
    row = measure(Job(tiny(name), rounds=1))
    assert (row["stop_reason"], row["lossless"]) == ("all_done", True)
    assert 0 < row["data_packet_hops"] < row["packet_hops"]
    # One event a hop on idle ports, two where frames queue; the rest is timers.
    assert 1 <= row["events_per_packet_hop"] < 2.5
    if name != "websearch-320":
        assert row["delivered_bytes"] == row["flows"] * tiny(name).volume
    assert row["threads"] == []
    assert row["peak_memory_bytes"] > row["engine_memory_bytes"] > 0


def test_a_row_says_the_same_as_a_run() -> None:
    """Counts of the row against those of the scenario itself, speeds against their parts."""
    case = custom_case(4, 20_000_000)
    row = measure(Job(case, rounds=3))
    result = pf.simulate(case.make(case.volume))
    assert row["fingerprint"] == result.fingerprint
    assert row["plan_hash"] == result.plan_hash
    assert row["simulated_ps"] == 20_000_000
    for name in ("packet_hops", "data_packet_hops", "events"):
        assert row[name] == result.stats[name]
    assert row["delivered_bytes"] == sum(result.flows["delivered_bytes"].tolist())
    rounds = sorted(row["run_cpu_seconds_of_rounds"])
    assert len(rounds) == 3
    assert row["run_cpu_seconds"] == rounds[1]
    assert row["packet_hops_per_cpu_second"] == row["packet_hops"] / rounds[1]
    per_gigabyte = row["cpu_seconds_per_gigabyte"] * row["delivered_bytes"]
    assert per_gigabyte == pytest.approx(1e9 * rounds[1])


def test_runs_that_differ_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    results = iter([pf.simulate(custom_case(2, t).make(t)) for t in (20_000_000, 30_000_000)])
    monkeypatch.setattr("pyfabric.bench.measure.simulate", lambda plan: next(results))
    with pytest.raises(EngineError, match="two runs of one plan differ"):
        measure(Job(custom_case(2, 20_000_000), rounds=1))


def test_cases_of_scale_are_as_large_as_their_names_say() -> None:
    scale = {name: case for name, case in CASES.items() if case.scale}
    assert sorted(case.hosts for case in scale.values()) == [1024, 8192, 65536]
    for name, case in scale.items():
        topology = case.make(case.quick_volume).topology
        assert topology.hosts == case.hosts == int(name.rsplit("-", 1)[1])
