"""A table as an Arrow stream of one batch, by the C data interface alone.

The structs and their life cycle are those of the Arrow specification ("C data interface", "C stream
interface", "PyCapsule interface"). Numbers are handed over without a copy; what they live in is
kept in :data:`_ALIVE` until the consumer calls the struct's ``release``.
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.results.table import Words

if TYPE_CHECKING:
    from pyfabric.results.table import Table

_FORMATS: Final = {
    f"{kind}{size}": form.encode()
    for kind, forms in {"i": "csil", "u": "CSIL", "f": " efg"}.items()
    for size, form in zip((1, 2, 4, 8), forms, strict=True)
}
_NULLABLE: Final = 2
_NAME: Final = b"arrow_array_stream"

#: Token in ``private_data`` -> what a struct points into.
_ALIVE: Final[dict[int, Any]] = {}
_TOKENS: Final = itertools.count(1)

_RELEASE: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_GET: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_GET_ERROR: Final = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)


class _Schema(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.c_char_p),
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Array(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.c_void_p),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Stream(ctypes.Structure):
    _fields_ = (
        ("get_schema", _GET),
        ("get_next", _GET),
        ("get_last_error", _GET_ERROR),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


#: Address -> stream struct of a living capsule: it outlives the stream's release.
_CAPSULES: Final[dict[int, _Stream]] = {}

# Prototypes of our own: those of ctypes.pythonapi itself are shared with other libraries.
_new_capsule: Final = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p
)(("PyCapsule_New", ctypes.pythonapi))
_capsule_pointer: Final = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)


def stream(table: Table) -> Any:
    """A PyCapsule ``arrow_array_stream`` of ``table``, good for one reading."""
    made = _Stream(
        get_schema=_CALLS["get_schema"],
        get_next=_CALLS["get_next"],
        get_last_error=_CALLS["get_last_error"],
        release=_address(_CALLS["release"]),
        private_data=_keep(table, [table]),  # the first batch empties the list
    )
    _CAPSULES[ctypes.addressof(made)] = made
    return _new_capsule(ctypes.addressof(made), _NAME, _address(_CALLS["destroy"]))


def _keep(*things: Any) -> int:
    token = next(_TOKENS)
    _ALIVE[token] = things
    return token


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def _pointers(structs: list[Any]) -> Any:
    return (ctypes.c_void_p * max(len(structs), 1))(*map(ctypes.addressof, structs))


class _Column:
    """One column in Arrow's layout."""

    def __init__(self, table: Table, name: str) -> None:
        self.format = b""
        self.buffers: list[NDArray[Any] | None] = []
        self.name = name
        self.unit = table.units[name]
        self.null_count = 0
        self.dictionary: _Column | None = None
        stored = table.stored(name)
        if isinstance(stored, Words) and stored.numbers is None:
            codes, texts = stored.dictionary()
            self.format, self.buffers = b"i", [None, np.ascontiguousarray(codes)]
            self.dictionary = _Column.__new__(_Column)
            self.dictionary._texts(texts)
        elif (values := table[name]).dtype.kind == "U":
            self._texts(values.tolist())
            self.name, self.unit = name, ""
        else:
            self._numbers(values, table.null(name))
        self.length = len(table)

    def _texts(self, texts: list[str]) -> None:
        encoded = [text.encode() for text in texts]
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum([len(text) for text in encoded], out=offsets[1:])
        data = np.frombuffer(b"".join(encoded) or b"\0", dtype=np.uint8)
        self.format, self.buffers = b"U", [None, offsets, data]
        self.name, self.unit, self.length, self.null_count = "", "", len(texts), 0
        self.dictionary = None

    def _numbers(self, values: NDArray[Any], null: NDArray[np.bool_]) -> None:
        self.null_count = int(null.sum())
        bits = np.packbits(~null, bitorder="little") if self.null_count else None
        if values.dtype.kind == "b":
            self.format, self.buffers = b"b", [bits, np.packbits(values, bitorder="little")]
        else:
            native = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
            self.format, self.buffers = _FORMATS[native.dtype.str[1:]], [bits, native]


def _fill_schema(into: _Schema, columns: list[_Column]) -> None:
    children = [_Schema() for _ in columns]
    for child, column in zip(children, columns, strict=True):
        _fill_field(child, column)
    into.format, into.name = b"+s", b""
    _finish(into, children, None)


