"""``ideal_fct_ps``: store-and-forward completion of a message alone on its route, line rate, no
window.

Packet j leaves link h at ``C(j, h) = max(C(j, h-1) + delay(h-1), C(j-1, h)) + d(j, h)``: it waits
for its own arrival and for the packet before it. So C(n, K) is the longest monotone path through
the lattice of (packet, link), where every node weighs the serialisation time of that packet on that
link and every step to the next link its delay. All middle packets weigh the same, and a monotone
path through n - 2 equal rows from link k to link m visits each of these links once and one of them
n - 3 times more, best the slowest. Hence, with first F, middle d, last L::

    C(n, K) = sum(delay) + max over k <= m of F(1..k) + d(k..m) + (n - 3) max(d(k..m)) + L(m..K)

and without the two middle terms (k = m) for n = 2. Oracle U1 is the case of equal packets.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.framing import Frames
from pyfabric.compile.plan import OPS
from pyfabric.compile.ports import Ints

_CHUNK: Final = 1 << 16


def one_way_ps(frames: Frames, size: int | Ints, rate: Ints, delay: Ints) -> Ints:
    """Time of one frame of ``size`` L2 bytes over whole paths; sizes [F], rate and delay [F, K]."""
    sizes = np.asarray(size, dtype=np.int64).reshape(-1, 1)
    on_path = rate > 0
    wire = frames.wire_ps(np.broadcast_to(sizes, rate.shape), np.where(on_path, rate, 1))
    total: Ints = (np.where(on_path, wire, 0) + delay).sum(axis=1)
    return total


def ideal_fct_ps(
    frames: Frames,
    op: NDArray[np.uint8],
    size_bytes: Ints,
    rate: Ints,
    delay: Ints,
    request_ps: Ints,
) -> Ints:
    """[F] start to last byte at the receiver; -1 for endless messages (size -1).

    ``rate`` [F, K] bit/s of the links of each message's path, 0 behind its end; ``delay`` [F, K] ps
    of propagation and pipeline of the receiving node, 0 behind the end. ``request_ps`` [F]: trip of
    a READ's request, else unused.
    """
    fct = np.full(len(op), -1, dtype=np.int64)
    bounded = np.flatnonzero(size_bytes >= 0)
    for begin in range(0, len(bounded), _CHUNK):
        rows = bounded[begin : begin + _CHUNK]
        data = _stream_ps(frames, op[rows], size_bytes[rows], rate[rows], delay[rows])
        fct[rows] = data + np.where(op[rows] == OPS["read"], request_ps[rows], 0)
    return fct


def _stream_ps(
    frames: Frames, op: NDArray[np.uint8], size_bytes: Ints, rate: Ints, delay: Ints
) -> Ints:
    count = frames.packets(size_bytes)
    safe_rate = np.where(rate > 0, rate, 1)
    first, middle, last = (
        np.where(rate > 0, frames.wire_ps(size[:, None], safe_rate), 0)
        for size in frames.message(op, size_bytes)
    )
    alone = first.sum(axis=1)
    head = np.cumsum(first, axis=1)  # first packet over links 0..k
    tail = np.cumsum(last[:, ::-1], axis=1)[:, ::-1]  # last packet over links m..K
    many = np.full(len(op), -1, dtype=np.int64)
    links = rate.shape[1]
    for k in range(links):
        entered = rate[:, k] > 0
        span = np.zeros(len(op), dtype=np.int64)
        slowest = np.zeros(len(op), dtype=np.int64)
        for m in range(k, links):
            span += middle[:, m]
            np.maximum(slowest, middle[:, m], out=slowest)
            between = np.where(count > 2, span + (count - 3) * slowest, 0 if m == k else -1)
            path = head[:, k] + between + tail[:, m]
            possible = entered & (rate[:, m] > 0) & (between >= 0)
            np.maximum(many, np.where(possible, path, -1), out=many)
    fct: Ints = np.where(count == 1, alone, many) + delay.sum(axis=1)
    return fct
