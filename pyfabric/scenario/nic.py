"""Network cards. Defaults as in docs/model.md, section 8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pyfabric.scenario.maps import CLASSES, DSCPS, by_number, check_map
from pyfabric.scenario.switch import check_classes
from pyfabric.spec import EMPTY, Faults, Spec, spec
from pyfabric.units import Quantity, parse_rate, parse_size, parse_time

#: What most hosts write into the IP header (RFC 1700).
DEFAULT_TTL: Final = 64

_MS: Final = 10**9
_SECOND: Final = 10**12

RECOVERIES: Final = ("go_back_n", "go_back_0", "selective_repeat")


@spec
class Nic(Spec):
    """A RoCEv2 network card.

    mtu: RDMA payload of a full packet, 256 to 9216 B (4096 B).
    ack_every: data packets per acknowledgement (1); the last packet of a message is always
        acknowledged.
    ack_priority: class of ACK and NAK; None: the class of the data.
    cnp_priority, cnp_interval: class of CNPs (6) and their smallest spacing (50 us; 0: one per
        mark) within cnp_scope: "qp" (DCQCN, SIGCOMM'15), "destination" or "port". cnp_style:
        "packet", or "ack": no CNP frames, the congestion echo of ACKs counts instead (HPCC
        repository).
    rto, retries: retransmission timeout (1 ms; None: none) and how often before the queue pair
        fails (7).
    nak_interval: repeat a NAK for the same PSN after this time; None: once per PSN.
    pfc, pfc_reaction: obey and send PFC (True); from receiving XOFF until it binds at the next
        frame boundary (200 ns).
    recovery: "go_back_n"; "go_back_0": a gap restarts the whole message (early NICs); or
        "selective_repeat": only what is lost is sent again (IRN: Mittal et al., "Revisiting network
        support for RDMA", SIGCOMM'18). With it:
        bdp_flow_control: cap on payload in flight: "bdp" of the pair, "max_bdp" of the farthest
        pair (IRN), bytes, or None; "auto" is "max_bdp". reorder: packets beyond a gap that sender
        and receiver keep account of, 1 to 2^24; "auto": eight bandwidth-delay products, 256 at
        least. rto_low: the timeout while at most rto_low_packets (3) are in flight (None: rto).
        :meth:`irn` has the paper's times.
    receive_rate, receive_buffer: rate at which received data reach the host (None: at once), and
        the memory in which they wait (1 MB); the NIC pauses its switch when it is full.
    start_jitter: each host starts its work late by a seeded time below this (100 ns; 0: exact).
    strict_priorities, weights: as in Switch.
    ttl: time to live of the frames that it sends, 1 to 255 (64): so many switches pass them on.
    dscp: DSCP of each priority's frames (8 x priority), the same at all NICs of a run.
    """

    mtu: Quantity = "4096B"
    ack_every: int = 1
    ack_priority: int | None = None
    cnp_priority: int = 6
    cnp_interval: Quantity = "50us"
    cnp_scope: str = "qp"
    cnp_style: str = "packet"
    rto: Quantity | None = "1ms"
    retries: int = 7
    nak_interval: Quantity | None = None
    pfc: bool = True
    pfc_reaction: Quantity = "200ns"
    recovery: str = "go_back_n"
    bdp_flow_control: Any = "auto"
    reorder: int | str = "auto"
    rto_low: Quantity | None = None
    rto_low_packets: int = 3
    receive_rate: Quantity | None = None
    receive_buffer: Quantity = "1MB"
    start_jitter: Quantity = "100ns"
    pause_watchdog: Quantity | None = None
    strict_priorities: Sequence[int] = (6,)
    weights: Mapping[int, int] = EMPTY
    ttl: int = DEFAULT_TTL
    dscp: Mapping[Any, int] = EMPTY

    def check(self, faults: Faults) -> None:
        faults.size("mtu", self.mtu, low=256, high=9216)
        faults.integer("ack_every", self.ack_every, 1, 65536)
        if self.ack_priority is not None:
            faults.integer("ack_priority", self.ack_priority, 0, 7)
        faults.integer("cnp_priority", self.cnp_priority, 0, 7)
        faults.time("cnp_interval", self.cnp_interval, high=_SECOND)
        faults.choice("cnp_scope", self.cnp_scope, ("qp", "destination", "port"))
        faults.choice("cnp_style", self.cnp_style, ("packet", "ack"))
        rto_ps = None
        if self.rto is not None:
            rto_ps = faults.time("rto", self.rto, low=10**6, high=100 * _SECOND)
        faults.integer("retries", self.retries, 0, 255)
        if self.nak_interval is not None:
            faults.time("nak_interval", self.nak_interval, low=10**3, high=_SECOND)
        faults.choice("recovery", self.recovery, RECOVERIES)
        self._check_selective_repeat(faults, rto_ps)
        if self.receive_rate is not None:
            faults.rate("receive_rate", self.receive_rate)
        faults.size("receive_buffer", self.receive_buffer, low=1)
        if self.receive_rate is None and self.receive_buffer != "1MB":
            faults.add("receive_buffer", "has no effect without receive_rate (set both or neither)")
        faults.boolean("pfc", self.pfc)
        if self.pause_watchdog is not None:
            faults.time("pause_watchdog", self.pause_watchdog, low=10**6)
            if self.pfc is False:
                faults.add("pause_watchdog", "has no effect: pfc is False, so the NIC never pauses")
        faults.time("pfc_reaction", self.pfc_reaction, high=_MS)
        faults.time("start_jitter", self.start_jitter, high=_MS)
        faults.integer("ttl", self.ttl, 1, 255)
        check_classes(faults, self.strict_priorities, self.weights)
        check_map(faults, "dscp", self.dscp, CLASSES, DSCPS)

    def _check_selective_repeat(self, faults: Faults, rto_ps: int | None) -> None:
        cap = self.bdp_flow_control
        if cap is not None and cap not in ("auto", "bdp", "max_bdp"):
            if isinstance(cap, str) and cap.isidentifier():
                faults.choice("bdp_flow_control", cap, ("auto", "bdp", "max_bdp"))
            else:
                faults.size("bdp_flow_control", cap, low=1)
        if self.reorder != "auto":
            faults.integer("reorder", self.reorder, 1, 1 << 24)
        if self.rto_low is not None:
            low = faults.time("rto_low", self.rto_low, low=10**6, high=100 * _SECOND)
            if low is not None and rto_ps is not None and low > rto_ps:
                faults.add("rto_low", f"{self.rto_low!r} is above rto ({self.rto!r}); lower it")
        faults.integer("rto_low_packets", self.rto_low_packets, 0, 1 << 24)
        if self.rto_low is None and self.rto_low_packets != 3:
            faults.add("rto_low_packets", "has no effect without rto_low (set both or neither)")
        if self.rto_low is not None and self.rto is None:
            faults.add("rto_low", "has no effect without rto (set both or neither)")
        if self.recovery == "selective_repeat":
            return
        defaults = {"bdp_flow_control": "auto", "reorder": "auto", "rto_low": None}
        for field, default in defaults.items():
            if getattr(self, field) != default:
                faults.add(field, "has an effect with recovery='selective_repeat' only")

    @classmethod
    def irn(cls, **changes: Any) -> Nic:
        """IRN's loss recovery (SIGCOMM'18): selective repeat, a cap of the largest bandwidth-delay
        product, timeouts of 320 us, and 100 us while at most 3 packets are in flight. ``changes``
        are further parameters."""
        times = {"rto": "320us", "rto_low": "100us", "rto_low_packets": 3}
        return cls(**{"recovery": "selective_repeat", **times, **changes})

    @property
    def rto_low_ps(self) -> int:
        """Timeout while few packets are in flight, in ps; 0: none of its own."""
        return 0 if self.rto_low is None else parse_time(self.rto_low)

    @property
    def bdp_cap(self) -> int | str | None:
        """Cap on payload in flight: None, "bdp", "max_bdp" or bytes."""
        cap = "max_bdp" if self.bdp_flow_control == "auto" else self.bdp_flow_control
        return cap if cap in (None, "bdp", "max_bdp") else parse_size(cap)

    @property
    def mtu_bytes(self) -> int:
        """Payload of a full packet in bytes."""
        return parse_size(self.mtu)

    @property
    def cnp_interval_ps(self) -> int:
        """Smallest spacing of CNPs in ps; 0: every mark."""
        return parse_time(self.cnp_interval)

    @property
    def rto_ps(self) -> int:
        """Retransmission timeout in ps; 0: none."""
        return 0 if self.rto is None else parse_time(self.rto)

    @property
    def nak_interval_ps(self) -> int:
        """Repetition time of NAKs in ps; 0: never repeated."""
        return 0 if self.nak_interval is None else parse_time(self.nak_interval)

    @property
    def pfc_reaction_ps(self) -> int:
        """PFC reaction time in ps."""
        return parse_time(self.pfc_reaction)

    @property
    def receive_rate_bps(self) -> int:
        """Rate at which received data reach the host in bit/s; 0: at once."""
        return 0 if self.receive_rate is None else parse_rate(self.receive_rate)

    @property
    def receive_buffer_bytes(self) -> int:
        """Memory in which received data wait for the host, in bytes."""
        return parse_size(self.receive_buffer)

    @property
    def pause_watchdog_ps(self) -> int:
        """Longest time for which the NIC pauses its peer, in ps; 0: no bound."""
        return 0 if self.pause_watchdog is None else parse_time(self.pause_watchdog)

    @property
    def start_jitter_ps(self) -> int:
        """Upper bound (exclusive) of the start delay of a host in ps; 0: none."""
        return parse_time(self.start_jitter)

    @property
    def priority_dscp(self) -> tuple[int, ...]:
        """[8] DSCP of each priority."""
        given = by_number(self.dscp, CLASSES)
        return tuple(given.get(priority, 8 * priority) for priority in range(CLASSES))

    @property
    def class_weights(self) -> tuple[int, ...]:
        """DWRR weight of each of the eight classes."""
        return tuple(self.weights.get(priority, 1) for priority in range(8))
