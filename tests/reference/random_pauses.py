"""Random watchdogs, pause storms, pause limits and slow receivers."""

from __future__ import annotations

from random import Random
from typing import Any

from reference.fabric import Fabric

Row = dict[str, Any]
STORMS = ("storm_port", "storm_class", "storm_start_ps", "storm_end_ps")


def no_pauses(nodes: int) -> Row:
    """The columns without any of them."""
    names = ("watchdog_poll_ps", "watchdog_detection_ps", "watchdog_restoration_ps")
    off = (*names, "watchdog_action", "pause_limit_ps")
    return {**{f"node_{name}": [0] * nodes for name in off}, **{name: [] for name in STORMS}}


def random_pauses(dice: Random, fabric: Fabric, mtu: int, columns: Row, used: set[int]) -> Row:
    """``used``: the priorities of the data."""
    found = no_pauses(fabric.nodes)
    if dice.random() < 0.7:
        _listen(dice, fabric, columns, used)
    if dice.random() < 0.6:
        found |= _storms(dice, fabric, columns)
    if dice.random() < 0.6:
        found |= _watchdogs(dice, fabric)
    if dice.random() < 0.4:
        found |= _slow_receivers(dice, fabric, mtu, columns)
    if dice.random() < 0.4:
        limits = [dice.randint(1_000_000, 100_000_000) for _ in range(fabric.hosts)]
        found["node_pause_limit_ps"] = limits + [0] * fabric.switches
    return found


def _listen(dice: Random, fabric: Fabric, columns: Row, used: set[int]) -> None:
    """PFC everywhere, and for the classes of the data where switches have no maps."""
    mode = dice.choice((1, 1, 2))
    columns["node_pfc_mode"] = [mode] * fabric.nodes
    under_pfc = sum(1 << cls for cls in used)
    switches = columns["node_lossless_mask"][fabric.hosts :]
    if "node_qos" not in columns:
        switches = [under_pfc] * fabric.switches
    columns["node_lossless_mask"] = [under_pfc] * fabric.hosts + switches


def _storms(dice: Random, fabric: Fabric, columns: Row) -> Row:
    rows: list[tuple[int, ...]] = []
    for _ in range(dice.choice((1, 2, 5, 10))):
        host = dice.randrange(fabric.hosts)
        lossless = columns["node_lossless_mask"][host]
        classes = [cls for cls in range(8) if lossless >> cls & 1]
        if columns["node_pfc_mode"][host] == 0 or not classes:
            continue
        port = dice.randrange(fabric.first_port[host], fabric.first_port[host + 1])
        start = dice.randint(0, dice.choice((1, 2_000_000, 10_000_000)))
        length = dice.randint(1, dice.choice((20_000_000, 50_000_000, 300_000_000)))
        cls = dice.choice(classes)
        row = (port, cls, start, start + length)
        if not any(_overlap(row, other) for other in rows):
            rows.append(row)
    rows.sort(key=lambda row: (row[2], row[0]))
    return {name: [row[place] for row in rows] for place, name in enumerate(STORMS)}


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Scenarios with two storms of a (port, class) at a time are refused."""
    return one[:2] == other[:2] and one[2] < other[3] and other[2] < one[3]


def _watchdogs(dice: Random, fabric: Fabric) -> Row:
    """Alike at all switches, or each for itself."""
    mixed = dice.random() < 0.2
    one = _watchdog(dice)
    rows = [[0] * fabric.hosts for _ in one]
    for _ in range(fabric.switches):
        for row, value in zip(rows, _watchdog(dice) if mixed else one, strict=True):
            row.append(value)
    names = ("poll_ps", "detection_ps", "restoration_ps", "action")
    return {f"node_watchdog_{name}": row for name, row in zip(names, rows, strict=True)}


def _watchdog(dice: Random) -> tuple[int, int, int, int]:
    poll = dice.randint(100_000, dice.choice((200_000, 500_000, 2_000_000, 10_000_000)))
    if dice.random() < 0.1:
        return 0, 0, 0, 0
    detection = poll * dice.randint(1, 4) + dice.choice((0, 0, 1, 777))
    restoration = poll * dice.randint(1, 4) + dice.choice((0, 0, 1, 777))
    return poll, detection, restoration, dice.choice((1, 1, 1, 2, 2, 3))


def _slow_receivers(dice: Random, fabric: Fabric, mtu: int, columns: Row) -> Row:
    rate = [0] * fabric.nodes
    pool, static = list(columns["node_shared_bytes"]), list(columns["node_xoff_bytes"])
    offset = list(columns["node_xon_offset_bytes"])
    headroom = list(columns["port_headroom_bytes"])
    for host in range(fabric.hosts):
        if dice.random() < 0.3:
            continue
        rate[host] = dice.choice((1, 5, 25)) * 10**9
        pool[host] = static[host] = dice.choice((3, 10, 30)) * mtu
        offset[host] = 2 * mtu
        for port in range(fabric.first_port[host], fabric.first_port[host + 1]):
            headroom[port] = dice.choice((0, 2 * mtu, 100 * mtu))
    return {
        "node_receive_rate_bps": rate,
        "node_shared_bytes": pool,
        "node_xoff_bytes": static,
        "node_xon_offset_bytes": offset,
        "port_headroom_bytes": headroom,
    }
