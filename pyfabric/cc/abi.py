"""The structs of ``pyfabric/cc.h`` for ctypes and numpy, and the capsules that carry them.

Tests hold both against the header. ``Algorithm.in_dll(ctypes.CDLL("mine.so"), "mine")`` takes an
algorithm out of a shared object in plain C.
"""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable
from ctypes import c_char_p, c_double, c_int, c_int64, c_uint32, c_void_p
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

ABI_VERSION: Final = 1
STATE_BYTES: Final = 256
PARAMETERS: Final = 32
OBSERVED: Final = 4
NEVER: Final = 2**63 - 1
CAPSULE: Final = b"pyfabric.cc.algorithm.v1"
CALLBACKS: Final = ("init", "on_send", "on_ack", "on_cnp", "on_nack", "on_timeout", "on_timer")


class Hop(ctypes.Structure):
    """``pf_cc_hop``: one hop of in-band telemetry."""

    _fields_ = (
        ("time_ps", c_int64),
        ("tx_bytes", c_int64),
        ("queue_bytes", c_int64),
        ("rate_bps", c_int64),
    )


class Event(ctypes.Structure):
    """``pf_cc_event``: the facts of a callback."""

    _fields_ = (
        ("now_ps", c_int64),
        ("line_rate_bps", c_int64),
        ("base_rtt_ps", c_int64),
        ("mtu_bytes", c_int64),
        ("bytes", c_int64),
        ("rtt_ps", c_int64),
        ("inflight_bytes", c_int64),
        ("acked_psn", c_uint32),
        ("next_psn", c_uint32),
        ("ecn_echo", c_uint32),
        ("hop_count", c_uint32),
        ("hops", ctypes.POINTER(Hop)),
        ("queue_pair", c_uint32),
        ("path_hops", c_uint32),
    )


class Wishes(ctypes.Structure):
    """``pf_cc_wishes``: what a callback may change."""

    _fields_ = (("rate_bps", c_int64), ("window_bytes", c_int64), ("timer_ps", c_int64))


_FUNCTION_POINTER: Final[Any] = ctypes.CFUNCTYPE(None).__base__
_CALLBACK: Final[Any] = ctypes.CFUNCTYPE(
    c_int,
    ctypes.POINTER(c_double),
    c_void_p,
    ctypes.POINTER(Event),
    ctypes.POINTER(Wishes),
)
_OBSERVE: Final[Any] = ctypes.CFUNCTYPE(
    c_int64,
    ctypes.POINTER(c_double),
    c_void_p,
    ctypes.POINTER(Event),
    ctypes.POINTER(Wishes),
    ctypes.POINTER(c_double),
)


class Raised:
    """What a function in Python behind a C callback raised, by (simulated time, queue pair).

    ctypes alone would print it and go on. ``interrupted``: Ctrl-C came while it ran.
    """

    def __init__(self) -> None:
        self.raised: dict[tuple[int, int], BaseException] = {}
        self.interrupted = False

    def clear(self) -> None:
        """Forget all."""
        self.raised.clear()
        self.interrupted = False

    def guarded(self, function: Callable[..., Any], fault: Callable[[Event], int]) -> Any:
        """``function`` with ``fault(event)`` as its result when it raises; None is 0."""

        def call(parameters: Any, state: Any, event: Any, *rest: Any) -> int:
            try:
                result = function(parameters, state, event, *rest)
                return 0 if result is None else operator.index(result)
            except KeyboardInterrupt:  # ends the run between two slices
                self.interrupted = True
                return 0
            except BaseException as error:  # comes out of the run
                facts = event.contents
                self.raised[facts.now_ps, facts.queue_pair] = error
                return fault(facts)

        return call


class Callback(_CALLBACK):  # type: ignore[misc]
    """``pf_cc_callback``: parameters, state, event, wishes -> 0 or an error number.

    ``Callback(function)``: a function in Python; what it raises ends the run and comes out of it,
    and None stands for 0. ``Callback(address)``: compiled code.
    """

    _flags_, _argtypes_, _restype_ = _CALLBACK._flags_, _CALLBACK._argtypes_, _CALLBACK._restype_

    def __new__(cls, *given: Any) -> Any:
        return _new(super().__new__, cls, given, lambda _: 1)


