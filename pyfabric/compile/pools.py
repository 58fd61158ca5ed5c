"""Sizes of the pools of one switch, and what each priority group and queue may take of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Final

from pyfabric.errors import Fault, ScenarioError
from pyfabric.scenario import BufferProfile, Switch
from pyfabric.scenario.pools import UNLIMITED
from pyfabric.scenario.switch_pools import POOLS_MAX
from pyfabric.units import format_size, parse_fraction

_CLASSES: Final = 8
_NO_POOL: Final = 255

Row = dict[str, Any]


@dataclass(frozen=True)
class SwitchPools:
    """``columns``: a row of the qos columns about buffers. ``summary``: node columns."""

    columns: Row
    summary: dict[str, int]


@dataclass(frozen=True)
class Place:
    """One switch: its settings, where they stand, and what its ports need.

    headrooms: sum over the ports of ``port_headroom_bytes``. groups: those that a frame in use is
    mapped to. xon_offset: the automatic one. smallest: the least pool that is of use.
    per_port: one headroom and one reserve serve all classes of a port (docs/ns3.md).
    """

    switch: Switch
    name: str
    path: str
    ports: int
    headrooms: int
    groups: frozenset[int]
    xon_offset: int
    smallest: int
    per_port: bool

    def headroom_of(self, profile: BufferProfile) -> int:
        """Bytes of one lossless group at all ports."""
        own = profile.headroom_bytes
        return self.headrooms if own is None else own * self.ports


def oversubscribed(total: int, ratio: str | float | Fraction) -> int:
    """An automatic shared headroom."""
    return ceil(total / parse_fraction(ratio))


def single_headroom(place: Place) -> int:
    """Headroom that the single pool sets aside."""
    switch = place.switch
    groups = len(switch.lossless_groups)
    total = place.headrooms * (min(groups, 1) if place.per_port else groups)
    if switch.headroom_pool is None:
        return total
    if switch.headroom_pool == "auto":
        return oversubscribed(total, switch.headroom_oversubscription)
    return switch.headroom_pool_bytes or 0


def _row() -> Row:
    row: Row = {
        "qos_pool_bytes": [0] * (2 * POOLS_MAX),
        "qos_shared_headroom_bytes": [-1] * POOLS_MAX,
        "qos_pg_pool": [0] * _CLASSES,
        "qos_queue_pool": [_NO_POOL] * _CLASSES,
    }
    for kind in ("pg", "queue"):
        row[f"qos_{kind}_reserve_bytes"] = [0] * _CLASSES
        row[f"qos_{kind}_static_bytes"] = [-1] * _CLASSES
        row[f"qos_{kind}_alpha_shift"] = [0] * _CLASSES
    row["qos_pg_headroom_bytes"] = [-1] * _CLASSES
    row["qos_pg_xon_bytes"] = [0] * _CLASSES
    row["qos_pg_xon_offset_bytes"] = [0] * _CLASSES
    return row


def single_pool(place: Place, shared: int) -> SwitchPools:
    """The single pool of ``shared`` bytes as a pool of type both."""
    switch, row = place.switch, _row()
    offset = switch.pfc.xon_offset_bytes
    static = switch.pfc.xoff_bytes
    row["qos_pool_bytes"][0] = shared
    if switch.headroom_pool is not None:
        row["qos_shared_headroom_bytes"][0] = single_headroom(place)
    row["qos_pg_reserve_bytes"] = [switch.reserve_bytes] * _CLASSES
    row["qos_pg_alpha_shift"] = [switch.alpha_shift] * _CLASSES
    row["qos_pg_xon_offset_bytes"] = [place.xon_offset if offset is None else offset] * _CLASSES
    row["qos_queue_alpha_shift"] = [switch.lossy_alpha_shift] * _CLASSES
    for group in switch.lossless_groups:
        row["qos_pg_static_bytes"][group] = -1 if static is None else static
    for queue in set(range(_CLASSES)) - switch.lossless_queues:
        row["qos_queue_pool"][queue] = 0
    return SwitchPools(row, {})


def explicit_pools(place: Place) -> SwitchPools:
    """The pools and profiles of a switch; ScenarioError where the memory does not hold them."""
    faults = _missing(place)
    if faults:
        raise ScenarioError(faults)
    switch, row = place.switch, _row()
    number = _numbers(switch)
    headroom = _shared_headrooms(place)
    for name, size in headroom.items():
        row["qos_shared_headroom_bytes"][number[name]] = size
    for name, size in _sizes(place, headroom).items():
        row["qos_pool_bytes"][number[name]] = size
    for group, profile in switch.group_profiles.items():
        _share(row, "pg", group, profile, number)
        own, offset = profile.headroom_bytes, profile.xon_offset_bytes
        row["qos_pg_headroom_bytes"][group] = -1 if own is None else own
        row["qos_pg_xon_bytes"][group] = profile.xon_bytes
        row["qos_pg_xon_offset_bytes"][group] = place.xon_offset if offset is None else offset
    for queue, profile in switch.queue_profiles.items():
        _share(row, "queue", queue, profile, number)
    return SwitchPools(row, _summary(switch, row))


def _numbers(switch: Switch) -> dict[str, int]:
    """Pool -> its number: groups' from 0, queues' behind them."""
    number: dict[str, int] = {}
    for egress, first in ((False, 0), (True, POOLS_MAX)):
        own = [name for name, pool in switch.pools.items() if (pool.type == "egress") == egress]
        number |= {name: first + place for place, name in enumerate(own)}
    return number


def _share(row: Row, kind: str, at: int, profile: BufferProfile, number: dict[str, int]) -> None:
    static = profile.static_bytes
    row[f"qos_{kind}_pool"][at] = number[profile.pool]
    row[f"qos_{kind}_reserve_bytes"][at] = profile.reserved_bytes
    row[f"qos_{kind}_static_bytes"][at] = -1 if static is None else static
    row[f"qos_{kind}_alpha_shift"][at] = profile.alpha_shift


def _missing(place: Place) -> list[Fault]:
    """Groups that frames reach, without a profile."""
    given = place.switch.group_profiles
    missing = sorted(place.groups - set(given))
    if not missing:
        return []
    return [
        Fault(
            f"{place.path}.priority_groups",
            f"no profile for group {', '.join(map(str, missing))}, which frames of this run are "
            f"mapped to at {place.name} (set: {', '.join(map(str, sorted(given))) or 'none'})",
        )
    ]


def _lossless(switch: Switch) -> list[BufferProfile]:
    """Profiles of the lossless groups, one for each."""
    given = switch.group_profiles
    return [given[group] for group in sorted(switch.lossless_groups) if group in given]


def largest_headroom(switch: Switch) -> int | None:
    """The largest headroom of a lossless group; None: that of the link is one of them."""
    own = [profile.headroom_bytes for profile in _lossless(switch)] if switch.pools else []
    fixed = [size for size in own if size is not None]
    return max(fixed) if fixed and len(fixed) == len(own) else None


def _shared_headrooms(place: Place) -> dict[str, int]:
    """Pool -> its shared headroom, of those that have one."""
    found = {}
    for name, pool in place.switch.pools.items():
        if pool.shared_headroom is None:
            continue
        own = (profile for profile in _lossless(place.switch) if profile.pool == name)
        total = sum(map(place.headroom_of, own))
        given = pool.shared_headroom_bytes
        found[name] = (
            oversubscribed(total, pool.headroom_oversubscription) if given is None else given
        )
    return found


def _sizes(place: Place, headroom: dict[str, int]) -> dict[str, int]:
    """Pool -> its size; raises where the pools are above the memory."""
    switch = place.switch
    private = [p for p in _lossless(switch) if switch.pools[p.pool].shared_headroom is None]
    aside = {
        False: {
            "headrooms": sum(map(place.headroom_of, private)),
            "shared headrooms": sum(headroom.values()),
            "reserves": _reserves(place, switch.group_profiles.values()),
        },
        True: {"reserves": _reserves(place, switch.queue_profiles.values())},
    }
    sizes, faults = {}, []
    for egress, parts in aside.items():
        own = {n: p for n, p in switch.pools.items() if (p.type == "egress") == egress}
        fixed = sum(pool.size_bytes or 0 for pool in own.values())
        automatic = any(pool.size_bytes is None for pool in own.values())
        rest = switch.buffer_bytes - sum(parts.values()) - fixed
        if own and rest < (place.smallest if automatic else 0):
            faults.append(_above(place, egress, parts, fixed, automatic))
        for name, pool in own.items():
            sizes[name] = rest if pool.size_bytes is None else pool.size_bytes
    if faults:
        raise ScenarioError(faults)
    return sizes


def _reserves(place: Place, profiles: Iterable[BufferProfile]) -> int:
    return place.ports * sum(profile.reserved_bytes for profile in profiles)


def _above(place: Place, egress: bool, parts: dict[str, int], fixed: int, automatic: bool) -> Fault:
    terms = {"pools": fixed, **parts}
    if automatic:
        terms["an automatic pool of two largest frames"] = place.smallest
    listed = " + ".join(f"{name} {format_size(size)}" for name, size in terms.items() if size)
    total = sum(terms.values())
    return Fault(
        f"{place.path}.pools",
        f"pools above the memory at {place.name}: {'egress' if egress else 'ingress'} {listed} = "
        f"{format_size(total)}, and the buffer has {format_size(place.switch.buffer_bytes)} "
        f"(allowed: buffer from {format_size(total)})",
    )


def _summary(switch: Switch, row: Row) -> dict[str, int]:
    """Node columns for those who look at one pool: that of the first lossless group."""
    bound = sorted(switch.lossless_groups & set(switch.group_profiles)) or [0]
    group = bound[0]
    size = row["qos_pool_bytes"][row["qos_pg_pool"][group]]
    shift, static = row["qos_pg_alpha_shift"][group], row["qos_pg_static_bytes"][group]
    if shift == UNLIMITED:
        shift, static = 0, size
    return {
        "node_shared_bytes": size,
        "node_reserve_bytes": row["qos_pg_reserve_bytes"][group],
        "node_xoff_bytes": static,
        "node_alpha_shift": shift,
        "node_xon_offset_bytes": row["qos_pg_xon_offset_bytes"][group],
    }
