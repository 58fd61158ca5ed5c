"""One algorithm in C, Cython, numba, ctypes and Python: the same fingerprints."""

from __future__ import annotations

import copy
import ctypes
import importlib
import pickle
from pathlib import Path
from typing import Any

import pytest
from plugin_forms import FORMS, SCENARIO, form

import pyfabric as pf


def run(algorithm: Any, threads: int = 1, **parameters: Any) -> pf.Result:
    control = pf.CustomCongestionControl(algorithm, parameters)
    return pf.simulate(SCENARIO.replace(congestion_control=control), threads=threads)


@pytest.fixture(scope="module")
def in_c(installed: Path) -> pf.Result:
    return run(form("in_c:aimd"))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_run(name: str, in_c: pf.Result) -> None:
    assert run(form(name)).fingerprint == in_c.fingerprint
    assert run(form(name), threads=2).fingerprint == in_c.fingerprint


def test_ctypes_takes_the_struct_out_of_a_shared_object(in_c: pf.Result) -> None:
    library = ctypes.CDLL(importlib.import_module("aimd_plugin.in_c").__file__)
    algorithm = pf.cc.Algorithm.in_dll(library, "aimd")
    assert run(algorithm).fingerprint == in_c.fingerprint


def test_ctypes_functions_in_python_are_the_same_too(in_c: pf.Result) -> None:
    windows: dict[int, list[float]] = {}

    def init(parameters: Any, state: Any, event: Any, wishes: Any) -> int:
        facts = event[0]
        window = facts.line_rate_bps * facts.base_rtt_ps / 8e12
        windows[facts.queue_pair] = [window, 0]
        wishes[0].window_bytes = round(window)
        return 0

    def on_ack(parameters: Any, state: Any, event: Any, wishes: Any) -> int:
        facts, own = event[0], windows[event[0].queue_pair]
        if not facts.ecn_echo:
            own[0] += parameters[0] * facts.mtu_bytes * facts.bytes / own[0]
        elif facts.now_ps >= own[1]:
            own[0] = max(own[0] * parameters[1], facts.mtu_bytes)
            own[1] = facts.now_ps + facts.base_rtt_ps
        wishes[0].window_bytes = round(own[0])
        return 0

    algorithm = pf.cc.Algorithm(
        name=b"Aimd",
        parameters=b"increase=1.0 decrease=0.5",
        init=pf.cc.Callback(init),
        on_ack=pf.cc.Callback(on_ack),
    )
    assert run(algorithm).fingerprint == in_c.fingerprint


@pytest.mark.parametrize("name", FORMS)
def test_parameters_reach_every_form(name: str, in_c: pf.Result) -> None:
    gentle = run(form(name), decrease=0.875)
    assert gentle.fingerprint == run(form("in_c:aimd"), decrease=0.875).fingerprint
    assert gentle.fingerprint != in_c.fingerprint
    assert gentle.plan_hash != in_c.plan_hash


def test_the_algorithm_reacts(in_c: pf.Result) -> None:
    """Else equal fingerprints would say little."""
    fixed = run(form("in_c:aimd"), increase=0, decrease=1)
    assert fixed.fingerprint != in_c.fingerprint
    assert in_c.ports["ecn_marks"].sum() < fixed.ports["ecn_marks"].sum()


def test_text_names_it_in_files_pickles_and_comparisons(in_c: pf.Result, tmp_path: Path) -> None:
    text = "aimd_plugin.in_c:aimd"
    control = pf.CustomCongestionControl(text, {"decrease": "1/2"})
    scenario = SCENARIO.replace(congestion_control=control)
    scenario.save(tmp_path / "own.yaml")
    loaded = pf.Scenario.load(tmp_path / "own.yaml")
    assert loaded == scenario == pickle.loads(pickle.dumps(scenario)) == copy.deepcopy(scenario)
    assert pf.simulate(loaded).fingerprint == in_c.fingerprint
    comparison = pf.compare(SCENARIO, {"own": control, "none": None}, seeds=range(1))
    assert len(comparison.runs) == 2


@pytest.mark.parametrize("name", ["in_python:Aimd", "in_numba:Aimd"])
def test_what_a_module_defines_is_found_again_by_name(name: str, in_c: pf.Result) -> None:
    control = pf.CustomCongestionControl(form(name))
    assert control.source == f"aimd_plugin.{name}"
    again = pickle.loads(pickle.dumps(control))
    assert run(again.algorithm).fingerprint == in_c.fingerprint


def test_a_saved_plan_finds_its_plugin_or_says_what_is_missing(
    in_c: pf.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = pf.CustomCongestionControl("aimd_plugin.in_python:Aimd")
    plan = pf.compile_plan(SCENARIO.replace(congestion_control=control))
    plan.save(tmp_path / "own.npz")
    again = pf.Plan.load(tmp_path / "own.npz")
    assert again.hash == plan.hash
    assert pf.simulate(again).fingerprint == in_c.fingerprint
    module = importlib.import_module("aimd_plugin.in_python")
    monkeypatch.setattr(module.Aimd, "version", "2", raising=False)
    with pytest.raises(pf.ScenarioError, match=r"compiled for version '' of 'Aimd'.*found is"):
        pf.simulate(again)
    monkeypatch.delattr(module, "Aimd")
    with pytest.raises(pf.ScenarioError, match=r"the plan needs it, but .* no 'Aimd'"):
        pf.simulate(again)
