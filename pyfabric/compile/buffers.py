"""Headroom of ingress ports and the shared pool that remains (docs/model.md 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pyfabric.compile.distinct import distinct
from pyfabric.compile.framing import Frames
from pyfabric.compile.ports import Ints
from pyfabric.errors import Fault, ScenarioError
from pyfabric.sizing.delay_value import Waits, headroom_amount
from pyfabric.units import format_size


def headroom_bytes(
    frames: Frames, rate_bps: int, delay_ps: int, peer_reaction_ps: int, latency_ps: int
) -> int:
    """L2 bytes that may still arrive at one ingress port in one class after its XOFF was decided,
    rounded up (:mod:`pyfabric.sizing.delay_value`; oracle P20).

    The peer's reaction is ``peer_reaction_ps``; ``latency_ps`` is this switch's own.
    """
    reverse_ps, pfc_ps = frames.wire_ps([frames.largest, frames.pfc], rate_bps).tolist()
    waits = Waits(reverse_ps, pfc_ps, 0, delay_ps, peer_reaction_ps, delay_ps, latency_ps)
    return headroom_amount(sum(waits), _densest(frames, rate_bps), frames.largest)


def _densest(frames: Frames, rate_bps: int) -> list[tuple[int, int]]:
    """(L2 bytes, ps on the wire) of the frames that bring most buffered bytes per time.

    The larger a frame, the smaller the share of its gap; floored to 1 ns, small frames may win.
    """
    sizes = (frames.largest, frames.full_packet, frames.ack)
    timed = [(size, int(frames.wire_ps(size, rate_bps))) for size in sizes]
    return [(size, wire_ps) for size, wire_ps in timed if wire_ps > 0] or [(frames.largest, 1)]


def link_headrooms(
    frames: Frames, rate_bps: Ints, delay_ps: Ints, peer_reaction_ps: Ints, latency_ps: Ints
) -> Ints:
    """:func:`headroom_bytes` of many ports; all arguments and the result [P]."""
    links = np.stack([rate_bps, delay_ps, peer_reaction_ps, latency_ps])
    first, kind = distinct(links)
    sizes = [headroom_bytes(frames, *link) for link in links[:, first].T.tolist()]
    return np.array(sizes, dtype=np.int64)[kind]


@dataclass(frozen=True)
class Pool:
    """Buffer of one switch and what is set aside from it, in bytes."""

    switch: str
    buffer: int
    headroom: int
    reserves: int
    smallest: int  #: the least shared pool that is of use: two largest frames

    @property
    def shared(self) -> int:
        """The shared pool; may be negative."""
        return self.buffer - self.headroom - self.reserves

    @property
    def fault(self) -> Fault | None:
        """What is wrong with the sizes, if anything."""
        if self.shared >= self.smallest:
            return None
        needed = self.headroom + self.reserves + self.smallest
        return Fault(
            f"switch {self.switch}",
            f"buffer {format_size(self.buffer)} is too small for its headrooms "
            f"{format_size(self.headroom)} + reserves {format_size(self.reserves)} + a shared pool "
            f"of two largest frames {format_size(self.smallest)} "
            f"(allowed: from {format_size(needed)})",
        )


def check_pools(pools: list[Pool]) -> None:
    """Raise one ScenarioError that names the switches whose pool is too small, alike ones once."""
    alike: dict[tuple[int, int, int], list[Pool]] = {}
    for pool in pools:
        if pool.fault:
            alike.setdefault((pool.buffer, pool.headroom, pool.reserves), []).append(pool)
    faults = []
    for same in alike.values():
        fault = same[0].fault
        if fault:
            more = f"; so are {len(same) - 1} other switches" if len(same) > 1 else ""
            faults.append(Fault(fault.path, fault.message + more))
    if faults:
        raise ScenarioError(faults)
