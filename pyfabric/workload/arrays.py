"""What a workload is bound to, and what it expands to: numpy columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.errors import did_you_mean, shorten

Ints = NDArray[np.int64]

#: Values of ``FlowArrays.op``.
OPS: Final = {"write": 0, "send": 1, "read": 2}

#: Expanded columns take this much memory per flow, in bytes.
BYTES_PER_FLOW: Final = 39


@dataclass(frozen=True, eq=False)
class WorkloadContext:
    """The endpoints that traffic is bound to.

    endpoint_rate_bps: [endpoints] line rate of each endpoint's port.
    endpoint_names: host name -> (its first endpoint, its number of GPUs); hosts in order of
        endpoints.
    seed: the workload seed, 0 to 2**63 - 1.
    """

    endpoint_rate_bps: Ints
    endpoint_names: Mapping[str, tuple[int, int]]
    seed: int

    @property
    def endpoints(self) -> int:
        """Number of endpoints."""
        return len(self.endpoint_rate_bps)

    @cached_property
    def endpoint_host(self) -> Ints:
        """[endpoints] number of the host of each endpoint."""
        gpus = [count for _, count in self.endpoint_names.values()]
        return np.repeat(np.arange(len(gpus), dtype=np.int64), gpus)

    def resolve(self, reference: object) -> int:
        """The endpoint that a number, ``"host3"`` or ``"host3:gpu1"`` means; or ValueError."""
        if not isinstance(reference, str):
            number = int(reference)  # type: ignore[call-overload]
            if 0 <= number < self.endpoints:
                return int(number)
            raise ValueError(f"no endpoint {number} (allowed: 0 to {self.endpoints - 1})")
        host, colon, gpu = reference.partition(":")
        if host not in self.endpoint_names:
            hint = did_you_mean(host, self.endpoint_names) if self.endpoints <= 10_000 else ""
            hosts = list(self.endpoint_names)
            known = f"known: {', '.join(hosts[:4])}{', ...' if len(hosts) > 4 else ''}"
            raise ValueError(f"no host {shorten(host)}{hint} ({known})")
        first, gpus = self.endpoint_names[host]
        number = int(gpu[3:]) if gpu.startswith("gpu") and gpu[3:].isdecimal() else -1
        if colon and not 0 <= number < gpus:
            raise ValueError(f"{host!r} has no {shorten(gpu)} (allowed: gpu0 to gpu{gpus - 1})")
        return first + max(number, 0)


@dataclass(frozen=True, eq=False)
class FlowArrays:
    """Flows as columns, in the order of the parts and within a part in the order of generation."""

    src: Ints  #: [F] endpoint that posts the operation
    dst: Ints  #: [F] the other endpoint
    size_bytes: Ints  #: [F] -1: endless
    start_ps: Ints  #: [F]
    priority: NDArray[np.int8]  #: [F] -1: the default lossless priority
    op: NDArray[np.uint8]  #: [F] 0 write, 1 send, 2 read
    per_pair: NDArray[np.bool_]  #: [F] True: on the queue pair of its pair, False: on a fresh one
    workload: NDArray[np.int32]  #: [F] index into workload_names
    workload_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.src)


_DTYPES: Final[dict[str, Any]] = {
    "src": np.int64,
    "dst": np.int64,
    "size_bytes": np.int64,
    "start_ps": np.int64,
    "priority": np.int8,
    "op": np.uint8,
    "per_pair": np.bool_,
    "workload": np.int32,
}


def columns(count: int, **values: Any) -> FlowArrays:
    """Columns of ``count`` flows; single values are repeated. Without ``workload``: 0."""
    given = {"workload": 0, **values}
    filled: dict[str, Any] = {}
    for name, dtype in _DTYPES.items():
        filled[name] = np.broadcast_to(np.asarray(given[name], dtype=dtype), (count,))
    return FlowArrays(**filled)


def join(pieces: list[FlowArrays], names: tuple[str, ...], offsets: list[int]) -> FlowArrays:
    """One set of read-only columns; ``offsets`` are added to the pieces' workload numbers."""
    joined: dict[str, Any] = {}
    for name, dtype in _DTYPES.items():
        parts = [getattr(piece, name) for piece in pieces]
        if name == "workload":
            parts = [part + offset for part, offset in zip(parts, offsets, strict=True)]
        array = np.concatenate(parts).astype(dtype, copy=False) if parts else np.empty(0, dtype)
        array.flags.writeable = False
        joined[name] = array
    return FlowArrays(**joined, workload_names=names)
