"""Saved plans: the same run again, or a clear refusal."""

import contextlib
import dataclasses
import io
import json
import warnings
import zipfile

import numpy as np
import pytest
from result_tools import incast_scenario, leaf_spine_scenario

import pyfabric as pf
from pyfabric.compile import plan_files
from pyfabric.compile.plan import MODEL_VERSION


@pytest.fixture
def plan():
    workload = pf.incast("host0", range(4, 9), size="100kB") + pf.permutation("20kB", op="send")
    return pf.compile_plan(leaf_spine_scenario(workload, seed=5))


@pytest.fixture
def saved(plan, tmp_path):
    path = tmp_path / "plan.npz"
    plan.save(path)
    return path


def test_same_plan_and_same_run(plan, saved):
    again = pf.Plan.load(saved)
    assert again.hash == plan.hash
    assert again.scalars == plan.scalars
    assert set(again.labels) == set(plan.labels)
    for name, value in plan.labels.items():
        assert list(again.labels[name]) == list(value)
    first, second = pf.simulate(plan), pf.simulate(again)
    assert first.fingerprint == second.fingerprint
    assert first.tables == second.tables
    assert second.scenario is None
    assert str(second).startswith("All done")
    assert [path.name for path in saved.parent.iterdir()] == ["plan.npz"]


def test_a_plan_gives_what_its_scenario_gives():
    scenario = incast_scenario()
    result, of_plan = pf.simulate(scenario), pf.simulate(pf.compile_plan(scenario))
    assert of_plan.fingerprint == result.fingerprint
    assert of_plan.tables == result.tables
    assert of_plan.plan_hash == result.plan_hash


def test_results_of_plans_are_saved(saved, tmp_path):
    result = pf.simulate(pf.Plan.load(saved), record="queues")
    result.save(tmp_path / "out")
    assert not (tmp_path / "out" / "scenario.yaml").exists()
    again = pf.load_result(tmp_path / "out")
    assert again.scenario is None
    assert again.tables == result.tables


def test_until_of_a_plan():
    scenario = incast_scenario()
    plan = pf.compile_plan(scenario)
    short = pf.simulate(plan, until="30us")
    assert short.end_ps == 30_000_000
    assert short.fingerprint == pf.simulate(scenario, until="30us").fingerprint
    with pytest.raises(pf.ScenarioError, match=r"until: '30 apples'"):
        pf.simulate(plan, until="30 apples")
    with pytest.raises(pf.ScenarioError, match="must be a Scenario or Plan"):
        pf.simulate("plan.npz")


def rewritten(path, change):
    """The file with its arrays changed, as someone with numpy would."""
    with np.load(path) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    header = json.loads(content["header"].tobytes())
    change(header, content)
    content["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez(path, **content)


def drop(name):
    return lambda header, arrays: arrays.pop(name)


def put(name, value):
    return lambda header, arrays: arrays.update({name: value})


def top(**values):
    return lambda header, arrays: header.update(values)


CHANGES = {
    "value": (
        lambda header, arrays: arrays["column.flow_size_bytes"].__setitem__(0, 7),
        "is damaged: its content has hash",
    ),
    "seed": (lambda header, arrays: header["scalars"].update(model_seed=6), "has hash"),
    "no column": (drop("column.port_peer"), "column.port_peer"),
    "type": (put("column.port_peer", np.zeros(3)), "port_peer is of type float64, not uint32"),
    "no scalar": (lambda header, arrays: header["scalars"].pop("mtu_bytes"), "mtu_bytes"),
    "label": (put("label.src", np.zeros(2, dtype=np.int64)), "label src has 2 entries, not 21"),
    "names": (lambda header, arrays: header["texts"].update(node_names=["a"]), "node_names has 1"),
    "objects": (put("label.src", np.array([None], dtype=object)), "is no plan, or damaged"),
    "kind": (top(kind="x"), "is no plan"),
    "format": (top(format=1), r"is of format 1 \(this pyfabric reads 3\)"),
    "no header": (lambda header, arrays: [arrays.pop(n) for n in list(arrays)], "."),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_files_are_refused(name, saved):
    change, words = CHANGES[name]
    rewritten(saved, change)
    with pytest.raises(pf.ScenarioError, match=words) as caught:
        pf.Plan.load(saved)
    assert str(caught.value).startswith(f"{saved}: ")


def test_another_model_version_is_refused_with_both_numbers(saved, monkeypatch):
    monkeypatch.setattr(plan_files, "MODEL_VERSION", MODEL_VERSION + 1)
    words = f"version {MODEL_VERSION} of the model, this pyfabric runs version {MODEL_VERSION + 1}"
    with pytest.raises(pf.ScenarioError, match=words):
        pf.Plan.load(saved)


def test_every_damaged_byte_is_noticed_or_harmless(plan, saved):
    content = saved.read_bytes()
    rng = np.random.default_rng(1)
    for position in rng.integers(0, len(content), 120).tolist():
        damaged = bytearray(content)
        damaged[position] ^= 0x41
        saved.write_bytes(damaged)
        with contextlib.suppress(pf.ScenarioError):
            again = pf.Plan.load(saved)  # a date or a comment of the archive
            assert again.hash == plan.hash
            assert list(again.labels["port_names"]) == list(plan.labels["port_names"])


def test_damage_inside_of_the_archive_is_told(plan, saved):
    """Bytes changed under a checksum that fits: numpy's own parser of headers meets them."""
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    rng = np.random.default_rng(2)
    for _ in range(200):
        name = str(rng.choice(sorted(members)))
        content = bytearray(members[name])
        position = int(rng.integers(0, min(len(content), 128)))
        content[position] ^= int(rng.integers(1, 256))
        with zipfile.ZipFile(saved, "w") as archive:
            for member, data in members.items():
                archive.writestr(member, bytes(content) if member == name else data)
        with contextlib.suppress(pf.ScenarioError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert pf.Plan.load(saved).hash == plan.hash


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_cut_files_are_refused(share, saved):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(pf.ScenarioError, match="is no plan, or was cut short"):
        pf.Plan.load(saved)


def test_other_files_are_refused(tmp_path, plan):
    with pytest.raises(pf.ScenarioError, match="no such file"):
        pf.Plan.load(tmp_path / "missing.npz")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "a")
    (tmp_path / "other.npz").write_bytes(other.getvalue())
    with pytest.raises(pf.ScenarioError, match="is no plan"):
        pf.Plan.load(tmp_path / "other.npz")
    with pytest.raises(pf.ScenarioError, match="cannot be written"):
        plan.save(tmp_path / "missing" / "plan.npz")


def test_a_plan_of_its_own_model_version_only(plan, saved):
    changed = dataclasses.replace(
        plan, scalars={**plan.scalars, "model_version": MODEL_VERSION + 7}
    )
    changed.save(saved)
    with pytest.raises(pf.ScenarioError, match=f"version {MODEL_VERSION + 7} of the model"):
        pf.Plan.load(saved)