def _fill_field(into: _Schema, column: _Column) -> None:
    into.format, into.name = column.format, column.name.encode()
    into.flags = _NULLABLE
    if column.unit:
        unit = column.unit.encode()
        into.metadata = b"".join(
            [struct.pack("=ii", 1, 4), b"unit", struct.pack("=i", len(unit)), unit]
        )
    dictionary = None
    if column.dictionary is not None:
        dictionary = _Schema()
        _fill_field(dictionary, column.dictionary)
    _finish(into, [], dictionary)


def _fill_batch(into: _Array, columns: list[_Column], length: int) -> None:
    children = [_Array() for _ in columns]
    for child, column in zip(children, columns, strict=True):
        _fill_array(child, column)
    into.length, into.n_buffers = length, 1
    buffers = (ctypes.c_void_p * 1)(None)
    into.buffers = ctypes.addressof(buffers)
    _finish(into, children, None, buffers)


def _fill_array(into: _Array, column: _Column) -> None:
    into.length, into.null_count = column.length, column.null_count
    addresses = [None if buffer is None else buffer.ctypes.data for buffer in column.buffers]
    buffers = (ctypes.c_void_p * len(addresses))(*addresses)
    into.n_buffers, into.buffers = len(addresses), ctypes.addressof(buffers)
    dictionary = None
    if column.dictionary is not None:
        dictionary = _Array()
        _fill_array(dictionary, column.dictionary)
    _finish(into, [], dictionary, buffers, column.buffers)


def _finish(into: Any, children: list[Any], dictionary: Any, *keep: Any) -> None:
    """Children, dictionary, and a release of the struct's own: consumers may move any of them."""
    pointers = _pointers(children)
    into.n_children = len(children)
    into.children = ctypes.addressof(pointers) if children else None
    into.dictionary = None if dictionary is None else ctypes.addressof(dictionary)
    into.release = _address(_RELEASES[type(into)])
    inner = [*children, *([] if dictionary is None else [dictionary])]
    # c_char_p fields keep their bytes alive only as long as the struct object itself.
    into.private_data = _keep(inner, pointers, keep, dict(into._objects or {}))


def _release(kind: Any, pointer: int) -> None:
    made = kind.from_address(pointer)
    if not made.release:
        return
    kept = _ALIVE.pop(made.private_data or 0, None)
    made.release = None
    for inner in kept[0] if kept else ():
        if inner.release:
            _release(kind, ctypes.addressof(inner))


def _release_schema(pointer: int) -> None:
    _release(_Schema, pointer)


def _release_array(pointer: int) -> None:
    _release(_Array, pointer)


_RELEASES: Final = {_Schema: _RELEASE(_release_schema), _Array: _RELEASE(_release_array)}


def _release_stream(pointer: int) -> None:
    made = _Stream.from_address(pointer)
    _ALIVE.pop(made.private_data or 0, None)
    made.release = None


def _answer(out: int, kind: Any, fill: Callable[[Any], None]) -> int:
    """Zero on success, else an errno: nothing may be raised through the caller's C code."""
    ctypes.memset(out, 0, ctypes.sizeof(kind))
    try:
        fill(kind.from_address(out))
    except MemoryError:
        return errno.ENOMEM
    except Exception:
        return errno.EIO
    return 0


def _get_schema(pointer: int, out: int) -> int:
    def fill(into: _Schema) -> None:
        table, _ = _ALIVE[_Stream.from_address(pointer).private_data]
        empty = table.take(np.zeros(0, dtype=np.int64))
        _fill_schema(into, [_Column(empty, name) for name in empty.columns])

    return _answer(out, _Schema, fill)


def _get_next(pointer: int, out: int) -> int:
    def fill(into: _Array) -> None:
        table, left = _ALIVE[_Stream.from_address(pointer).private_data]
        if left:
            _fill_batch(into, [_Column(table, name) for name in table.columns], len(table))
            left.clear()

    return _answer(out, _Array, fill)


def _get_last_error(pointer: int) -> int | None:
    return None


def _destroy(capsule: int) -> None:
    made = _CAPSULES.pop(_capsule_pointer(capsule, _NAME))
    if made.release:
        _release_stream(ctypes.addressof(made))


#: Callbacks of a stream; they live as long as the module.
_CALLS: Final[dict[str, Any]] = {
    "get_schema": _GET(_get_schema),
    "get_next": _GET(_get_next),
    "get_last_error": _GET_ERROR(_get_last_error),
    "release": _RELEASE(_release_stream),
    "destroy": _RELEASE(_destroy),
}
