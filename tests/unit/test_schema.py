"""The JSON Schema agrees with the loader about keys."""

import contextlib
import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_fabrics import scenarios

import pyfabric as pf
from pyfabric.cli import main
from pyfabric.scenario.schema import scenario_schema

jsonschema = pytest.importorskip("jsonschema")
SCHEMA = scenario_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FULL = {
    "version": 1,
    "topology": {"leaf_spine": {"leaves": 2, "spines": 2, "hosts_per_leaf": 4, "uplinks": 2}},
    "workload": [
        {"flow": {"src": 0, "dst": "host1", "size": None, "start": "1us", "name": "f"}},
        {"flows": [{"src": 0, "dst": 1, "size": "1kB"}]},
        {"flows": {"src": [0, 1], "dst": 2, "size": [1, "2kB"], "op": "send"}},
        {"flows": {"items": [{"src": 0, "dst": 1, "size": 1}], "name": "x"}},
        {"incast": {"receiver": 0, "senders": "4:8", "size": "1MB"}},
        {"permutation": {"size": 9, "endpoints": [0, 1, "host5"]}},
        {"all_to_all": {"size": 9, "qp": "per_pair"}},
        {"poisson": {"load": "1/3", "sizes": "websearch", "duration": "1us"}},
        {"poisson": {"load": 0.3, "sizes": {"points": [[0, 0], [9, 100]]}, "duration": 5}},
    ],
    "congestion_control": {"dcqcn": {"preset": "simai", "g": "1/16"}},
    "switch": {
        "alpha": 0.5,
        "ecn": {"kmin": {"400Gbps": "1kB"}, "kmax": {"400Gbps": "2kB"}, "priorities": [3]},
        "pfc": {"mode": "on_off"},
        "weights": {"3": 2},
    },
    "nic": {"rto": None, "mtu": 512},
    "framing": {"gap": "12B"},
    "overrides": {"spine*": {"switch": {"ecn": None}}, "host1": {"nic": {"mtu": 512}}},
    "seed": 3,
    "workload_seed": None,
    "until": "5ms",
}


def as_loaded(data):
    """What YAML makes of the keys of ``weights``, which JSON only has as texts."""
    data = copy.deepcopy(data)
    switch = data.get("switch")
    weights = switch.get("weights") if isinstance(switch, dict) else None
    if isinstance(weights, dict):
        switch["weights"] = {int(k) if k.isdecimal() else k: v for k, v in weights.items()}
    return data


def test_it_is_a_schema():
    VALIDATOR.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_the_command_prints_it(capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA


def test_a_file_with_everything():
    VALIDATOR.validate(FULL)
    assert pf.Scenario.from_dict(as_loaded(FULL)).seed == 3


def test_files_in_the_repository():
    from ruamel.yaml import YAML

    root = Path(__file__).resolve().parents[2]
    found = [root / "tests" / "data" / "result_v1" / "scenario.yaml"]
    for path in found:
        VALIDATOR.validate(YAML(typ="safe", pure=True).load(path.read_text()))


@settings(max_examples=60)
@given(scenarios())
def test_what_is_saved_is_valid(scenario):
    plain = json.loads(json.dumps(scenario.to_dict()))
    VALIDATOR.validate(plain)


def mappings(data, path=()):
    """Paths of all mappings in ``data`` whose keys are fixed."""
    if isinstance(data, dict):
        if path[-1:] not in (("weights",), ("kmin",), ("kmax",), ("overrides",)):
            yield path
        for key, value in data.items():
            yield from mappings(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from mappings(value, (*path, index))


def at(data, path):
    for key in path:
        data = data[key]
    return data


PLACES = list(mappings(FULL))


def test_places_cover_all_levels():
    assert len(PLACES) > 30
    assert ("switch", "ecn") in PLACES
    assert ("workload", 8, "poisson", "sizes") in PLACES


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)) or "top")
def test_unknown_keys_are_refused_by_both(path):
    data = copy.deepcopy(FULL)
    at(data, path)["no_such_key"] = 1
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(pf.ScenarioError):
        pf.Scenario.from_dict(as_loaded(data))


@settings(max_examples=150)
@given(st.sampled_from(PLACES), st.data())
def test_what_the_schema_refuses_is_refused(path, data):
    """Removing a key or putting something else there: never valid for the loader alone."""
    changed = copy.deepcopy(FULL)
    target = at(changed, path)
    key = data.draw(st.sampled_from(sorted(target)))
    if data.draw(st.booleans()):
        del target[key]
    else:
        target[key] = data.draw(st.sampled_from([True, 7, "x", [1], {"a": 1}]))
    if VALIDATOR.is_valid(changed):
        return
    with contextlib.suppress(pf.ScenarioError):
        pf.Scenario.from_dict(as_loaded(changed))
        raise AssertionError(f"the schema refuses what the loader takes: {path}, {key}")


def test_descriptions_and_defaults_come_from_the_classes():
    nic = SCHEMA["$defs"]["nic"]["properties"]
    assert nic["mtu"]["default"] == pf.Nic().mtu
    assert nic["mtu"]["description"].startswith("RDMA payload of a full packet")
    assert SCHEMA["properties"]["version"] == {"const": 1}
    assert SCHEMA["required"] == ["version", "topology", "workload"]
    assert set(nic) == set(pf.Nic.__dataclass_fields__)
