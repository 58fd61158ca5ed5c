"""What an algorithm shows of itself in a trace: the same rows in every form, faults in words."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import pytest
from plugin_forms import FORMS, SCENARIO, form

import pyfabric as pf
from pyfabric.cc import abi


def traced(algorithm: Any, threads: int = 1) -> pf.Result:
    control = pf.CustomCongestionControl(algorithm)
    made = SCENARIO.replace(congestion_control=control)
    return pf.simulate(made, record="cc", threads=threads)


@pytest.fixture(scope="module")
def in_c(installed: Path) -> pf.Result:
    return traced(form("in_c:aimd"))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_has_the_same_rows(name: str, in_c: pf.Result) -> None:
    found = traced(form(name), threads=2)
    assert found.cc == in_c.cc
    assert found.cc.nullable == ("window", "cut_after_ps")
    assert len(found.cc) > 300
    assert abs(found.cc["window"] - found.cc["window_bytes"]).max() <= 0.5


def test_ctypes_functions_show_values_too(in_c: pf.Result) -> None:
    def on_ack(parameters: Any, state: Any, event: Any, wishes: Any) -> int:
        ctypes.cast(state, ctypes.POINTER(ctypes.c_int64))[0] += event[0].bytes
        return 0

    def observe(parameters: Any, state: Any, event: Any, wishes: Any, values: Any) -> int:
        values[0] = ctypes.cast(state, ctypes.POINTER(ctypes.c_int64))[0]
        return abi.NEVER

    algorithm = pf.cc.Algorithm(
        name=b"sum",
        state_bytes=8,
        on_ack=pf.cc.Callback(on_ack),
        observed=b"acknowledged_bytes",
        observe=pf.cc.Observe(observe),
    )
    result = traced(algorithm)
    for qp, size_bytes in zip(result.flows["qp"], result.flows["size_bytes"], strict=True):
        acked = result.cc["acknowledged_bytes"][result.cc["qp"] == qp]
        assert acked[0] == 0
        assert acked[-1] == size_bytes
        assert (acked[1:] > acked[:-1]).all()


def test_what_observe_replays_stays_in_its_copy_until_the_next_fact() -> None:
    """It counts its calls since the last fact: one at the fact, one each microsecond behind it."""

    def on_ack(parameters: Any, state: Any, event: Any, wishes: Any) -> int:
        return int(ctypes.cast(state, ctypes.POINTER(ctypes.c_int64))[0])  # not 0: an error

    def observe(parameters: Any, state: Any, event: Any, wishes: Any, values: Any) -> int:
        calls = ctypes.cast(state, ctypes.POINTER(ctypes.c_int64))
        calls[0] += 1
        values[0] = calls[0]
        return int(event[0].now_ps) + 10**6

    algorithm = pf.cc.Algorithm(
        name=b"calls",
        state_bytes=8,
        on_ack=pf.cc.Callback(on_ack),
        observed=b"calls",
        observe=pf.cc.Observe(observe),
    )
    cc = traced(algorithm).cc
    assert cc["calls"].max() > 1
    for qp in set(cc["qp"].tolist()):
        calls, times = (cc[name][cc["qp"] == qp] for name in ("calls", "time_ps"))
        later = calls[1:] > 1
        assert (calls[1:][later] == calls[:-1][later] + 1).all()
        next_one = calls[1:] > 2
        assert (times[1:][next_one] == times[:-1][next_one] + 10**6).all()


class Shows:
    observed: Any = ("alpha",)

    def __init__(self) -> None:
        self.alpha: Any = None

    def on_ack(self, event: Any, wishes: Any) -> None:
        self.alpha = 0.5


def test_none_is_no_value() -> None:
    cc = traced(Shows).cc
    assert cc.null("alpha").sum() == len(set(cc["qp"].tolist()))
    assert set(cc["alpha"][~cc.null("alpha")].tolist()) == {0.5}


def test_what_reading_a_value_raises_comes_out() -> None:
    class Lacks(Shows):
        observed = ("alhpa",)

    with pytest.raises(AttributeError, match="alhpa") as caught:
        traced(Lacks)
    assert "in a congestion control at" in caught.value.__notes__[0]
    plain = SCENARIO.replace(congestion_control=pf.CustomCongestionControl(Lacks))
    assert pf.simulate(plain).complete  # not asked for


REFUSED = {
    "text": ("alpha", "observed of class .* must be a tuple of names, got 'alpha'"),
    "five": (tuple("abcde"), r"has 5 names \(allowed: 0 to 4\)"),
    "no name": (("a b",), "'a b' is no name"),
    "twice": (("a", "a"), "'a' is the name of another column"),
    "a column": (("rate_bps",), "'rate_bps' is the name of another column"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_names_are_refused(name: str) -> None:
    names, message = REFUSED[name]
    with pytest.raises(pf.ScenarioError, match=message):
        traced(type("Mine", (Shows,), {"observed": names}))


def test_a_class_for_numba_shows_fields_of_its_state() -> None:
    functions = {"on_ack": lambda p, s, e, w: None, "state": {"alpha": float}}
    with pytest.raises(ValueError, match="did you mean 'alpha'"):
        pf.cc.jit(type("Mine", (), {**functions, "observed": ("alhpa",)}))


def nothing(*_: Any) -> int:
    return 0


NATIVE = {
    "alone": ({"observed": b"a"}, "observed and observe must be given together"),
    "past": ({"observed": b"a", "observe": nothing}, "observed a next change in the past, at 0 ps"),
    "five": ({"observed": b"a b c d e", "observe": nothing}, "has 5 names"),
    "digits": ({"observed": b"1a", "observe": nothing}, "'1a' is no name"),
}


@pytest.mark.parametrize("name", NATIVE)
def test_native_faults_are_told(name: str) -> None:
    fields, message = NATIVE[name]
    fields = {k: pf.cc.Observe(v) if k == "observe" else v for k, v in fields.items()}
    algorithm = pf.cc.Algorithm(name=b"mine", on_ack=pf.cc.Callback(nothing), **fields)
    with pytest.raises((pf.ScenarioError, pf.EngineError), match=message):
        traced(algorithm)


def test_an_older_struct_shows_nothing() -> None:
    algorithm = pf.cc.Algorithm(
        name=b"old",
        on_ack=pf.cc.Callback(nothing),
        struct_size=abi.Algorithm.observed.offset,
        observed=b"a b c d e",  # behind what it said to have
    )
    assert traced(algorithm).cc.nullable == ()
