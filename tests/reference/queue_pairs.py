"""Queue pairs of random scenarios, and those with algorithms that have pages of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from reference.fabric import Fabric
from reference.random_control import ALGORITHMS

PATCHED_TIMELY = 5


@dataclass(frozen=True)
class QueuePair:
    """A queue pair and its messages (start ps, bytes, operation)."""

    sender: int
    receiver: int
    sender_port: int
    receiver_port: int
    entropy: int
    cls: int
    algorithm: int
    parameters: tuple[float, ...]
    window: int
    messages: tuple[tuple[int, int, str], ...]
    reorder: int = 0  # packets beyond a gap; 0: go-back-N
    cap: int = 0
    credit: int = 0  # most packets outstanding; 0: no credits
    unsolicited: int = 0
    base_rtt: int = 1_000_000
    hops: int = 1

    @property
    def read(self) -> bool:
        return self.messages[0][2] == "read"


def marked(
    dice: Random, fabric: Fabric, mtu: int, classes: tuple[int, ...], columns: dict[str, Any]
) -> None:
    """Switches mark from short queues on."""
    kmin = dice.choice((0, 0, mtu, 4 * mtu))
    kmax = kmin + dice.choice((0, 0, mtu, 8 * mtu))
    switch = sum(1 << cls for cls in classes)
    hosts = fabric.hosts
    columns["node_ecn_mask"] = [0] * hosts + [switch] * (fabric.nodes - hosts)
    columns["port_ecn_kmin_bytes"] = [kmin] * fabric.ports
    columns["port_ecn_kmax_bytes"] = [kmax] * fabric.ports
    columns["port_ecn_pmax_q32"] = [dice.choice((1 << 29, 1 << 31, 1 << 32))] * fabric.ports


def other_algorithms(
    dice: Random, fabric: Fabric, mtu: int, pairs: tuple[QueuePair, ...]
) -> tuple[QueuePair, ...]:
    """Most queue pairs have one of the algorithms of pages of their own."""
    alike = dice.choice((None, *ALGORITHMS))  # often the same at all
    found = []
    for pair in pairs:
        number = alike or dice.choice(tuple(ALGORITHMS))
        line_rate = fabric.rate_bps(pair.sender, pair.sender_port)
        parameters = ALGORITHMS[number](dice, line_rate, mtu)
        windows = (0, 1, 3 * mtu, 10_000, 40_000, 1_000_000)
        if number == PATCHED_TIMELY:
            windows = (0,)
        changed = replace(
            pair,
            algorithm=number,
            parameters=tuple(parameters + [0.0] * (32 - len(parameters))),
            window=0 if pair.read and pair.reorder == 0 else dice.choice(windows),
            base_rtt=dice.choice((1_000_000, 6_000_000, dice.randint(300_000, 60_000_000))),
            hops=dice.randint(0, 5),
        )
        found.append(pair if dice.random() < 0.1 else changed)
    return tuple(found)
