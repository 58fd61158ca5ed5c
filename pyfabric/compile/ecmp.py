"""The ECMP hash, equal to ``ecmp_hash`` in ``csrc/fabric/net/routing.h``, and what it is fed with.

A switch picks one of n equal-cost ports by ``hash(entropy, switch seed)``; a NIC with several
ports picks its own port in the same way with :data:`NIC_SEED`. The entropy of a queue pair stands
for its 5-tuple: a UDP source port in 0xC000..0xFFFF (the range that NICs use) folded with both
addresses.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfabric.compile.draws import Purpose, draw32

#: Seed of the hash by which a NIC picks one of its ports.
NIC_SEED: Final = 0x5BD1E995

_MASK = np.uint64(0xFFFFFFFF)
_SOURCE_PORT_FIRST: Final = 0xC000
_SOURCE_PORT_BITS: Final = 0x3FFF


def mix32(entropy: ArrayLike, seed: ArrayLike) -> NDArray[np.uint64]:
    """32-bit hash of (entropy, seed), elementwise; both 32-bit unsigned, result in uint64."""
    h = np.asarray(entropy, dtype=np.uint64) ^ np.asarray(seed, dtype=np.uint64)
    h = (h * np.uint64(0x9E3779B1)) & _MASK
    h = ((h ^ (h >> np.uint64(15))) * np.uint64(0x85EBCA77)) & _MASK
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE3D)) & _MASK
    return h ^ (h >> np.uint64(16))


def select(entropy: ArrayLike, seed: ArrayLike, count: ArrayLike) -> NDArray[np.int64]:
    """Index in 0..count-1 that the hash selects, elementwise; ``count`` >= 1."""
    product = mix32(entropy, seed) * np.asarray(count, dtype=np.uint64)
    return (product >> np.uint64(32)).astype(np.int64)


def switch_seeds(model_seed: int, nodes: int) -> NDArray[np.uint64]:
    """One 32-bit hash seed per node; different seeds keep consecutive switches from polarising."""
    return draw32(model_seed, np.arange(nodes), Purpose.ECMP_SEED)


def entropies(
    model_seed: int, queue_pairs: int, tx_address: ArrayLike, rx_address: ArrayLike
) -> NDArray[np.uint64]:
    """Entropy of queue pairs 0..queue_pairs-1 from a drawn UDP source port and both addresses."""
    draws = draw32(model_seed, 0, Purpose.ENTROPY, np.arange(queue_pairs))
    source_port = np.uint64(_SOURCE_PORT_FIRST) | (draws & np.uint64(_SOURCE_PORT_BITS))
    addresses = mix32(tx_address, mix32(rx_address, 0))
    return mix32(source_port, addresses)
