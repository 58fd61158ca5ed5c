"""Whether the pools, profiles, priority groups and queues of a switch fit together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pyfabric.errors import shorten, unknown
from pyfabric.scenario.maps import CLASSES, check_keys
from pyfabric.scenario.pools import BufferPool, BufferProfile
from pyfabric.spec import Faults

if TYPE_CHECKING:
    from pyfabric.scenario.switch import Switch

#: Pools of either direction; those of type "both" count as ingress.
POOLS_MAX: Final = 4

_PARTS: Final = ("profiles", "priority_groups", "queues")
#: Settings of the single pool: path -> (default, where it is set with pools).
_SINGLE: Final = {
    "alpha": "alpha of a profile",
    "lossy_alpha": "alpha of a profile",
    "reserve": "reserved of a profile",
    "headroom": "headroom of a profile",
    "headroom_pool": "shared_headroom of a pool",
}


def check_pools(switch: Switch, faults: Faults) -> None:
    """Report unknown names, pools and profiles of the wrong kind, and what has no effect."""
    if not switch.pools:
        for field in _PARTS:
            if getattr(switch, field):
                faults.add(field, "has no effect without pools (set pools, or leave it out)")
        return
    _check_named(faults, "pools", switch.pools, BufferPool)
    _check_named(faults, "profiles", switch.profiles, BufferProfile)
    _check_single(switch, faults)
    if faults.found:
        return
    _check_counts(switch, faults)
    _check_profiles(switch, faults)
    used = _check_bound(switch, faults, "priority_groups", ("ingress", "both"))
    used |= _check_bound(switch, faults, "queues", ("egress", "both"))
    for name in switch.profiles:
        if name not in used:
            faults.add(f"profiles[{name!r}]", "has no effect: no priority group or queue has it")
    if not faults.found:
        _check_headrooms(switch, faults)


def _check_named(faults: Faults, field: str, given: Any, kind: type) -> None:
    if not isinstance(given, Mapping):
        faults.add(field, f"must map names to {kind.__name__}, got {shorten(given)}")
        return
    for name, value in given.items():
        if not isinstance(name, str) or not name:
            faults.add(field, f"must have texts as names, got {shorten(name)}")
        faults.instance(f"{field}[{shorten(name)}]", value, kind)


def _check_single(switch: Switch, faults: Faults) -> None:
    given = switch.given()
    for field, instead in _SINGLE.items():
        if field in given:
            faults.add(field, f"has no effect with pools (set {instead})")
    for field, instead in (("xoff", "static_th"), ("xon_offset", "xon_offset")):
        if field in switch.pfc.given():
            faults.add(f"pfc.{field}", f"has no effect with pools (set {instead} of a profile)")


def _check_counts(switch: Switch, faults: Faults) -> None:
    for egress, kind in ((False, "ingress or both"), (True, "egress")):
        own = {n: p for n, p in switch.pools.items() if (p.type == "egress") == egress}
        if len(own) > POOLS_MAX:
            faults.add("pools", f"{len(own)} of type {kind} (allowed: up to {POOLS_MAX})")
        automatic = [name for name, pool in own.items() if pool.size == "auto"]
        if len(automatic) > 1:
            listed = " and ".join(map(repr, automatic))
            faults.add("pools", f"{listed} of type {kind} all have size 'auto' (allowed: one)")


def _check_profiles(switch: Switch, faults: Faults) -> None:
    for name, profile in switch.profiles.items():
        place = f"profiles[{name!r}]"
        pool = switch.pools.get(profile.pool)
        if pool is None:
            faults.add(f"{place}.pool", unknown("pool", profile.pool, switch.pools))
            continue
        if pool.mode == "static" and profile.static_th is None:
            faults.add(place, f"needs static_th: pool {profile.pool!r} is of mode static")
        if pool.mode == "dynamic" and profile.static_th is not None:
            faults.add(
                f"{place}.static_th",
                f"pool {profile.pool!r} is of mode dynamic (set alpha or dynamic_th, or mode)",
            )
    named = {profile.pool for profile in switch.profiles.values()}
    for name in switch.pools:
        if name not in named:
            faults.add(f"pools[{name!r}]", "has no effect: no profile names it")


def _check_bound(switch: Switch, faults: Faults, field: str, kinds: tuple[str, ...]) -> set[str]:
    """Report bad profiles of groups or queues; the names that are in use."""
    used = set()
    for number, name in check_keys(faults, field, getattr(switch, field), CLASSES).items():
        place = f"{field}[{number}]"
        if not isinstance(name, str) or name not in switch.profiles:
            faults.add(place, unknown("profile", name, switch.profiles))
            continue
        used.add(name)
        pool = switch.pools.get(switch.profiles[name].pool)
        if pool is not None and pool.type not in kinds:
            wanted = " or ".join(kinds)
            faults.add(
                place,
                f"profile {name!r} is of pool {switch.profiles[name].pool!r} of type {pool.type} "
                f"(allowed: {wanted})",
            )
    return used


def _check_headrooms(switch: Switch, faults: Faults) -> None:
    """Headroom and XON are of lossless groups alone."""
    lossless = {
        id(profile)
        for group, profile in switch.group_profiles.items()
        if group in switch.lossless_groups
    }
    for name, profile in switch.profiles.items():
        if id(profile) in lossless:
            continue
        for field in ("headroom", "xon", "xon_offset"):
            if field in profile.given():
                faults.add(
                    f"profiles[{name!r}].{field}",
                    "has no effect: no lossless priority stands for a group that has this profile "
                    f"(lossless: {sorted(switch.lossless_groups)})",
                )
