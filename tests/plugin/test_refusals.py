"""What is no congestion control is refused; one that breaks the contract ends the run."""

from __future__ import annotations

import copy
import ctypes
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

import pyfabric as pf
from pyfabric.cc import abi
from pyfabric.cc._bridge import PythonAlgorithm
from pyfabric.engine.native import _core

SCENARIO = pf.Scenario(topology=pf.star(4), workload=pf.incast("host0", size="100kB"))


@abi.Callback
def nothing(*_: Any) -> int:
    return 0


def control(algorithm: Any, **settings: Any) -> pf.CustomCongestionControl:
    return pf.CustomCongestionControl(algorithm, **settings)


def run(algorithm: Any, threads: int = 1, **settings: Any) -> pf.Result:
    chosen = control(algorithm, **settings)
    return pf.simulate(SCENARIO.replace(congestion_control=chosen), threads=threads)


def python(**methods: Callable[..., Any]) -> type:
    """A class ``Mine`` with these callbacks."""
    return type("Mine", (), methods)


class Good:
    def __init__(self, gain: float = 0.5) -> None: ...
    def on_ack(self, event: Any, wishes: Any) -> None: ...


class Demanding:
    def __init__(self, gain: float) -> None: ...
    def on_ack(self, event: Any, wishes: Any) -> None: ...


class Misspelt:
    def on_akc(self, event: Any, wishes: Any) -> None: ...


class TooFew:
    def on_ack(self, event: Any) -> None: ...


class Textual:
    def __init__(self, mode: str = "fast") -> None: ...
    def on_ack(self, event: Any, wishes: Any) -> None: ...


def named_capsule(name: bytes) -> object:
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return new(1, name, None)


