"""Sizes and offsets of the contract's structs: C, Cython, ctypes and numpy agree."""

from __future__ import annotations

import ctypes
import importlib
from pathlib import Path

import pytest

from pyfabric.cc import abi, custom
from pyfabric.engine.native import _core

STRUCTS = {
    "pf_cc_hop": abi.Hop,
    "pf_cc_event": abi.Event,
    "pf_cc_wishes": abi.Wishes,
    "pf_cc_algorithm": abi.Algorithm,
}


def test_ctypes_has_the_sizes_of_the_core() -> None:
    assert {name: ctypes.sizeof(struct) for name, struct in STRUCTS.items()} == _core.cc_sizes


def test_constants_are_those_of_the_core() -> None:
    assert _core.cc_abi_version == abi.ABI_VERSION
    assert _core.cc_state_bytes == abi.STATE_BYTES
    assert _core.cc_parameters == abi.PARAMETERS
    assert _core.cc_observed == abi.OBSERVED
    assert _core.cc_first_plugin == custom.FIRST_PLUGIN


def test_cython_and_ctypes_have_the_same_offsets(installed: Path) -> None:
    layout = importlib.import_module("aimd_plugin.layout")
    assert _core.cc_sizes == layout.SIZES
    ours = {
        f"{name}.{field}": getattr(struct, field).offset
        for name, struct in STRUCTS.items()
        for field, *_ in struct._fields_
    }
    unsaid = {"pf_cc_algorithm.abi_version", "pf_cc_algorithm.struct_size"}
    assert {name: at for name, at in ours.items() if name not in unsaid} == layout.OFFSETS


@pytest.mark.parametrize("struct", [abi.Hop, abi.Event, abi.Wishes])
def test_numpy_has_the_same_layout(struct: type[ctypes.Structure]) -> None:
    dtype = abi.dtype(struct)
    assert dtype.itemsize == ctypes.sizeof(struct)
    for name, kind in struct._fields_:
        field, offset = dtype.fields[name][:2]
        assert offset == getattr(struct, name).offset
        assert field.itemsize == ctypes.sizeof(kind)


def test_numba_has_the_same_layout() -> None:
    numba = pytest.importorskip("numba")
    for struct in (abi.Hop, abi.Event, abi.Wishes):
        record = numba.from_dtype(abi.dtype(struct))
        assert record.size == ctypes.sizeof(struct)
        for name, _ in struct._fields_:
            assert record.offset(name) == getattr(struct, name).offset
