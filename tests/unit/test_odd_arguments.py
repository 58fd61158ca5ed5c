"""Arguments of a wrong kind, and texts of any length: a message, short, and never a TypeError."""

import pytest

import pyfabric as pf
from pyfabric import Flow, Scenario, ScenarioError
from pyfabric.topology import star

SCENARIO = Scenario(star(2), Flow(0, 1, 1))
WANTED = "must map paths such as 'switch.ecn.kmin' to values"
ODD = {
    "text": (lambda: SCENARIO.replace("x"), f"replace: {WANTED}, got 'x'"),
    "number": (lambda: SCENARIO.replace(3, seed=1), f"replace: {WANTED}, got 3"),
    "load": (lambda: Scenario.load(None), "Scenario.load: must be a path, got None"),
    "bytes": (lambda: Scenario.load(b"a"), "Scenario.load: must be a path, got b'a'"),
    "save": (lambda: SCENARIO.save(None), "Scenario.save: must be a path, got None"),
    "result": (lambda: pf.load_result(None), "load_result: must be a path, got None"),
}
LONG = "x" * 5000
LONG_TEXTS = {
    "field": lambda: SCENARIO.replace({LONG: 1}),
    "inner field": lambda: SCENARIO.replace({f"switch.{LONG}": 1}),
    "key": lambda: Scenario.from_dict({LONG: 1}),
    "kind": lambda: Scenario.from_dict({"version": 1, "topology": {LONG: {}}, "workload": []}),
    "parameter": lambda: pf.Switch(**{LONG: 1}),
    "override": lambda: SCENARIO.replace(overrides={LONG: pf.Switch()}),
    "endpoint": lambda: pf.incast(0, [LONG, LONG], size=1),
    "infinite": lambda: pf.Switch(buffer="nan" + LONG),
}


@pytest.mark.parametrize("name", ODD)
def test_wrong_kind(name):
    make, message = ODD[name]
    with pytest.raises(ScenarioError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_long_texts_are_shortened(name):
    with pytest.raises(ScenarioError) as caught:
        LONG_TEXTS[name]()
    assert "xxx..." in str(caught.value)
    assert len(str(caught.value)) < 1200


def test_the_path_of_a_fault_stays_whole():
    with pytest.raises(ScenarioError) as caught:
        LONG_TEXTS["field"]()
    assert caught.value.faults[0].path == LONG
