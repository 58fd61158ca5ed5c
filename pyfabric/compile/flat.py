"""Plans as files that the native self-test reads without Python."""

from __future__ import annotations

import struct
from os import PathLike
from pathlib import Path

from pyfabric.compile.plan import COLUMNS, SCALARS, Plan


def write_flat(plan: Plan, path: str | PathLike[str]) -> None:
    """Write columns and scalars of ``plan`` (labels are left out) to ``path``.

    Little-endian fields, one after the other: u32 length of the name, name, u64 byte count, bytes;
    a scalar is one int64. Read by ``csrc/selftest/plan_file.cc``.
    """
    with Path(path).open("wb") as file:
        for name in SCALARS:
            file.write(_field(name, struct.pack("<q", int(plan.scalars[name]))))
        for name, column in COLUMNS.items():
            little = plan.columns[name].astype(f"<{column.dtype}", copy=False)
            file.write(_field(name, little.tobytes()))


def _field(name: str, payload: bytes) -> bytes:
    encoded = name.encode("ascii")
    return struct.pack("<I", len(encoded)) + encoded + struct.pack("<Q", len(payload)) + payload
