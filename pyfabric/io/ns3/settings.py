"""From the keys of a configuration to the settings of a scenario."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Final

from pyfabric.io.ns3.config import Config
from pyfabric.io.ns3.topology import Link, NetworkFile
from pyfabric.scenario import ECN, PFC, Framing, Nic, Switch
from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import Quantity, format_rate, parse_size

_KB: Final = 1000


@spec
class Conventions(Spec):
    """What that simulator fixes and no key says, as parameters of pyfabric's own model.

    framing: its frame sizes, with exact times (``Framing.ns3()`` has its 1 ns rounding too).
    mark_at, cnp_style: ECN at dequeue; the ACK's echo of a mark stands for a CNP.
    pfc_mode, pfc_reaction, xon_offset, reserve: pauses last until the resume frame and bind at the
        next frame boundary; resume 3072 B below the threshold; 4096 B of each (port, class).
    alpha: PFC threshold as a share of the free buffer at ports of the hosts' rate; it doubles with
        each doubling of the rate above (up to 1). A switch here has one alpha: that of its slowest
        port.
    urgent_class: class of acknowledgements, served strictly, when ACK_HIGH_PRIO is 1.
    nak_interval: a NAK for the same packet is repeated after this time.
    rto: retransmission timeout where a frame can be lost: on links with errors and under
        ACK_HIGH_PRIO 1 (that simulator has none and its flow would hang); nowhere else.
    timestamp: what CC_MODE 7 (TIMELY) adds to the header of data packets, the time of sending.
    """

    framing: Framing = Framing.ns3().replace(rounding="ps")
    mark_at: str = "dequeue"
    cnp_style: str = "ack"
    pfc_mode: str = "on_off"
    pfc_reaction: Quantity = "0ns"
    xon_offset: Quantity = "3072B"
    reserve: Quantity = "4096B"
    alpha: str = "1/8"
    urgent_class: int = 0
    nak_interval: Quantity | None = "500us"
    rto: Quantity | None = "4ms"
    timestamp: Quantity = "8B"

    def check(self, faults: Faults) -> None:
        faults.size("timestamp", self.timestamp, high=64)


#: Under that simulator's own rules: its times, and no retransmission timer.
NS3_CONVENTIONS: Final = Conventions(framing=Framing.ns3(), rto=None)


def framing(conventions: Conventions, *, stamped: bool) -> Framing:
    """The frames; ``stamped``: data packets hold the time of sending."""
    usual = conventions.framing
    if not stamped:
        return usual
    header_bytes = usual.header_bytes + parse_size(conventions.timestamp)
    return usual.replace(header=f"{header_bytes}B")


def check_unsupported(config: Config) -> None:
    """Record a fault for every key whose value asks for something that does not exist here."""
    if config.flag("L2_BACK_TO_ZERO", False):
        config.add("L2_BACK_TO_ZERO", "1 (back to the chunk's start) is not supported; expected 0")
    if not config.flag("RATE_BOUND", True):
        config.add("RATE_BOUND", "0 (no pacing by rate) is not supported; expected 1")
    if not config.flag("USE_DYNAMIC_PFC_THRESHOLD", True):
        config.add("USE_DYNAMIC_PFC_THRESHOLD", "0 (static) is not supported; expected 1")
    if "LINK_DOWN" in config:
        config.asked.add("LINK_DOWN")
        words = config.entries["LINK_DOWN"].words
        if words != ("0", "0", "0"):
            got = " ".join(words)
            config.add(
                "LINK_DOWN",
                f"links that go down are not supported yet; got {got!r}, expected '0 0 0'",
            )


def ecn(config: Config, network: NetworkFile, conventions: Conventions) -> ECN | None:
    """Marking thresholds by port rate; every rate of a switch's link needs its entry."""
    if not config.flag("ENABLE_QCN", True):
        return None
    sizes = "kB (of 1000 B)"
    kmin = config.by_rate("KMIN_MAP", sizes, 10**8)
    kmax = config.by_rate("KMAX_MAP", sizes, 10**8)
    pmax = config.by_rate("PMAX_MAP", "probabilities", 1)
    _check_rates(config, network, {"KMIN_MAP": kmin, "KMAX_MAP": kmax, "PMAX_MAP": pmax})
    for rate in sorted(kmin.keys() & kmax.keys()):
        if kmin[rate] > kmax[rate]:
            config.add(
                "KMIN_MAP",
                f"kmin {kmin[rate]} kB is above kmax {kmax[rate]} kB at {format_rate(rate)}",
            )
    for key, values in (("KMIN_MAP", kmin), ("KMAX_MAP", kmax)):
        for value in values.values():
            if value * _KB != int(value * _KB):
                config.add(key, f"{value} kB is not a whole number of bytes")
    if config.found:
        return None
    return ECN(
        kmin=_sizes(kmin),
        kmax=_sizes(kmax),
        pmax={format_rate(rate): float(value) for rate, value in pmax.items()},
        mark_at=conventions.mark_at,
    )


