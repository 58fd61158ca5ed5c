"""Errors: text, facts as attributes, pickle and deepcopy."""

import copy
import pickle

import pytest

from pyfabric import errors

SCENARIO = errors.ScenarioError(
    [errors.Fault("ECN.kmin", "too big"), errors.Fault("", "odd", "a.yaml", 3, 7)]
)
ENGINE = errors.EngineError("queue bytes negative", time_ps=5, node="leaf0")
LOSS = errors.LosslessViolation("not lossless, because ...")


@pytest.mark.parametrize("error", [SCENARIO, ENGINE, LOSS], ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("again", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_survives_copying(error, again):
    other = again(error)
    assert type(other) is type(error)
    assert str(other) == str(error)
    assert other.__dict__ == error.__dict__


def test_kinds():
    assert isinstance(SCENARIO, errors.PyfabricError | ValueError)
    assert isinstance(ENGINE, RuntimeError)
    assert isinstance(LOSS, AssertionError)


def test_all_faults_are_listed():
    assert str(SCENARIO) == "2 faults:\n  - ECN.kmin: too big\n  - a.yaml:3:7: odd"
    assert str(errors.ScenarioError("plain")) == "plain"


def test_faults_move_under_a_path():
    assert SCENARIO.under("switch.ecn").faults[0].path == "switch.ecn.kmin"


def test_did_you_mean():
    assert "did you mean 'kmin'?" in errors.did_you_mean("kmn", ["kmin", "kmax"])
    assert "did you mean 'ECN'?" in errors.did_you_mean("ecn", ["ECN", "PFC"])
    assert errors.did_you_mean("zzz", ["kmin"]) == ""
