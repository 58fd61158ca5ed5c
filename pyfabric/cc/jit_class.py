"""Congestion control compiled by numba: a class of functions becomes an algorithm of the contract.

numba (extra ``jit``) is imported when the algorithm is first used.
"""

from __future__ import annotations

import ctypes
import dis
import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from pyfabric.cc import abi
from pyfabric.cc.plugin import PluginError, observed_names
from pyfabric.errors import MissingPackageError, did_you_mean, shorten, unknown

_STATE_KINDS: Final = {int: "i8", float: "f8", bool: "u1"}
_ARGUMENTS: Final = "(parameters, state, event, wishes)"


class JitClass:
    """What :func:`jit` makes of a class; ``CustomCongestionControl`` takes it."""

    def __init__(self, kind: type) -> None:
        self.__name__, self.__qualname__ = kind.__name__, kind.__qualname__
        self.__module__, self.__doc__ = kind.__module__, kind.__doc__
        self._functions = _functions(kind)
        self._defaults = _mapping(kind, "parameters")
        self._state = _mapping(kind, "state")
        for name in self._state:
            if not name.isidentifier():
                raise PluginError(f"state of {kind.__qualname__}: {name!r} is no name")
        what = f"observed of {kind.__qualname__}"
        self._observed = observed_names(getattr(kind, "observed", ()), what)
        for name in self._observed:
            if name not in self._state:
                raise PluginError(f"{what}: {unknown('field of the state', name, self._state)}")
        self._texts = {
            "name": str(getattr(kind, "name", kind.__name__)),
            "version": str(getattr(kind, "version", "")),
        }
        self._lock = threading.Lock()
        self._made: tuple[object, abi.Algorithm, list[Any]] | None = None

    def __repr__(self) -> str:
        return f"<congestion control {self.__qualname__} for numba>"

    def __pyfabric_cc__(self) -> object:
        """A capsule of the contract, compiled at the first call."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return self._made[0]

    def _make(self) -> tuple[object, abi.Algorithm, list[Any]]:
        try:
            from pyfabric.cc import numba_callbacks
        except ImportError:
            raise MissingPackageError(
                "pyfabric.cc.jit needs numba, which is not installed: "
                "pip install 'pyfabric-roce[jit]'"
            ) from None
        state = numba_callbacks.record({n: _STATE_KINDS.get(k, k) for n, k in self._state.items()})
        if state.itemsize > abi.STATE_BYTES:
            taken = f"takes {state.itemsize} B (allowed: {abi.STATE_BYTES})"
            raise PluginError(f"state of {self.__qualname__} {taken}")
        parameters = numba_callbacks.record(dict.fromkeys(self._defaults, "f8"))
        kept: list[Any] = []
        callbacks: dict[str, Any] = {}
        for name, function in self._functions.items():
            compiled = numba_callbacks.compiled(function, parameters, state)
            kept.append(compiled)
            callbacks[name] = abi.Callback(compiled.address)
        if self._observed:
            compiled = numba_callbacks.observer(self._observed, parameters, state)
            kept.append(compiled)
            shown = " ".join(self._observed).encode("ascii")
            callbacks |= {"observed": shown, "observe": abi.Observe(compiled.address)}
        texts = {name: value.encode("ascii") for name, value in self._texts.items()}
        listed = " ".join(
            name if default is None else f"{name}={float(default)!r}"
            for name, default in self._defaults.items()
        )
        struct = abi.Algorithm(
            **texts, **callbacks, parameters=listed.encode("ascii"), state_bytes=state.itemsize
        )
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(struct))  # capsules may outlive this object
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))
        return abi.capsule_of(struct), struct, kept


def jit(kind: type) -> JitClass:
    """Class decorator: an algorithm that numba compiles to machine code when it is first used.

    The class has functions ``init, on_send, on_ack, on_cnp, on_nack, on_timeout, on_timer`` (those
    that it needs) of ``(parameters, state, event, wishes)``, or with a fifth argument ``hops``: an
    array of in-band telemetry. They read and set fields of records: event and wishes as in
    ``pyfabric/cc.h``, ``parameters`` and ``state`` as the class says. Class attributes:

    parameters: name -> default (None: has to be given); they are floats.
    state: name -> int, float, bool or a numpy type such as ``"u4"``, at most 256 B; zero before
        ``init``.
    observed: names of up to four fields of the state that a trace of congestion control shows.
    name, version: what the algorithm is called; a text that changes when its results do.

    Functions return None or an error number, and must not raise. A float that is set to an integer
    field is cut; use ``round``. Raises PluginError (a ValueError) for what cannot be compiled.
    """
    if not isinstance(kind, type):
        raise PluginError(f"jit decorates a class, got {shorten(kind)}")
    return JitClass(kind)


def _functions(kind: type) -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for name, value in vars(kind).items():
        function = value.__func__ if isinstance(value, staticmethod) else value
        if not inspect.isfunction(function) or (name not in abi.CALLBACKS and name[:2] == "__"):
            continue
        if name not in abi.CALLBACKS:
            hint = did_you_mean(name, abi.CALLBACKS)
            listed = ", ".join(abi.CALLBACKS)
            raise PluginError(f"{kind.__qualname__}.{name} is no callback{hint} (known: {listed})")
        if len(inspect.signature(function).parameters) not in (4, 5):
            raise PluginError(f"{kind.__qualname__}.{name} must take {_ARGUMENTS}")
        if any(
            step.opname in ("RAISE_VARARGS", "RERAISE") for step in dis.get_instructions(function)
        ):
            raise PluginError(
                f"{kind.__qualname__}.{name} must not raise (nor assert): compiled code cannot "
                "hand exceptions on; return an error number"
            )
        found[name] = function
    if not found:
        raise PluginError(f"class {kind.__qualname__} has no callback")
    return found


def _mapping(kind: type, name: str) -> dict[str, Any]:
    value = getattr(kind, name, {})
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise PluginError(f"{kind.__qualname__}.{name} must be a dict, got {shorten(value)}")
    return dict(value)
