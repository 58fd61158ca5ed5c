"""Random maps, pools, shared headrooms, WRED curves and bounces, small enough that they bite."""

from __future__ import annotations

from random import Random
from typing import Any

from reference.fabric import Fabric
from reference.maps import DSCPS
from reference.pools import NO_POOL, POOLS, UNLIMITED_SHIFT

CLASSES = 8
Row = dict[str, Any]


def random_qos(dice: Random, fabric: Fabric, mtu: int, columns: Row, used: set[int]) -> Row:
    """Columns for all switches of a fabric; ``used``: the priorities of the data."""
    dscp = [8 * c for c in range(CLASSES)]
    if dice.random() < 0.4:
        dscp = dice.sample(range(DSCPS), CLASSES)
        if dice.random() < 0.3:
            dscp[dice.randrange(CLASSES)] = dice.choice(dscp)
    profiles = [_profile(dice, mtu, dscp, used) for _ in range(dice.choice((1, 1, 2, 3)))]
    chosen = [dice.randrange(len(profiles)) for _ in range(fabric.switches)]
    lossless = list(columns["node_lossless_mask"])
    for switch, profile in enumerate(chosen, fabric.hosts):
        lossless[switch] = _lossless(profiles[profile], "pg")
    return {
        "priority_dscp": dscp,
        "node_qos": [-1] * fabric.hosts + chosen,
        "node_lossless_mask": lossless,
        "port_goes_up": goes_up(dice, fabric),
        **{name: [row[name] for row in profiles] for name in profiles[0]},
    }


def goes_up(dice: Random, fabric: Fabric) -> list[int]:
    """Ports to switches farther from hosts, or any."""
    if dice.random() < 0.4:
        return [int(dice.random() < 0.5) for _ in range(fabric.ports)]
    distance, front = dict.fromkeys(range(fabric.hosts), 0), list(range(fabric.hosts))
    for node in front:
        for _, peer in fabric.ends[node]:
            if peer not in distance:
                distance[peer] = distance[node] + 1
                front.append(peer)
    return [
        int(node >= fabric.hosts and distance.get(peer, -1) > distance.get(node, -1))
        for node in range(fabric.nodes)
        for _, peer in fabric.ends[node]
    ]


def _profile(dice: Random, mtu: int, dscp: list[int], used: set[int]) -> Row:
    row = _maps(dice, dscp, used)
    ingress, egress = dice.choice((1, 1, 2, 4)), dice.choice((0, 1, 1, 2, 4))
    row |= _pools(dice, mtu, ingress)
    row |= _groups(dice, mtu, ingress)
    row |= _queues(dice, mtu, ingress, egress)
    row |= _wred(dice, mtu, _lossless(row, "queue"))
    return row


def _class_map(dice: Random) -> list[int]:
    if dice.random() < 0.5:
        return list(range(CLASSES))
    return [c if dice.random() < 0.6 else dice.randrange(CLASSES) for c in range(CLASSES)]


def _maps(dice: Random, dscp: list[int], used: set[int]) -> Row:
    tc = [each >> 3 for each in range(DSCPS)]
    for c in range(CLASSES):  # what a table of a real switch would have
        tc[dscp[c]] = c
    if dice.random() < 0.3:
        tc = [c if dice.random() < 0.7 else dice.randrange(CLASSES) for c in tc]
    names = ("tc_to_pg", "tc_to_queue", "pfc_to_pg", "pfc_to_queue")
    row: Row = {f"qos_{name}": _class_map(dice) for name in names}
    if dice.random() < 0.5:  # PFC speaks of the classes that data has
        row["qos_pfc_to_pg"] = list(row["qos_tc_to_pg"])
        row["qos_pfc_to_queue"] = list(row["qos_tc_to_queue"])
    under_pfc = sum(1 << c for c in used)
    row["qos_dscp_to_tc"] = tc
    row["qos_pfc_mask"] = dice.choice((under_pfc, under_pfc, 0x08, 0xFF, dice.randrange(256)))
    bounces = dice.choice((0.0, 0.5, 1.0))
    row["qos_bounce"] = [dice.choice(dscp) if dice.random() < bounces else d for d in range(DSCPS)]
    return row


def _lossless(row: Row, kind: str) -> int:
    """Bits of the lossless groups, or queues."""
    mask, place = row["qos_pfc_mask"], row[f"qos_pfc_to_{kind}"]
    return sum({1 << place[p] for p in range(CLASSES) if mask >> p & 1})


def _size(dice: Random, mtu: int, frames: tuple[int, ...]) -> int:
    size = dice.choice(frames) * mtu
    return size + dice.randrange(mtu) if size else 0


def _pools(dice: Random, mtu: int, ingress: int) -> Row:
    return {
        "qos_pool_bytes": [_size(dice, mtu, (3, 8, 20, 60)) for _ in range(2 * POOLS)],
        "qos_shared_headroom_bytes": [
            dice.choice((-1, _size(dice, mtu, (0, 2, 5, 15)))) if pool < ingress else -1
            for pool in range(POOLS)
        ],
    }


def _share(dice: Random, mtu: int, kind: str) -> Row:
    """Thresholds of all groups, or of all queues; most are dynamic."""
    several = range(CLASSES)
    shifts = (-2, -1, 0, 0, 1, 1, 2, 3, UNLIMITED_SHIFT)
    return {
        f"qos_{kind}_reserve_bytes": [_size(dice, mtu, (0, 0, 1, 4)) for _ in several],
        f"qos_{kind}_static_bytes": [
            _size(dice, mtu, (0, 2, 6, 20)) if dice.random() < 0.25 else -1 for _ in several
        ],
        f"qos_{kind}_alpha_shift": [dice.choice(shifts) for _ in several],
    }


def _groups(dice: Random, mtu: int, ingress: int) -> Row:
    several = range(CLASSES)
    return {
        "qos_pg_pool": [dice.randrange(ingress) for _ in several],
        **_share(dice, mtu, "pg"),
        "qos_pg_headroom_bytes": [
            dice.choice((-1, _size(dice, mtu, (0, 2, 6, 20)))) for _ in several
        ],
        "qos_pg_xon_bytes": [_size(dice, mtu, (0, 0, 1, 5)) for _ in several],
        "qos_pg_xon_offset_bytes": [_size(dice, mtu, (0, 1, 2)) for _ in several],
    }


def _queues(dice: Random, mtu: int, ingress: int, egress: int) -> Row:
    pools = [*range(ingress), *range(POOLS, POOLS + egress), NO_POOL]
    if egress and dice.random() < 0.5:
        pools = [*range(POOLS, POOLS + egress)]
    return {
        "qos_queue_pool": [dice.choice(pools) for _ in range(CLASSES)],
        **_share(dice, mtu, "queue"),
    }


def _wred(dice: Random, mtu: int, lossless_queues: int) -> Row:
    kmin = [_size(dice, mtu, (0, 0, 1, 4)) for _ in range(CLASSES)]
    return {
        "qos_wred_mask": dice.choice((0, 0xFF, dice.randrange(256))) & ~lossless_queues,
        "qos_wred_kmin_bytes": kmin,
        "qos_wred_kmax_bytes": [k + _size(dice, mtu, (0, 3, 10, 30)) for k in kmin],
        "qos_wred_pmax_q32": [dice.choice((0, 1 << 30, 1 << 31, 1 << 32)) for _ in range(CLASSES)],
    }