class Observe(_OBSERVE):  # type: ignore[misc]
    """``pf_cc_observe``: parameters, state, event, wishes, values -> time of the next change.

    Made as :class:`Callback` is.
    """

    _flags_, _argtypes_, _restype_ = _OBSERVE._flags_, _OBSERVE._argtypes_, _OBSERVE._restype_

    def __new__(cls, *given: Any) -> Any:
        # A change that is not ahead is an error of the algorithm.
        return _new(super().__new__, cls, given, lambda event: event.now_ps)


def _new(make: Any, cls: Any, given: tuple[Any, ...], fault: Callable[[Event], int]) -> Any:
    raised = Raised()
    if given and callable(given[0]) and not isinstance(given[0], _FUNCTION_POINTER):
        given = (raised.guarded(given[0], fault), *given[1:])
    made = make(cls, *given)
    made.raised = raised
    return made


class Algorithm(ctypes.Structure):
    """``pf_cc_algorithm``: versions and sizes are filled in, the rest by keywords.

    ``Algorithm(name=b"mine", on_ack=Callback(...), state_bytes=16)``; ``parameters`` lists names
    with defaults: ``b"gain=0.5 step_bps=4e7"``, ``observed`` names of values that ``observe`` reads
    for a trace. Functions and texts live as long as the object.
    """

    _fields_ = (
        ("abi_version", c_uint32),
        ("struct_size", c_uint32),
        ("name", c_char_p),
        *((name, Callback) for name in CALLBACKS),
        ("event_size", c_uint32),
        ("wishes_size", c_uint32),
        ("hop_size", c_uint32),
        ("state_bytes", c_uint32),
        ("version", c_char_p),
        ("parameters", c_char_p),
        ("context", c_void_p),
        ("observed", c_char_p),
        ("observe", Observe),
    )

    def __init__(self, **fields: Any) -> None:
        sizes = {
            "abi_version": ABI_VERSION,
            "struct_size": ctypes.sizeof(Algorithm),
            "event_size": ctypes.sizeof(Event),
            "wishes_size": ctypes.sizeof(Wishes),
            "hop_size": ctypes.sizeof(Hop),
        }
        super().__init__(**{**sizes, **fields})

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, (Callback, Observe)):
            self.__dict__.setdefault("_raised", {})[name] = value.raised

    @property
    def raised(self) -> tuple[Raised, ...]:
        """Of the functions in Python among its callbacks."""
        return tuple(self.__dict__.get("_raised", {}).values())


#: numpy's names of the fields that are no 64-bit integers.
_KINDS: Final = {c_uint32: "u4", ctypes.POINTER(Hop): "u8"}


def dtype(struct: type[ctypes.Structure]) -> np.dtype[Any]:
    """The numpy dtype of Hop, Event or Wishes, at the header's offsets; pointers are addresses."""
    import numpy as np

    fields: list[Any] = list(struct._fields_)
    return np.dtype(
        {
            "names": [name for name, _ in fields],
            "formats": [_KINDS.get(kind, "i8") for _, kind in fields],
            "offsets": [getattr(struct, name).offset for name, _ in fields],
            "itemsize": ctypes.sizeof(struct),
        }
    )


def capsule_of(algorithm: Algorithm) -> object:
    """A capsule around ``algorithm``, which must outlive it."""
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (c_void_p, c_char_p, c_void_p)
    return new(ctypes.addressof(algorithm), CAPSULE, None)


def is_capsule(value: object) -> bool:
    """Whether ``value`` is a PyCapsule, of whatever name."""
    return type(value).__name__ == "PyCapsule" and type(value).__module__ == "builtins"


def capsule_name(capsule: object) -> str:
    """The name of a capsule."""
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = c_char_p, (ctypes.py_object,)
    return (name(capsule) or b"").decode("ascii", "replace")


def algorithm_in(capsule: object) -> Algorithm:
    """The struct inside a capsule of the name :data:`CAPSULE`."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = c_void_p, (ctypes.py_object, c_char_p)
    return Algorithm.from_address(pointer(capsule, CAPSULE))