def _check_rates(config: Config, network: NetworkFile, maps: dict[str, dict[int, Decimal]]) -> None:
    lines = {link.rate_bps: link for link in reversed(network.links) if _at_switch(network, link)}
    for key, values in maps.items():
        if not values:
            continue  # has its fault already
        named = ", ".join(map(format_rate, values))
        for rate, link in sorted(lines.items()):
            if rate not in values:
                place = f"line {link.line} of {network.path}"
                config.add(
                    key,
                    f"has no entry for {format_rate(rate)} ({rate}), the rate of the link in "
                    f"{place} (it has: {named})",
                )


def _at_switch(network: NetworkFile, link: Link) -> bool:
    return link.a in network.switches or link.b in network.switches


def _sizes(values: dict[int, Decimal]) -> dict[str, str]:
    return {format_rate(rate): f"{int(value * _KB)}B" for rate, value in values.items()}


def switches(
    config: Config,
    network: NetworkFile,
    priorities: tuple[int, ...],
    conventions: Conventions,
) -> tuple[Switch, dict[str, Switch]]:
    """The settings of most switches, and those of the others by name; they differ in alpha."""
    size = config.whole("BUFFER_SIZE", "MiB of buffer of a switch", 1, 95_000)
    marking = ecn(config, network, conventions)
    if config.found:
        return Switch(), {}
    common = Switch(
        buffer=f"{size}MiB",
        alpha=conventions.alpha,
        reserve=conventions.reserve,
        lossless_priorities=priorities,
        pfc=PFC(
            mode=conventions.pfc_mode,
            xon_offset=conventions.xon_offset,
            reaction=conventions.pfc_reaction,
        ),
        ecn=marking,
        strict_priorities=strict_classes(config, conventions),
    )
    doublings = _doublings(network)
    usual = Counter(doublings.values()).most_common(1)[0][0] if doublings else 0
    if conventions is NS3_CONVENTIONS:  # a threshold per port
        return common, {}
    made = {times: common.replace(alpha=_alpha(common, times)) for times in {*doublings.values()}}
    special = {
        network.name(node): made[times] for node, times in doublings.items() if times != usual
    }
    return made.get(usual, common), special


def _doublings(network: NetworkFile) -> dict[int, int]:
    """Switch -> how often the rate of its slowest port is the doubled rate of the first host."""
    slowest: dict[int, int] = {}
    for link in network.links:
        for node in (link.a, link.b):
            slowest[node] = min(slowest.get(node, link.rate_bps), link.rate_bps)
    first = network.host_ids[0]
    base = next((link.rate_bps for link in network.links if first in (link.a, link.b)), 0)
    counts = {}
    for node in network.switch_ids:
        rate, times = slowest.get(node, 0), 0
        while base and rate > base:
            rate, times = rate // 2, times + 1
        counts[node] = times
    return counts


def _alpha(switch: Switch, doublings: int) -> str:
    shift = max(min(switch.alpha_shift, 0), switch.alpha_shift - doublings)
    return str(Fraction(2) ** -shift)


def strict_classes(config: Config, conventions: Conventions) -> tuple[int, ...]:
    """No class is strict, unless acknowledgements have one of their own."""
    urgent = config.flag("ACK_HIGH_PRIO", False) and conventions is not NS3_CONVENTIONS
    return (conventions.urgent_class,) if urgent else ()


def nic(config: Config, mtu_bytes: int, conventions: Conventions, *, losses: bool) -> Nic:
    """The hosts' cards; ``losses``: links may lose frames."""
    urgent = config.flag("ACK_HIGH_PRIO", False)
    every = 1
    if "L2_ACK_INTERVAL" in config:
        most = mtu_bytes if conventions is NS3_CONVENTIONS else 65536
        every = config.whole("L2_ACK_INTERVAL", "packets per acknowledgement", 1, most) or 1
    if conventions is NS3_CONVENTIONS:  # the interval counts bytes there and is over at once
        every = 1
    return Nic(
        mtu=f"{mtu_bytes}B",
        ack_every=every,
        ack_priority=conventions.urgent_class if urgent else None,
        cnp_style=conventions.cnp_style,
        rto=conventions.rto if losses or urgent else None,
        nak_interval=conventions.nak_interval,
        pfc_reaction=conventions.pfc_reaction,
        start_jitter=0,
        strict_priorities=strict_classes(config, conventions),
    )
