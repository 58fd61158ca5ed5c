"""Shared pools against the thresholds that promise them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.lossless import group_by_dscp, priorities_that_stand
from pyfabric.compile.ports import Ints
from pyfabric.scenario.pools import UNLIMITED
from pyfabric.verification.fabric import Fabric, alike
from pyfabric.verification.finding import Checked, Finding
from pyfabric.verification.text import count_text, size_text

Bools = NDArray[np.bool_]

_FIRST_EGRESS: Final = 4  # number of the first pool of queues
_NO_POOL: Final = 255


@dataclass(frozen=True)
class Pool:
    """Numbers of one switch. Sizes in bytes; ``xoff`` None: dynamic, alpha = 2**-shift."""

    shared: int
    reserve: int
    xoff: int | None
    shift: int
    ports: int
    classes: int

    def xoff_bytes(self, groups: int) -> int:
        """Shared bytes of each (port, class) when its XOFF falls due, ``groups`` of them growing
        alike: x = alpha (B - n x), so x = B / (1/alpha + n) (Choudhury and Hahne, ToN 1998).
        """
        if self.xoff is not None:
            return min(self.xoff, self.shared // groups)
        if self.shift >= 0:
            return self.shared // ((1 << self.shift) + groups)
        return (self.shared << -self.shift) // (1 + (groups << -self.shift))

    def queue_bytes(self, inputs: int) -> int:
        """The egress queue of one class, alone in the switch and fed by ``inputs`` ports, at the
        moment when the last of them falls due for XOFF.
        """
        return inputs * (self.reserve + self.xoff_bytes(inputs))


def pool_of(fabric: Fabric, node: int) -> Pool:
    """The pool of a switch."""
    xoff = int(fabric.column("node_xoff_bytes")[node])
    return Pool(
        shared=int(fabric.column("node_shared_bytes")[node]),
        reserve=int(fabric.column("node_reserve_bytes")[node]),
        xoff=None if xoff < 0 else xoff,
        shift=int(fabric.column("node_alpha_shift")[node]),
        ports=int(np.diff(fabric.first)[node]),
        classes=int(fabric.lossless_count[node]),
    )


def kinds_of_switches(fabric: Fabric) -> list[Ints]:
    """Switches with PFC for some class, those with the same pool and settings together."""
    nodes = np.flatnonzero(fabric.is_switch & (fabric.mode > 0) & (fabric.lossless > 0))
    names = ("shared", "reserve", "xoff", "xon_offset")
    columns = [fabric.column(f"node_{name}_bytes")[nodes] for name in names]
    columns += [fabric.column("node_alpha_shift")[nodes], np.diff(fabric.first)[nodes]]
    rest = (fabric.lossless_count[nodes], fabric.profile[nodes], fabric.qos[nodes])
    return alike(nodes, *columns, *rest)


def check_pools(fabric: Fabric) -> Checked:
    """Static thresholds that the pool does not hold; buffers that run dry after XON.

    A full pool alone loses nothing: what it does not take goes to headroom, and that sends XOFF.
    """
    found: list[Finding] = []
    kinds = kinds_of_switches(fabric)
    for nodes in kinds:
        pool = pool_of(fabric, int(nodes[0]))
        found += _static(fabric, nodes, pool)
        found += _idle(fabric, nodes, pool)
    found += _egress(fabric)
    switches = sum(len(nodes) for nodes in kinds)
    return Checked(found, f"pools: {count_text(switches, 'switch', 'switches')} with PFC")


def _egress(fabric: Fabric) -> list[Finding]:
    """Lossless queues with a limit of their own: beyond it frames are dropped, not paused."""
    nodes = np.flatnonzero(fabric.qos >= 0)
    found = []
    for same in alike(nodes, fabric.qos[nodes], fabric.lossless_count[nodes]):
        node, row = int(same[0]), int(fabric.qos[same[0]])
        stored = _ingress_memory(fabric, node, row)
        queues = {
            int(queue): limit
            for queue in np.flatnonzero(_lossless_queues(fabric, row))
            if (limit := _queue_limit(fabric, row, int(queue))) is not None and limit < stored
        }
        for queue, limit in queues.items():
            found.append(
                Finding(
                    "error",
                    "pools",
                    "switch",
                    fabric.node_names(same),
                    f"queue {queue} is lossless but holds at most {size_text(limit)} of its pool, "
                    f"and the ingress side takes {size_text(stored)} before it pauses for good: "
                    "beyond its limit the queue drops.",
                    {"queue": queue, "limit_bytes": limit, "ingress_bytes": stored},
                    advice="no profile for the queue, or a static threshold and a pool as large as "
                    "the memory",
                )
            )
    return found


def _lossless_queues(fabric: Fabric, row: int) -> Bools:
    """[8] queues that a PFC priority stands for."""
    return np.asarray(priorities_that_stand(fabric.plan, "queue")[row] != 0)


def _queue_limit(fabric: Fabric, row: int, queue: int) -> int | None:
    """Bytes that a queue may hold, alone in its pool; None: no limit."""
    columns = fabric.plan.columns
    pool = int(columns["qos_queue_pool"].reshape(-1, 8)[row, queue])
    shift = int(columns["qos_queue_alpha_shift"].reshape(-1, 8)[row, queue])
    static = int(columns["qos_queue_static_bytes"].reshape(-1, 8)[row, queue])
    reserve = int(columns["qos_queue_reserve_bytes"].reshape(-1, 8)[row, queue])
    unlimited = static < 0 and shift == UNLIMITED
    if pool == _NO_POOL or (unlimited and pool < _FIRST_EGRESS):
        return None
    size = int(columns["qos_pool_bytes"].reshape(-1, 8)[row, pool])
    if static >= 0:
        size = static if pool < _FIRST_EGRESS else min(static, size)
    elif not unlimited:
        size = size // ((1 << shift) + 1) if shift >= 0 else (size << -shift) // ((1 << -shift) + 1)
    return reserve + size


def _ingress_memory(fabric: Fabric, node: int, row: int) -> int:
    """Bytes that the pools of priority groups, their headrooms and reserves take together."""
    columns = fabric.plan.columns
    ports = np.flatnonzero(fabric.node == node)
    pools = columns["qos_pg_pool"].reshape(-1, 8)[row].tolist()
    shared = columns["qos_shared_headroom_bytes"].reshape(-1, 4)[row].tolist()
    sizes = columns["qos_pool_bytes"].reshape(-1, 8)[row, :_FIRST_EGRESS].tolist()
    reserves = columns["qos_pg_reserve_bytes"].reshape(-1, 8)[row].tolist()
    used = set(group_by_dscp(fabric.plan)[row, fabric.plan.columns["priority_dscp"]].tolist())
    total = sum(sizes[pool] + max(shared[pool], 0) for pool in {pools[g] for g in used})
    lossless = int(fabric.column("node_lossless_mask")[node])
    for group in used:
        total += reserves[group] * len(ports)
        if lossless >> int(group) & 1 and shared[pools[group]] < 0:
            total += int(fabric.column("port_headroom_bytes")[ports].sum())
    return int(total)


def _static(fabric: Fabric, nodes: Ints, pool: Pool) -> list[Finding]:
    if pool.xoff is None:
        return []
    numbers = {"xoff_bytes": pool.xoff, "pool_bytes": pool.shared}
    names = fabric.node_names(nodes)
    if pool.xoff >= pool.shared:
        return [
            Finding(
                "warning",
                "pools",
                "switch",
                names,
                f"the static XOFF threshold of {size_text(pool.xoff)} is not below the shared pool "
                f"of {size_text(pool.shared)}: it never pauses; pauses begin only when one port "
                "has taken the whole pool from all others.",
                numbers,
                fabric.fix(int(nodes[0]), pfc__xoff="dynamic"),
                f"an XOFF threshold well below {size_text(pool.shared)}",
            )
        ]
    bound = pool.shared // (pool.ports * pool.classes)
    if pool.xoff <= bound:
        return []
    return [
        Finding(
            "note",
            "pools",
            "switch",
            names,
            f"XOFF at {size_text(pool.xoff)} is promised to {pool.ports} ports x "
            f"{count_text(pool.classes, 'class', 'classes')}, and the pool has "
            f"{size_text(pool.shared)}: with more than {pool.shared // max(pool.xoff, 1)} of them "
            "full, pauses come sooner. Lossless, but ports disturb each other.",
            numbers | {"bound_bytes": bound},
            advice=f"XOFF of at most {size_text(bound)} holds for all (DCQCN, SIGCOMM'15, "
            "section 4)",
        )
    ]


def _idle(fabric: Fabric, nodes: Ints, pool: Pool) -> list[Finding]:
    """Ports where less is stored at XON than leaves until the first frame is back."""
    ports = np.flatnonzero(
        np.isin(fabric.node, nodes) & (fabric.mode[fabric.node[fabric.peer]] > 0)
    )
    if not len(ports):
        return []
    largest = fabric.frames.largest
    offset = int(fabric.column("node_xon_offset_bytes")[nodes[0]])
    stored = pool.reserve + max(pool.xoff_bytes(1) - offset, 0)
    # As headroom without its two frames, and the first frame has to be there whole.
    need = fabric.headroom_needed[ports] - largest
    short = ports[need > stored]
    return [
        Finding(
            "note",
            "pools",
            "port",
            fabric.ingress_names(same),
            f"at XON {size_text(stored)} are stored, and {size_text(int(worst))} could leave until "
            "the peer's first frame is back: the egress may idle after each pause. Lossless, but "
            "below line rate while it pauses.",
            {"stored_bytes": stored, "needed_bytes": int(worst)},
            advice="a higher XOFF threshold, or a smaller switch.pfc.xon_offset",
        )
        for same in alike(short, fabric.headroom_needed[short])
        for worst in [fabric.headroom_needed[same[0]] - largest]
    ]
