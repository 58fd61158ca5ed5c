"""Headroom of every lossless ingress port against what its link may bring after XOFF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pyfabric.compile.ports import Ints
from pyfabric.verification.fabric import Fabric, alike
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.text import count_text, size_text


def check_headroom(fabric: Fabric) -> Checked:
    """Ports that pause their peer, and whose peer obeys, hold what still comes (model.md, 6)."""
    mode, at = fabric.mode, fabric.node
    guarded = (fabric.stores & (mode > 0) & (fabric.lossless > 0))[at]
    guarded &= (mode > 0)[at[fabric.peer]]  # a peer that does not obey has no bound: `pfc` says so
    have, need = fabric.headroom, fabric.headroom_needed
    short = np.flatnonzero(guarded & (have < need))
    found = [
        _finding(fabric, same)
        for same in alike(short, have[short], need[short], fabric.profile[at[short]])
    ]
    found += _damaged(fabric, np.flatnonzero(guarded))
    found += _shared(fabric, np.flatnonzero(guarded))
    ports = np.flatnonzero(guarded)
    if not len(ports):
        return Checked(found, "headroom: no port pauses its peer for a lossless class")
    margin = int((have - need)[ports].min())
    least = f"; smallest margin {size_text(margin)}" if margin >= 0 else ""
    return Checked(found, f"headroom: {count_text(len(ports), 'lossless ingress port')}{least}")


def _finding(fabric: Fabric, ports: Ints) -> Finding:
    port = int(ports[0])
    node = int(fabric.node[port])
    have = int(fabric.headroom[port])
    need = int(fabric.headroom_needed[port])
    delay_ns = int(fabric.column("port_delay_ps")[port]) / 1000
    return Finding(
        "error",
        "headroom",
        "port",
        fabric.ingress_names(ports),
        f"headroom of {size_text(have)}, but after XOFF this link of {delay_ns:g} ns one way may "
        f"still bring {size_text(need)}: {size_text(need - have)} too few. What comes beyond is "
        "dropped, in a class that is said to be lossless.",
        {"headroom_bytes": have, "needed_bytes": need, "short_bytes": need - have},
        _fix(fabric, node),
        f"headroom of at least {size_text(need)} a port and lossless class (pf.headroom shows "
        "every term), or a shorter cable",
    )


def _fix(fabric: Fabric, node: int) -> dict[str, Any]:
    """``headroom="auto"``, and as much more buffer as keeps the shared pool what it is."""
    if fabric.profiles is None or not fabric.is_switch[node]:
        return {}
    if fabric.profiles.switches[int(fabric.profile[node])].pools:
        return {}
    settings = fabric.profiles.switches[int(fabric.profile[node])]
    nodes = np.flatnonzero(fabric.is_switch & (fabric.profile == fabric.profile[node]))
    extra = (fabric.headroom_needed - fabric.column("port_headroom_bytes")) * (
        fabric.lossless_count[fabric.node]
    )
    more = np.bincount(fabric.node, weights=extra, minlength=len(fabric.first) - 1)[nodes]
    left = fabric.column("node_shared_bytes")[nodes] - more.astype(np.int64)
    fix = fabric.fix(node, headroom="auto")
    if int(left.min()) < 2 * fabric.frames.largest:
        fix |= fabric.fix(node, buffer=settings.buffer_bytes + int(more.max()))
    return fix


def _shared(fabric: Fabric, ports: Ints) -> list[Finding]:
    """Shared headrooms that do not hold what all their ports may bring at once."""
    found = []
    columns = fabric.plan.columns
    limits = columns["qos_shared_headroom_bytes"].reshape(-1, 4).astype(np.int64)
    pool_of = columns["qos_pg_pool"].reshape(-1, 8)
    at = fabric.node[ports]
    for node in np.unique(at[fabric.qos[at] >= 0]).tolist():
        profile, mask = int(fabric.qos[node]), int(fabric.column("node_lossless_mask")[node])
        own = ports[at == node]
        for pool in np.flatnonzero(limits[profile] >= 0).tolist():
            groups = sum(1 for g in range(8) if mask >> g & 1 and pool_of[profile, g] == pool)
            need, have = groups * int(fabric.headroom_needed[own].sum()), int(limits[profile, pool])
            if need > have:
                most = int(fabric.headroom_needed[own].max())
                found.append((node, have, need, len(own) * groups, most, pool))
    return [
        _none_fits(fabric, rows[:, 0], *rest) if rest[0] < rest[3] else _scarce(fabric, rows)
        for rows in _alike_rows(found, fabric.profile)
        for rest in [rows[0, 1:].tolist()]
    ]


def _scarce(fabric: Fabric, rows: Ints) -> Finding:
    _, have, need, number, *_ = rows[0].tolist()
    return Finding(
        "warning",
        "headroom",
        "switch",
        fabric.node_names(rows[:, 0]),
        f"shared headroom of {size_text(have)} for {number} pairs of port and lossless group "
        f"that may need {size_text(need)} at once: oversubscribed {need / have:.2f} "
        f"times. It is lossless as long as no more than {have * number // need} of them are "
        "paused at the same time.",
        {"shared_headroom_bytes": have, "needed_bytes": need, "groups": number},
        advice=f"a shared headroom of at least {size_text(need)}",
    )


def _none_fits(
    fabric: Fabric, nodes: Ints, have: int, need: int, number: int, most: int, pool: int
) -> Finding:
    """A shared headroom that a single port overruns."""
    return Finding(
        "error",
        "headroom",
        "switch",
        fabric.node_names(nodes),
        f"shared headroom of {size_text(have)}, but after XOFF a single port may still bring "
        f"{size_text(most)}, and all {number} pairs of port and lossless group together "
        f"{size_text(need)}: what comes beyond is dropped, in a class that is said to be lossless.",
        {
            "shared_headroom_bytes": have,
            "needed_bytes": need,
            "port_needed_bytes": most,
            "groups": number,
        },
        _fix_shared(fabric, int(nodes[0]), pool),
        f"a shared headroom of {size_text(need)}, or at least {size_text(most)} for one port at "
        "a time",
    )


def _fix_shared(fabric: Fabric, node: int, pool: int) -> dict[str, Any]:
    """A shared headroom for all ports, and as much more buffer where it would not hold that."""
    if fabric.profiles is None:
        return {}
    settings = fabric.profiles.switches[int(fabric.profile[node])]
    fix: dict[str | None, Any] = {fabric.path(node, "headroom_pool"): "auto"}
    ratio, at = settings.headroom_oversubscription, "headroom_oversubscription"
    if settings.pools:
        name = [name for name, own in settings.pools.items() if own.type != "egress"][pool]
        fix = {fabric.path(node, f"pools.{name}.shared_headroom"): "auto"}
        ratio, at = settings.pools[name].headroom_oversubscription, f"pools.{name}.{at}"
    if ratio != 1:
        fix[fabric.path(node, at)] = 1
    nodes = np.flatnonzero(fabric.is_switch & (fabric.profile == fabric.profile[node]))
    each = fabric.headroom_needed * fabric.lossless_count[fabric.node]
    more = int(np.bincount(fabric.node, weights=each)[nodes].max())
    left = int(fabric.column("node_shared_bytes")[nodes].min()) - more
    if settings.pools or left < 2 * fabric.frames.largest:
        fix[fabric.path(node, "buffer")] = settings.buffer_bytes + more
    return {path: value for path, value in fix.items() if path is not None}


def _alike_rows(found: Sequence[tuple[int, ...]], profile: Ints) -> list[Ints]:
    """Rows (node, ...) with the same numbers behind the node, and settings, together."""
    rows = np.array(found, dtype=np.int64).reshape(-1, 6)
    return [rows[same] for same in alike(np.arange(len(rows)), *rows[:, 1:].T, profile[rows[:, 0]])]


def _damaged(fabric: Fabric, ports: Ints) -> list[Finding]:
    """A damaged XOFF is not obeyed: no headroom covers that."""
    error = np.maximum(fabric.column("port_error_q32")[fabric.peer], 0)
    bad = ports[error[ports] > 0]
    return [
        Finding(
            "warning",
            "headroom",
            "port",
            fabric.ingress_names(same),
            f"PFC frames from here are damaged with probability {error[same[0]] / 2**32:.3g}; "
            "a lost XOFF is repeated only after half the pause time (mode quanta) or never "
            "(on_off), and headroom is not made for that.",
            advice="a link without errors",
        )
        for same in alike(bad, error[bad])
    ]
