"""Traffic round a ring, lossless, so that queues come to wait for each other."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from reference.fabric import Fabric

if TYPE_CHECKING:
    from reference.scenarios import QueuePair


def round_the_ring(
    dice: Random, fabric: Fabric, mtu: int, columns: dict[str, Any], pairs: tuple[QueuePair, ...]
) -> tuple[QueuePair, ...]:
    """Every host sends over two links to the next switch but one; one goes on sending amid that."""
    columns["node_pfc_mode"] = [dice.choice((1, 1, 2))] * fabric.nodes
    columns["node_lossless_mask"] = [1 << pairs[0].cls] * fabric.nodes
    columns["node_pfc_quanta"] = [65535] * fabric.nodes
    columns["node_shared_bytes"] = [0] * fabric.hosts + [12 * mtu] * fabric.switches
    columns["node_reserve_bytes"] = [0] * fabric.nodes
    columns["port_headroom_bytes"] = [400_000] * fabric.ports
    columns["port_error_q32"] = [0] * fabric.ports
    step = 2 * (fabric.hosts // fabric.switches)
    ring = []
    for host in range(fabric.hosts):
        size = dice.randint(10, 60) * mtu
        pair = replace(
            pairs[0],
            sender=host,
            receiver=(host + step) % fabric.hosts,
            sender_port=0,
            receiver_port=0,
            entropy=dice.getrandbits(32),
            algorithm=0,
            parameters=(0.0,) * 32,
            window=0,
            messages=((dice.randint(0, 1000), size, "write"),),
            reorder=0,
        )
        ring.append(pair)
    cls, size = (pairs[0].cls + 1) % 8, 600 * mtu  # goes on while the ring stands
    message = ((0, size, "write"),)
    amid = replace(ring[0], cls=cls, messages=message, receiver=step // 2)
    ring.append(amid)
    others = [pair for pair in pairs if dice.random() < 0.3]
    return (*ring, *others)
