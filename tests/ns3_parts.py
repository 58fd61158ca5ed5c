"""Packets, devices and the hash of the plain model of docs/ns3.md (ns3_reference)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MTU, HEADER, ACK, PFC = 1000, 48, 60, 43


def murmur3(data: bytes, seed: int) -> int:
    """MurmurHash3_x86_32."""
    mask, h = 0xFFFFFFFF, seed
    whole = len(data) // 4 * 4
    words = [int.from_bytes(data[i : i + 4], "little") for i in range(0, whole, 4)]
    for k in words:
        k = k * 0xCC9E2D51 & mask
        k = ((k << 15 | k >> 17) & mask) * 0x1B873593 & mask
        h ^= k
        h = ((h << 13 | h >> 19) & mask) * 5 + 0xE6546B64 & mask
    k = int.from_bytes(data[whole:], "little")
    if k:
        k = k * 0xCC9E2D51 & mask
        h ^= ((k << 15 | k >> 17) & mask) * 0x1B873593 & mask
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & mask
    h = (h ^ h >> 13) * 0xC2B2AE35 & mask
    return h ^ h >> 16


def address(node: int) -> int:
    return 0x0B000001 + (node // 256 << 16) + (node % 256 << 8)


def wire_ns(size: int, rate_gbps: int) -> int:
    """The largest whole number below the exact time."""
    return -(-size * 8 // rate_gbps) - 1


@dataclass
class Packet:
    kind: str
    size: int
    flow: int = -1
    seq: int = 0  # of data: first byte; of an ACK: next byte expected
    end: int = 0
    group: int = 0
    came_by: int = 0
    pause: bool = False
    source: int = 0  # of the packet, as its IP header has it
    target: int = 0
    ports: tuple[int, int] = (0, 0)
    built: int = 0  # when its data packet was
    marked: bool = False
    hops: list[tuple[int, int, int, int]] = field(default_factory=list)


@dataclass
class Qp:
    flow: int
    dst: int
    size: int
    group: int
    ports: tuple[int, int]
    window: int
    next: int = 0
    acked: int = 0
    free_at: int = 0
    last_size: int = 0


@dataclass
class Device:
    node: int
    number: int
    rate: int
    delay: int
    peer: tuple[int, int] = (0, 0)
    busy: bool = False
    sent: int = 0  # bytes
    paused: set[int] = field(default_factory=set)
    queues: dict[int, deque[Packet]] = field(default_factory=dict)
    last_group: int = 0
    # switch, as ingress
    used: dict[int, int] = field(default_factory=dict)
    headroom: dict[int, int] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    limit: int = 0
    shift: int = 0
    # host
    acks: deque[Packet] = field(default_factory=deque)
    qps: list[Qp] = field(default_factory=list)
    last_qp: int = 0
    wake: int = 0  # number of the pending event
    wake_at: int = 0


def routes_to(host: int, near: dict[int, dict[int, int]], hosts: int) -> dict[int, list[int]]:
    """Node -> its ports towards the host, in the order of the next hops there."""
    queue, far = [host], {host: 0}
    found: dict[int, list[int]] = {}
    for node in queue:
        for peer in sorted(near[node], reverse=True):
            if peer not in far:
                far[peer] = far[node] + 1
                if peer >= hosts:
                    queue.append(peer)
            if far[peer] == far[node] + 1:
                found.setdefault(peer, []).append(near[peer][node])
    return found


def hash_of(packet: Packet, seed: int) -> int:
    """ECMP hash of addresses and ports as the packet has them."""
    key = address(packet.source).to_bytes(4, "little")
    key += address(packet.target).to_bytes(4, "little")
    return murmur3(key + b"".join(port.to_bytes(2, "little") for port in packet.ports), seed)
