"""Classes for numba: faults are told at once, or when they are compiled; telemetry is an array."""

from __future__ import annotations

from typing import Any

import pytest

import pyfabric as pf

SCENARIO = pf.Scenario(topology=pf.star(4), workload=pf.incast("host0", size="100kB"))


def run(algorithm: Any) -> pf.Result:
    control = pf.CustomCongestionControl(algorithm)
    return pf.simulate(SCENARIO.replace(congestion_control=control))


def raises_not(parameters: Any, state: Any, event: Any, wishes: Any) -> None: ...


JIT: dict[str, tuple[dict[str, Any], str]] = {
    "no callback": ({}, "has no callback"),
    "misspelt": ({"on_akc": lambda p, s, e, w: None}, "did you mean 'on_ack'"),
    "arguments": ({"on_ack": lambda e, w: None}, r"must take \(parameters, state, event, wishes\)"),
    "default": (
        {"parameters": {"gain": "x"}, "on_ack": raises_not},
        "default of Mine.parameters.gain must be a number or None, got 'x'",
    ),
    "misspelt attribute": (
        {"paramters": {"gain": 1}, "on_ack": raises_not},
        "Mine.paramters has no effect; did you mean 'parameters'",
    ),
    "parameters": ({"parameters": 5, "on_ack": raises_not}, "parameters must be a dict"),
}


@pytest.mark.parametrize("name", JIT)
def test_jit_refuses_at_once(name: str) -> None:
    fields, message = JIT[name]
    with pytest.raises(ValueError, match=message):
        pf.cc.jit(type("Mine", (), fields))


def raises(parameters: Any, state: Any, event: Any, wishes: Any) -> None:
    if event.bytes > 5:
        raise ValueError


def test_jit_refuses_what_raises() -> None:
    with pytest.raises(ValueError, match="must not raise"):
        pf.cc.jit(type("Mine", (), {"on_ack": raises}))


def unknown_field(parameters: Any, state: Any, event: Any, wishes: Any) -> None:
    wishes.rate = 5


def returns_text(parameters: Any, state: Any, event: Any, wishes: Any) -> Any:
    return "text"


def returns_three(parameters: Any, state: Any, event: Any, wishes: Any) -> Any:
    return 3


COMPILED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"on_ack": unknown_field}, "numba cannot compile"),
    "another result": ({"on_ack": returns_text}, "must return None or an error number"),
    "large state": ({"on_ack": returns_three, "state": {"a": "V999"}}, "takes 999 B"),
    "no type": ({"on_ack": returns_three, "state": {"a": "x9"}}, "a field of the state"),
    "a text": (
        {"on_ack": returns_three, "state": {"a": str}},
        "field 'a' of the state must be int",
    ),
    "error number": ({"on_ack": returns_three}, "'Mine' returned error 3"),
}


@pytest.mark.parametrize("name", COMPILED)
def test_numba_faults_are_told(name: str) -> None:
    pytest.importorskip("numba")
    fields, message = COMPILED[name]
    kinds = pf.EngineError if name == "error number" else pf.ScenarioError
    with pytest.raises(kinds, match=message):
        run(pf.cc.jit(type("Mine", (), fields)))


def with_hops(parameters: Any, state: Any, event: Any, wishes: Any, hops: Any) -> Any:
    """An error number if there are hops that the event does not count."""
    total = 0
    for hop in hops:
        total += hop.queue_bytes
    return len(hops) - event.hop_count


def test_a_fifth_argument_is_the_telemetry() -> None:
    pytest.importorskip("numba")
    assert run(pf.cc.jit(type("Mine", (), {"on_ack": with_hops}))).complete
