"""Functions in Python behind the C contract's callbacks: what they raise is not lost."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

import pyfabric as pf
from pyfabric.cc import abi


class MyError(Exception):
    pass


def scenario_of(algorithm: abi.Algorithm) -> pf.Scenario:
    return pf.Scenario(
        pf.star(3, "100G"),
        pf.incast(2, size="100kB"),
        pf.CustomCongestionControl(algorithm),
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("field", ["init", "on_ack", "observe"])
def test_exceptions_of_functions_behind_ctypes_come_out(field: str, threads: int) -> None:
    def fail(*_: Any) -> int:
        raise MyError(field)

    kind = abi.Observe if field == "observe" else abi.Callback
    fields: dict[str, Any] = {"on_ack": abi.Callback(lambda *_: None), field: kind(fail)}
    algorithm = abi.Algorithm(name=b"mine", observed=b"x" if field == "observe" else None, **fields)
    scenario = scenario_of(algorithm)
    record = ("cc",) if field == "observe" else ()
    for _ in range(2):
        with pytest.raises(MyError, match=field) as caught:
            pf.simulate(scenario, threads=threads, record=record)
        assert "ps of simulated time, at host" in caught.value.__notes__[-1]


def test_what_no_number_can_come_of_is_told() -> None:
    algorithm = abi.Algorithm(name=b"mine", on_ack=abi.Callback(lambda *_: "no"))
    with pytest.raises(TypeError, match="'str' object cannot be interpreted as an integer"):
        pf.simulate(scenario_of(algorithm))


def test_a_function_of_a_library_is_called_as_it_is() -> None:
    """No wrapper in Python comes between: the address in the struct is the function's."""
    seven = abi.Callback(lambda *_: 7)
    again = abi.Callback(ctypes.cast(seven, ctypes.c_void_p).value)
    with pytest.raises(pf.EngineError, match="'mine' returned error 7"):
        pf.simulate(scenario_of(abi.Algorithm(name=b"mine", on_ack=again)))
