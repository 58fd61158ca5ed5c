"""Callbacks of the C contract out of Python functions, by numba."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numba
import numpy as np
from numba import carray, types
from numba.extending import intrinsic

from pyfabric.cc import abi
from pyfabric.cc.plugin import PluginError

#: Divisions by zero give infinities, as in C; no reordering, no fused multiply-add.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": False}
_HOP = numba.from_dtype(abi.dtype(abi.Hop))
_EVENT = numba.from_dtype(abi.dtype(abi.Event))
_WISHES = numba.from_dtype(abi.dtype(abi.Wishes))


def record(fields: Mapping[str, Any]) -> np.dtype[Any]:
    """The dtype of a record, aligned as C does; PluginError for unknown types."""
    try:
        pairs = [(name, np.dtype(kind).str[1:]) for name, kind in fields.items()]
    except TypeError as error:
        raise PluginError(f"a field of the state: {error}") from None
    return np.dtype(pairs or [("unused", "f8")], align=True)


def compiled(function: Callable[..., Any], parameters: np.dtype[Any], state: np.dtype[Any]) -> Any:
    """A numba cfunc of ``pf_cc_callback`` that calls ``function`` with records."""
    with_hops = len(inspect.signature(function).parameters) == 5
    records = [numba.from_dtype(dtype) for dtype in (parameters, state)]
    arguments = [*records, _EVENT, _WISHES]
    inner = numba.njit(**_OPTIONS)(function)
    try:
        hops = [types.Array(_HOP, 1, "C")] if with_hops else []
        signature = tuple(arguments + hops)
        inner.compile(signature)
        returned = inner.overloads[signature].signature.return_type
        if isinstance(returned, types.NoneType):
            wrapper = _silent_with_hops(inner) if with_hops else _silent(inner)
        elif isinstance(returned, types.Integer):
            wrapper = _telling_with_hops(inner) if with_hops else _telling(inner)
        else:
            raise PluginError(f"{function.__qualname__} must return None or an error number")
        return numba.cfunc(types.int32(*map(types.CPointer, arguments)), **_OPTIONS)(wrapper)
    except PluginError:
        raise
    except Exception as error:  # numba's own, or what its typing stumbles over
        what = f"{type(error).__name__}: {error}"
        raise PluginError(f"numba cannot compile {function.__qualname__}: {what}") from None


def observer(names: Sequence[str], parameters: np.dtype[Any], state: np.dtype[Any]) -> Any:
    """A numba cfunc of ``pf_cc_observe`` that reads fields of the state."""
    read: Any = numba.njit(**_OPTIONS)(lambda _state, _values: None)
    for index, name in enumerate(names):
        read = _then(read, index, name)

    def wrapper(_parameters: Any, state: Any, _event: Any, _wishes: Any, values: Any) -> Any:
        read(carray(state, 1)[0], carray(values, abi.OBSERVED))
        return abi.NEVER

    records = [numba.from_dtype(dtype) for dtype in (parameters, state)]
    pointers = map(types.CPointer, (*records, _EVENT, _WISHES, types.float64))
    return numba.cfunc(types.int64(*pointers), **_OPTIONS)(wrapper)


def _then(before: Any, index: int, name: str) -> Any:
    """``before``, then the field ``name`` as value ``index``."""

    def read(state: Any, values: Any) -> None:
        before(state, values)
        values[index] = state[name]

    return numba.njit(**_OPTIONS)(read)


@intrinsic  # type: ignore[untyped-decorator]
def _hops_at(typing_context: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(signature.return_type))

    return types.CPointer(_HOP)(types.uint64), generate


def _silent(inner: Any) -> Callable[..., int]:
    def callback(parameters: Any, state: Any, event: Any, wishes: Any) -> int:
        inner(
            carray(parameters, 1)[0], carray(state, 1)[0], carray(event, 1)[0], carray(wishes, 1)[0]
        )
        return 0

    return callback


def _telling(inner: Any) -> Callable[..., int]:
    def callback(parameters: Any, state: Any, event: Any, wishes: Any) -> Any:
        return inner(
            carray(parameters, 1)[0], carray(state, 1)[0], carray(event, 1)[0], carray(wishes, 1)[0]
        )

    return callback


def _silent_with_hops(inner: Any) -> Callable[..., int]:
    def callback(parameters: Any, state: Any, event: Any, wishes: Any) -> int:
        fact = carray(event, 1)[0]
        hops = carray(_hops_at(fact.hops), fact.hop_count)
        inner(carray(parameters, 1)[0], carray(state, 1)[0], fact, carray(wishes, 1)[0], hops)
        return 0

    return callback


def _telling_with_hops(inner: Any) -> Callable[..., int]:
    def callback(parameters: Any, state: Any, event: Any, wishes: Any) -> Any:
        fact = carray(event, 1)[0]
        hops = carray(_hops_at(fact.hops), fact.hop_count)
        return inner(
            carray(parameters, 1)[0], carray(state, 1)[0], fact, carray(wishes, 1)[0], hops
        )

    return callback
