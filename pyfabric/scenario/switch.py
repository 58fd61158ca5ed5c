"""Switches: shared buffer, PFC, classes. Defaults as in docs/model.md, section 6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from pyfabric.errors import shorten
from pyfabric.scenario.alphas import check_alpha, shift_of
from pyfabric.scenario.ecn import ECN
from pyfabric.scenario.maps import (
    CLASSES,
    DSCPS,
    by_number,
    check_keys,
    check_map,
    full_map,
    mapped,
)
from pyfabric.scenario.pools import (
    WRED,
    BufferPool,
    BufferProfile,
    check_shared_headroom,
    fixed_bytes,
)
from pyfabric.scenario.switch_pools import check_pools
from pyfabric.scenario.watchdog import PFCWatchdog
from pyfabric.spec import EMPTY, Faults, Spec, spec
from pyfabric.units import Quantity, parse_fraction, parse_size, parse_time

_MS: Final = 10**9


@spec
class PFC(Spec):
    """Priority flow control of a switch (IEEE 802.1Qbb).

    enabled: send and obey pauses (True).
    mode: "quanta" (pauses expire and are refreshed) or "on_off" (until the resume frame).
    quanta: pause time in XOFF frames, 1 to 65535 quanta of 512 bit times (65535).
    xoff: "dynamic" (alpha * free shared buffer) or a static size of shared bytes per port and
        class.
    xon_offset: resume this far below the threshold; "auto": two full frames.
    reaction: from receiving XOFF until it binds at the next frame boundary (200 ns).
    """

    enabled: bool = True
    mode: str = "quanta"
    quanta: int = 65535
    xoff: Quantity = "dynamic"
    xon_offset: Quantity = "auto"
    reaction: Quantity = "200ns"

    def check(self, faults: Faults) -> None:
        faults.boolean("enabled", self.enabled)
        faults.choice("mode", self.mode, ("quanta", "on_off"))
        faults.integer("quanta", self.quanta, 1, 65535)
        if self.xoff != "dynamic":
            faults.size("xoff", self.xoff)
        if self.xon_offset != "auto":
            faults.size("xon_offset", self.xon_offset)
        faults.time("reaction", self.reaction, high=_MS)

    @property
    def xoff_bytes(self) -> int | None:
        """Static XOFF threshold in bytes; None: dynamic."""
        return None if self.xoff == "dynamic" else parse_size(self.xoff)

    @property
    def xon_offset_bytes(self) -> int | None:
        """Distance of XON below the threshold in bytes; None: auto."""
        return None if self.xon_offset == "auto" else parse_size(self.xon_offset)

    @property
    def reaction_ps(self) -> int:
        """Reaction time in ps."""
        return parse_time(self.reaction)


@spec
class Switch(Spec):
    """A shared-buffer switch.

    buffer: all packet memory (32 MB). reserve: private bytes of each (port, class in use) (4 KiB).
    alpha, lossy_alpha: dynamic thresholds as a share of the free pool, a power of two from 1/128 to
        8; of the ingress of lossless classes (1/8) and of the egress of lossy ones (1).
    lossless_priorities: classes under PFC ((3,)).
    headroom: bytes per ingress port and lossless class, or "auto": what the link needs.
    pfc, ecn: their settings; ``ecn=None`` marks nothing.
    latency: pipeline latency of data frames (0).
    int_telemetry: adds in-band telemetry to data packets that ask for it (True); a congestion
        control that needs it, such as HPCC, needs it at every switch.
    strict_priorities: queues served strictly, the highest first ((6,)); the rest share by
        ``weights``, a mapping from queue to an integer from 1 to 1000 (1 each).
    dscp_to_tc, tc_to_pg, tc_to_queue: traffic class of each DSCP (DSCP >> 3), priority group and
        queue of each traffic class (the same number). Keys are numbers or ranges such as "3-4".
    pfc_to_pg, pfc_to_queue: the group and the queue that a PFC priority stands for (the same
        number).
    headroom_pool: headroom that all lossless groups share, in bytes, or "auto": the sum of theirs
        over headroom_oversubscription (1); None: every group has its own.
    pools, profiles: buffer pools and profiles by name, instead of the single pool.
    priority_groups, queues: the profile of each group in use, and of queues; queues without one
        have no limit of their own.
    wred: early drop by lossy queue.
    bounce_priorities: the priority that frames of a priority go on in when they came from a higher
        tier and leave to one (Tagger, CoNEXT'17).
    watchdog: what to do about queues that stay paused; None: nothing.
    """

    buffer: Quantity = "32MB"
    alpha: str | float | Fraction = "1/8"
    lossy_alpha: str | float | Fraction = "1"
    reserve: Quantity = "4KiB"
    lossless_priorities: Sequence[int] = (3,)
    headroom: Quantity = "auto"
    pfc: PFC = PFC()
    ecn: ECN | None = ECN()
    latency: Quantity = "0ns"
    strict_priorities: Sequence[int] = (6,)
    weights: Mapping[int, int] = EMPTY
    int_telemetry: bool = True
    dscp_to_tc: Mapping[Any, int] = EMPTY
    tc_to_pg: Mapping[Any, int] = EMPTY
    tc_to_queue: Mapping[Any, int] = EMPTY
    pfc_to_pg: Mapping[Any, int] = EMPTY
    pfc_to_queue: Mapping[Any, int] = EMPTY
    headroom_pool: Quantity | None = None
    headroom_oversubscription: str | float | Fraction = 1
    pools: Mapping[str, BufferPool] = EMPTY
    profiles: Mapping[str, BufferProfile] = EMPTY
    priority_groups: Mapping[Any, str] = EMPTY
    queues: Mapping[Any, str] = EMPTY
    wred: Mapping[Any, WRED] = EMPTY
    bounce_priorities: Mapping[Any, int] = EMPTY
    watchdog: PFCWatchdog | None = None

    def check(self, faults: Faults) -> None:
        faults.size("buffer", self.buffer, low=1_000, high=10**11)
        faults.size("reserve", self.reserve, high=10**9)
        check_alpha(faults, "alpha", self.alpha)
        check_alpha(faults, "lossy_alpha", self.lossy_alpha)
        faults.priorities("lossless_priorities", self.lossless_priorities)
        if self.headroom != "auto":
            faults.size("headroom", self.headroom, high=10**11)
        faults.instance("pfc", self.pfc, PFC)
        faults.instance("ecn", self.ecn, ECN, optional=True)
        faults.time("latency", self.latency, high=_MS)
        check_classes(faults, self.strict_priorities, self.weights)
        faults.boolean("int_telemetry", self.int_telemetry)
        check_map(faults, "dscp_to_tc", self.dscp_to_tc, DSCPS)
        for name in ("tc_to_pg", "tc_to_queue", "pfc_to_pg", "pfc_to_queue"):
            check_map(faults, name, getattr(self, name), CLASSES)
        self._check_bounces(faults)
        check_shared_headroom(
            faults, "headroom_pool", self.headroom_pool, self.headroom_oversubscription
        )
        if not faults.found:
            self._check_wred(faults)
            check_pools(self, faults)
        self._check_watchdog(faults)

    def _check_watchdog(self, faults: Faults) -> None:
        faults.instance("watchdog", self.watchdog, PFCWatchdog, optional=True)
        if not isinstance(self.watchdog, PFCWatchdog):
            return
        pfc: object = self.pfc
        if isinstance(pfc, PFC) and not pfc.enabled:
            faults.add("watchdog", "has no effect without PFC (pfc.enabled is False)")
        if not self.lossless_priorities:
            faults.add("watchdog", "has no effect: no class is lossless (lossless_priorities=())")

    def _check_bounces(self, faults: Faults) -> None:
        field = "bounce_priorities"
        for number, value in check_keys(faults, field, self.bounce_priorities, CLASSES).items():
            if faults.integer(f"{field}[{number}]", value, 0, CLASSES - 1) == number:
                faults.add(f"{field}[{number}]", "a bounce to the same priority has no effect")

    def _check_wred(self, faults: Faults) -> None:
        for queue, curve in check_keys(faults, "wred", self.wred, CLASSES).items():
            place = f"wred[{queue}]"
            faults.instance(place, curve, WRED)
            if queue in self.lossless_queues:
                faults.add(
                    place,
                    f"queue {queue} is lossless: PFC pauses it, so nothing may be dropped early",
                )

    @property
    def dscp_tc(self) -> tuple[int, ...]:
        """[64] traffic class of each DSCP."""
        return full_map(self.dscp_to_tc, DSCPS, 3)

    def class_map(self, name: str) -> tuple[int, ...]:
        """[8] of ``tc_to_pg``, ``tc_to_queue``, ``pfc_to_pg`` or ``pfc_to_queue``."""
        return full_map(getattr(self, name), CLASSES)

    @property
    def lossless_groups(self) -> frozenset[int]:
        """Priority groups that a lossless priority stands for."""
        return mapped(self.lossless_priorities, self.class_map("pfc_to_pg"))

    @property
    def lossless_queues(self) -> frozenset[int]:
        """Queues that a lossless priority stands for."""
        return mapped(self.lossless_priorities, self.class_map("pfc_to_queue"))

    @property
    def group_profiles(self) -> dict[int, BufferProfile]:
        """Priority group -> its profile."""
        given = by_number(self.priority_groups, CLASSES)
        return {group: self.profiles[name] for group, name in given.items()}

    @property
    def queue_profiles(self) -> dict[int, BufferProfile]:
        """Queue -> its profile."""
        given = by_number(self.queues, CLASSES)
        return {queue: self.profiles[name] for queue, name in given.items()}

    @property
    def wred_curves(self) -> dict[int, WRED]:
        """Queue -> its curve."""
        return by_number(self.wred, CLASSES)

    @property
    def bounces(self) -> dict[int, int]:
        """Priority -> the one after a bounce."""
        return by_number(self.bounce_priorities, CLASSES)

    @property
    def maps_classes(self) -> bool:
        """Whether a map is not the default one."""
        names = ("tc_to_pg", "tc_to_queue", "pfc_to_pg", "pfc_to_queue")
        same = all(self.class_map(name) == tuple(range(CLASSES)) for name in names)
        return not same or self.dscp_tc != full_map(EMPTY, DSCPS, 3)

    @property
    def is_plain(self) -> bool:
        """Whether it has the single pool, default maps, and neither WRED nor bounces."""
        rest = (self.pools, self.wred, self.bounce_priorities)
        return not self.maps_classes and not any(rest) and self.headroom_pool is None

    @property
    def buffer_bytes(self) -> int:
        """All packet memory in bytes."""
        return parse_size(self.buffer)

    @property
    def reserve_bytes(self) -> int:
        """Private bytes of each (port, class in use)."""
        return parse_size(self.reserve)

    @property
    def headroom_bytes(self) -> int | None:
        """Headroom of each (port, lossless class) in bytes; None: auto."""
        return None if self.headroom == "auto" else parse_size(self.headroom)

    @property
    def headroom_pool_bytes(self) -> int | None:
        """Headroom that all lossless groups of the single pool share; None: auto, or none."""
        return fixed_bytes(self.headroom_pool)

    @property
    def latency_ps(self) -> int:
        """Pipeline latency of data frames in ps."""
        return parse_time(self.latency)

    @property
    def alpha_shift(self) -> int:
        """Threshold = free >> shift: 3 for 1/8, -3 for 8."""
        return shift_of(parse_fraction(self.alpha))

    @property
    def lossy_alpha_shift(self) -> int:
        """The same for the egress threshold of lossy classes."""
        return shift_of(parse_fraction(self.lossy_alpha))

    @property
    def class_weights(self) -> tuple[int, ...]:
        """DWRR weight of each of the eight classes."""
        return tuple(self.weights.get(priority, 1) for priority in range(8))


def check_classes(faults: Faults, strict: object, weights: object) -> None:
    """Report bad strict priorities and weights; a weight of a strict class would have no effect."""
    strict_set = set(faults.priorities("strict_priorities", strict) or ())
    if not isinstance(weights, Mapping):
        wanted = "must map priorities to weights, such as {3: 2}"
        faults.add("weights", f"{wanted}, got {shorten(weights)}")
        return
    for priority, weight in weights.items():
        place = f"weights[{shorten(priority)}]"
        if faults.integer(place, priority, 0, 7) is None:
            continue
        faults.integer(place, weight, 1, 1000)
        if priority in strict_set:
            faults.add(place, f"priority {priority} is strict, so a weight has no effect there")