OTHER = b"somebody.else"

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a number": (lambda: control(5), r"algorithm: must be a class with on_ack .*, got 5"),
    "no module": (lambda: control("aimd"), r"must be 'module:attribute', got 'aimd'"),
    "a bad name": (lambda: control("a b:c"), r"must be 'module:attribute'"),
    "not there": (lambda: run("no_such_module:x"), r"'no_such_module:x' cannot be imported"),
    "no attribute": (lambda: run("math:sqr"), r"no 'sqr'; did you mean 'sqrt'\?"),
    "no callback": (lambda: control(Misspelt), r"has no callback; did you mean 'on_ack'\?"),
    "a signature": (lambda: control(TooFew), r"must have on_ack\(self, event, wishes\)"),
    "a text parameter": (lambda: control(Textual), r"default of mode must be a number, got 'fast'"),
    "unknown parameter": (
        lambda: control(Good, parameters={"gian": 1}),
        r"parameters.gian: 'Good' has no such parameter; did you mean 'gain'\? \(known: gain\)",
    ),
    "missing parameter": (lambda: control(Demanding), r"parameters.gain: is missing"),
    "parameter": (lambda: control(Good, parameters={"gain": "fast"}), r"must be a finite number"),
    "nan": (lambda: control(Good, parameters={"gain": float("nan")}), r"must be a finite number"),
    "window": (lambda: control(Good, window="bpd"), r"window: .* did you mean 'bdp'\?"),
    "a capsule": (lambda: control(named_capsule(OTHER)), r"name is 'somebody.else', expected 'pyf"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_congestion_control_is_refused(name: str) -> None:
    make, message = REFUSED[name]
    with pytest.raises(pf.ScenarioError, match=message):
        make()


FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "version 2": ({"abi_version": 2}, r"abi_version is 2, this pyfabric has 1"),
    "no version": ({"abi_version": 0}, r"abi_version is 0"),
    "small struct": ({"struct_size": 8}, r"struct_size is 8"),
    "newer struct": ({"struct_size": 4000}, r"built against a newer pyfabric/cc.h"),
    "newer event": ({"event_size": 4000}, r"event_size is 4000 .*newer pyfabric/cc.h"),
    "no event": ({"event_size": 0}, r"event_size is 0 .*PF_CC_SIZES"),
    "newer wishes": ({"wishes_size": 4000}, r"wishes_size is 4000"),
    "other hops": ({"hop_size": 40}, r"hop_size is 40"),
    "large state": ({"state_bytes": 100_000}, r"state_bytes is 100000 .*make the state smaller"),
    "context": ({"context": 1}, r"state_bytes is 0"),
    "no name": ({"name": None}, r"it has no name"),
    "control letters": ({"name": b"a\nb"}, r"name is no text of printable ASCII"),
    "not ascii": ({"name": "größe".encode()}, r"name is no ASCII text"),
    "no callback": ({"on_ack": abi.Callback()}, r"it has no callback"),
    "parameters": ({"parameters": b"gain=fast"}, r"default 'fast' of parameter 'gain'"),
    "twice": ({"parameters": b"gain gain"}, r"'gain' is no name, or is named twice"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_struct_that_does_not_fit_is_refused(name: str) -> None:
    fields, message = FIELDS[name]
    with pytest.raises(pf.ScenarioError, match=message):
        run(abi.Algorithm(**{"name": b"mine", "on_ack": nothing, **fields}))


@pytest.mark.parametrize("value", [5, None, named_capsule(OTHER)])
def test_the_core_itself_checks_capsules(value: Any) -> None:
    with pytest.raises(ValueError, match="capsule"):
        _core.Algorithm(value)


def test_an_older_struct_is_taken() -> None:
    """Structs grow at their ends: what an older header did not have is zero."""
    older = abi.Algorithm(name=b"mine", on_ack=nothing)
    assert run(older).fingerprint == run(Good).fingerprint


def test_ctypes_refuses_functions_of_another_signature() -> None:
    other = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 0)
    with pytest.raises(TypeError, match="incompatible types"):
        abi.Algorithm(name=b"mine", on_ack=other)


BROKEN: dict[str, tuple[Callable[[Any, Any, Any], None], str]] = {
    "nan": (lambda s, e, w: setattr(w, "rate_bps", float("nan")), r"'Mine' wished rate_bps = nan"),
    "infinite": (lambda s, e, w: setattr(w, "window_bytes", 1e400), r"window_bytes = inf"),
    "huge": (lambda s, e, w: setattr(w, "rate_bps", 10**30), r"rate_bps = 1000000"),
    "negative rate": (lambda s, e, w: setattr(w, "rate_bps", -1), r"a negative rate .* -1 bit/s"),
    "negative window": (lambda s, e, w: setattr(w, "window_bytes", -5), r"a window of -5 B"),
    "absurd window": (lambda s, e, w: setattr(w, "window_bytes", 2**62), r"allowed: 0 to 2\^60"),
    "past": (lambda s, e, w: setattr(w, "timer_ps", e.now_ps - 1), r"a timer in the past, at"),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_contract_ends_the_run(name: str, threads: int) -> None:
    wish, message = BROKEN[name]
    with pytest.raises(pf.EngineError, match=message) as caught:
        run(python(on_ack=wish), threads)
    assert "congestion control 'Mine'" in str(caught.value)
    assert (caught.value.time_ps or 0) > 0
    assert str(caught.value.node).startswith("host")


def test_a_timer_that_stands_still_ends_the_run() -> None:
    def now(self: Any, event: Any, wishes: Any) -> None:
        wishes.timer_ps = event.now_ps

    with pytest.raises(pf.EngineError, match="a timer in the past"):
        run(python(init=now, on_timer=now))


def test_an_error_number_ends_the_run() -> None:
    seven = abi.Callback(lambda *_: 7)
    with pytest.raises(pf.EngineError, match="'mine' returned error 7"):
        run(abi.Algorithm(name=b"mine", on_ack=seven))


class MyError(Exception):
    pass


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("callback", ["__init__", "init", "on_send", "on_ack"])
def test_exceptions_come_out_with_time_node_and_flow(callback: str, threads: int) -> None:
    def fail(self: Any, *_: Any) -> None:
        raise MyError("no")

    methods = {"on_ack": lambda *_: None, callback: fail}
    if callback == "__init__":
        methods[callback] = lambda self: fail(self)
    with pytest.raises(MyError, match="no") as caught:
        run(python(**methods), threads)
    (note,) = caught.value.__notes__
    assert "ps of simulated time, at host" in note
    assert "flow" in note


def test_the_earliest_exception_wins_on_any_number_of_threads() -> None:
    def fail(self: Any, event: Any, wishes: Any) -> None:
        raise MyError(event.queue_pair)

    notes = set()
    for threads in (1, 2, 3):
        with pytest.raises(MyError) as caught:
            run(python(on_ack=fail), threads)
        notes.add(caught.value.__notes__[0])
    assert len(notes) == 1


def test_a_value_that_is_returned_is_an_error() -> None:
    with pytest.raises(TypeError, match="on_ack of congestion control 'Mine' must return None"):
        run(python(on_ack=lambda self, event, wishes: 5))


def test_wishes_of_another_type_are_an_error() -> None:
    with pytest.raises(TypeError):
        run(python(on_ack=lambda self, event, wishes: setattr(wishes, "rate_bps", "fast")))


def test_facts_and_wishes_may_be_kept() -> None:
    kept: list[Any] = []

    def keep(self: Any, event: Any, wishes: Any) -> None:
        kept.append((event, wishes, event.now_ps))

    result = run(python(on_ack=keep))
    assert result.complete
    assert all(event.now_ps >= then and event.hops == () for event, _, then in kept)


def test_ctrl_c_in_a_callback_gives_a_partial_result() -> None:
    def interrupt(self: Any, event: Any, wishes: Any) -> None:
        if event.queue_pair == 1:
            signal.raise_signal(signal.SIGINT)

    assert threading.current_thread() is threading.main_thread()
    result = run(python(on_ack=interrupt))
    assert result.stop_reason == "interrupted"
    assert result.fingerprint is None


def test_instances_die_with_the_run() -> None:
    import gc
    import weakref

    alive: list[Any] = []

    def born(self: Any, event: Any, wishes: Any) -> None:
        alive.append(weakref.ref(self))

    run(python(init=born))
    gc.collect()
    assert len(alive) == 3
    assert all(reference() is None for reference in alive)


def test_a_capsule_of_the_bridge_keeps_what_it_points_to() -> None:
    capsule = PythonAlgorithm(Good, "good", "", ()).capsule()
    assert _core.Algorithm(capsule).name == "good"


def test_what_has_no_name_cannot_be_saved_or_pickled() -> None:
    import pickle

    chosen = control(abi.Algorithm(name=b"mine", on_ack=nothing))
    assert copy.deepcopy(chosen) == chosen
    with pytest.raises(pf.ScenarioError, match="give it as 'module:attribute'"):
        SCENARIO.replace(congestion_control=chosen).to_dict()
    with pytest.raises(pf.ScenarioError, match="give it as 'module:attribute'"):
        pickle.dumps(chosen)
    plan = pf.compile_plan(SCENARIO.replace(congestion_control=chosen))
    assert pf.simulate(plan).complete


def test_a_result_of_a_nameless_algorithm_is_saved_without_its_scenario(tmp_path: Any) -> None:
    result = run(python(on_ack=lambda self, event, wishes: None))
    with pytest.warns(UserWarning, match="saved without its scenario: Mine cannot be found"):
        result.save(tmp_path / "out")
    again = pf.load_result(tmp_path / "out")
    assert (again.scenario, again.fingerprint) == (None, result.fingerprint)


def test_a_saved_plan_of_a_nameless_algorithm_says_so(tmp_path: Any) -> None:
    pf.compile_plan(
        SCENARIO.replace(congestion_control=control(python(on_ack=BROKEN["nan"][0])))
    ).save(tmp_path / "plan.npz")
    with pytest.raises(pf.ScenarioError, match="does not say where it is"):
        pf.simulate(pf.Plan.load(tmp_path / "plan.npz"))


def test_a_plan_with_a_number_of_no_plugin_is_refused() -> None:
    plan = pf.compile_plan(SCENARIO.replace(congestion_control=control(Good)))
    bare = pf.Plan(plan.columns, plan.scalars, plan.labels)
    with pytest.raises(pf.EngineError, match="names a plug-in that does not come with the plan"):
        pf.simulate(bare)
