"""Bad input is refused before any run, with the place, the value and what is allowed."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from study_tools import quiet

import pyfabric as pf
from pyfabric.study import runs

VARIANTS = {
    "none": (None, "variants: must map names to variants"),
    "empty": ({}, "variants: must map names to variants"),
    "list": ([pf.DCQCN()], "variants: must map names to variants"),
    "name": ({3: None}, "variants: a name must be a text, got 3"),
    "blank name": ({" ": None}, "a name must be a text"),
    "kind": ({"a": 5}, "variants['a']: must be a CongestionControl, a Scenario, a mapping"),
    "word": ({"a": "dcqcn"}, "must be a CongestionControl, a Scenario, a mapping of changes"),
    "path": (
        {"low kmin": {"switch.ecn.kmn": "1kB"}},
        "variants['low kmin'].switch.ecn.kmn: unknown field 'kmn'; did you mean 'kmin'?",
    ),
    "no path": ({"a": {"": 1}}, "variants['a']: a path must be like 'switch.ecn.kmin', got ''"),
    "number as path": ({"a": {5: 1}}, "variants['a']: a path must be like"),
    "value": ({"a": {"switch.buffer": "12 apples"}}, "variants['a'].switch.buffer"),
    "seed": ({"a": {"seed": 3}}, "variants['a'].seed: is set by the seeds of the comparison"),
    "workload seed": ({"a": {"workload_seed": 3}}, "variants['a'].workload_seed: is set by"),
    "until": ({"a": {"until": "soon"}}, "variants['a'].until"),
    "algorithm": ({"a": {"congestion_control": "dcqn"}}, "did you mean 'dcqcn'?"),
    "module": (
        {"a": pf.CustomCongestionControl("no_such_module:x")},
        "variants['a'].CustomCongestionControl.algorithm: 'no_such_module:x' cannot be imported",
    ),
    "parameter": (
        {"a": {"congestion_control": {"dcqcn": {"gg": 1}}}},
        "variants['a'].congestion_control.dcqcn.gg",
    ),
    "preset": ({"a": {"switch.ecn": {"preset": "simay"}}}, "did you mean 'simai'?"),
    "overrides": ({"a": {"overrides": {"spin*": {"switch": {}}}}}, "matches no switch"),
    "overrides kind": ({"a": {"overrides": 3}}, "variants['a'].overrides"),
    "overrides list": ({"a": {"overrides": [3]}}, "variants['a'].overrides"),
    "overrides word": ({"a": {"overrides": "leaf"}}, "variants['a'].overrides"),
    "ecn kind": ({"a": {"switch.ecn": [1]}}, "variants['a'].switch.ecn"),
}


@pytest.fixture(autouse=True)
def no_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "simulate", lambda *_, **__: pytest.fail("a run was started"))


@pytest.mark.parametrize("name", VARIANTS)
def test_variants(name: str) -> None:
    variants, words = VARIANTS[name]
    with pytest.raises(pf.ScenarioError) as caught:
        pf.compare(quiet(), variants)
    assert words in str(caught.value)


SEEDS = {
    "empty": ([], "seeds: is empty"),
    "number": (3, "seeds: must list seeds, such as range(3), got 3"),
    "text": ("0:3", "seeds: must list seeds"),
    "none": (None, "seeds: must list seeds"),
    "bool": ([0, True], "seeds[1]: must be an integer from 0 to 9223372036854775807, got True"),
    "negative": ([-1], "seeds[0]: must be an integer from 0 to 9223372036854775807, got -1"),
    "huge": ([2**63], "seeds[0]: must be an integer from 0 to"),
    "float": ([1.0], "seeds[0]: must be an integer from 0"),
    "twice": ([4, 5, 4], "seeds[2]: seed 4 is named twice"),
    "endless": (itertools.count(), "seeds are too many (allowed: 100000 runs)"),
}


@pytest.mark.parametrize("name", SEEDS)
def test_seeds(name: str) -> None:
    seeds, words = SEEDS[name]
    with pytest.raises(pf.ScenarioError) as caught:
        pf.compare(quiet(), {"a": None}, seeds=seeds)
    assert words in str(caught.value)


OTHERS = {
    "executor": ({"executor": 2}, "executor: must be an executor of concurrent.futures"),
    "executor class": ({"executor": ThreadPoolExecutor}, "executor: must be an executor"),
    "workers": ({"workers": 0}, "workers: must be an integer from 1 to 1024 or None, got 0"),
    "workers bool": ({"workers": True}, "workers: must be an integer from 1"),
    "both": (
        {"workers": 2, "executor": ThreadPoolExecutor(1)},
        "workers: has no effect with an executor",
    ),
    "progress": ({"progress": 3}, "progress: must be a function or None, got 3"),
    "record": ({"record": "queus"}, "record: unknown record 'queus'; did you mean 'queues'?"),
    "record kind": ({"record": 3}, "record: must name some of queues, cc, trace, got 3"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_arguments(name: str) -> None:
    arguments, words = OTHERS[name]
    with pytest.raises(pf.ScenarioError) as caught:
        pf.compare(quiet(), {"a": None}, **arguments)
    assert words in str(caught.value)


def test_executor_that_was_shut_down() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(pf.ScenarioError, match="executor: takes no work"):
        pf.compare(quiet(), {"a": None}, executor=pool)


def test_scenario() -> None:
    with pytest.raises(pf.ScenarioError, match="scenario: must be a Scenario, got 3"):
        pf.compare(3, {"a": None})


def test_all_faults_at_once() -> None:
    with pytest.raises(pf.ScenarioError) as caught:
        pf.compare(quiet(), {"a": 1, "b": {"swich": 2}}, seeds=[-1], progress=4)
    paths = [fault.path for fault in caught.value.faults]
    assert paths == ["variants['a']", "variants['b'].swich", "seeds[0]", "progress"]
