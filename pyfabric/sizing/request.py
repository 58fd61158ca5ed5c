"""What :func:`pyfabric.headroom` is asked, checked; a value that has no effect is a fault."""

from __future__ import annotations

from typing import Final

from pyfabric.errors import shorten
from pyfabric.sizing.standards import (
    ASICS,
    INTERFACE_BITS,
    QUANTUM_BITS,
    RESPONSE_QUANTA,
    SMALLEST_BYTES,
)
from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import (
    Quantity,
    format_rate,
    parse_fraction,
    parse_length,
    parse_rate,
    parse_size,
    parse_time,
)

DOT1QBB: Final = "802.1Qbb"
SONIC_NVIDIA: Final = "sonic-nvidia"
MODELS: Final = (DOT1QBB, SONIC_NVIDIA)
#: Word for the upper bounds of the standard.
STANDARD: Final = "802.3"

_DOT1QBB_ONLY: Final = (
    *("delay", "delay_per_metre", "reaction", "interface", "latency"),
    *("cell", "smallest_frame", "drain"),
)
_SONIC_ONLY: Final = ("asic", "lanes", "gearbox", "small_packet_percent", "shared_headroom")
_SECOND: Final = 10**12
_MS: Final = 10**9
_VACUUM_PS: Final = 3_336  # a metre at the speed of light, rounded up
_CABLE_MM: Final = 10**11  # 100,000 km
_LARGEST: Final = 65_535


def is_standard(allowance: object) -> bool:
    """Whether a reaction or interface is the bound of the standard."""
    return allowance is None or (isinstance(allowance, str) and allowance == STANDARD)


@spec
class Request(Spec):
    """The arguments of :func:`pyfabric.headroom`, which explains them; None: its default."""

    spelled = "headroom"

    rate: Quantity
    cable: Quantity | None = None
    delay: Quantity | None = None
    mtu: Quantity | None = None
    lossless_mtu: Quantity | None = None
    model: str | None = None
    classes: int = 1
    ports: int = 1
    delay_per_metre: Quantity | None = None
    reaction: Quantity | None = None
    interface: Quantity | None = None
    latency: Quantity | None = None
    cell: Quantity | None = None
    smallest_frame: Quantity | None = None
    drain: Quantity | None = None
    asic: str | None = None
    lanes: int | None = None
    gearbox: Quantity | None = None
    small_packet_percent: Quantity | None = None
    shared_headroom: bool | None = None

    def check(self, faults: Faults) -> None:
        self._check_both(faults)
        if self.model is not None and faults.choice("model", self.model, MODELS) is None:
            return
        other = _DOT1QBB_ONLY if self.is_sonic else _SONIC_ONLY
        for field in other:
            if getattr(self, field) is not None:
                faults.add(
                    field,
                    f"has no effect with model {self.kind!r}, got {shorten(getattr(self, field))} "
                    f"(leave it out, or choose model {MODELS[not self.is_sonic]!r})",
                )
        if self.is_sonic:
            self._check_sonic(faults)
        else:
            self._check_dot1qbb(faults)

    def _check_both(self, faults: Faults) -> None:
        faults.rate("rate", self.rate, low=10**6)
        if self.cable is not None:
            faults.length("cable", self.cable, low=1, high=_CABLE_MM)
        whole = None
        if self.mtu is not None:
            whole = faults.size("mtu", self.mtu, low=SMALLEST_BYTES, high=_LARGEST)
        if self.lossless_mtu is not None:
            # SONiC does not relate the two.
            high = _LARGEST if whole is None or self.is_sonic else whole
            faults.size("lossless_mtu", self.lossless_mtu, low=SMALLEST_BYTES, high=high)
        faults.integer("classes", self.classes, 1, 8)
        faults.integer("ports", self.ports, 1, 65_534)

    def _check_dot1qbb(self, faults: Faults) -> None:
        if (self.cable is None) == (self.delay is None):
            got = "neither" if self.cable is None else "both"
            faults.add(
                "cable",
                f"one of cable (such as '300m') and delay (such as '1.5us') is needed, got {got}",
            )
        if self.delay is not None:
            faults.time("delay", self.delay, low=1, high=_SECOND)
            if self.delay_per_metre is not None:
                faults.add("delay_per_metre", "has no effect with delay (give cable instead)")
        if self.delay_per_metre is not None:
            faults.time("delay_per_metre", self.delay_per_metre, low=_VACUUM_PS, high=10_000)
        for field in ("reaction", "interface"):
            self._check_allowance(faults, field)
        if self.latency is not None:
            faults.time("latency", self.latency, high=_MS)
        if self.drain is not None and not faults.found:
            faults.rate("drain", self.drain, low=10**6, high=self.rate_bps)
        self._check_cells(faults)

    def _check_allowance(self, faults: Faults, field: str) -> None:
        value = getattr(self, field)
        if not is_standard(value):
            faults.time(field, value, high=_MS)
            return
        if faults.found or self.rate_bps in RESPONSE_QUANTA:
            return
        if field == "interface" and is_standard(self.reaction):
            return  # said of the reaction already
        known = ", ".join(map(format_rate, RESPONSE_QUANTA))
        faults.add(
            field,
            f"IEEE 802.3 has no allowance for {format_rate(self.rate_bps)} here (known: {known}); "
            "give it as a time, such as '500ns'",
        )

    def _check_cells(self, faults: Faults) -> None:
        if self.cell is not None:
            faults.size("cell", self.cell, low=1, high=_LARGEST)
        if self.smallest_frame is not None:
            if self.cell is None:
                faults.add("smallest_frame", "has no effect without cell (set both or neither)")
            if not faults.found:
                faults.size("smallest_frame", self.smallest_frame, 1, self.lossless_bytes)
        if not faults.found and self.mtu is None and self.lossless_bytes > self.mtu_bytes:
            faults.add("lossless_mtu", f"is above mtu, {self.mtu_bytes} B (set mtu, too)")

    def _check_sonic(self, faults: Faults) -> None:
        if self.cable is None:
            faults.add("cable", "is needed, such as '300m'")
        if self.asic is None:
            faults.add("asic", f"is needed with model {self.kind!r} (known: {', '.join(ASICS)})")
        else:
            faults.choice("asic", self.asic, ASICS)
        if self.lanes is not None:
            faults.integer("lanes", self.lanes, 1, 16)
        if self.gearbox is not None:
            faults.time("gearbox", self.gearbox, high=_MS)
        if self.small_packet_percent is not None:
            faults.fraction("small_packet_percent", self.small_packet_percent, 0, 100)
        if self.shared_headroom is not None:
            faults.boolean("shared_headroom", self.shared_headroom)

    @property
    def is_sonic(self) -> bool:
        """Whether SONiC's formula is meant; naming a chip is enough."""
        return self.model == SONIC_NVIDIA or (self.model is None and self.asic is not None)

    @property
    def kind(self) -> str:
        """The model in force."""
        return MODELS[self.is_sonic]

    @property
    def rate_bps(self) -> int:
        """Link rate in bit/s."""
        return parse_rate(self.rate)

    @property
    def cable_mm(self) -> int | None:
        """Length of the cable in mm."""
        return None if self.cable is None else parse_length(self.cable)

    @property
    def delay_ps(self) -> int:
        """One-way propagation in ps."""
        if self.cable is None:
            return parse_time(self.delay)
        per_metre = 5_000 if self.delay_per_metre is None else parse_time(self.delay_per_metre)
        return -(-parse_length(self.cable) * per_metre // 1_000)

    @property
    def mtu_bytes(self) -> int:
        """The largest frame of any class on the link."""
        return (9_100 if self.is_sonic else 9_216) if self.mtu is None else parse_size(self.mtu)

    @property
    def lossless_bytes(self) -> int:
        """The largest frame of the lossless class."""
        if self.lossless_mtu is not None:
            return parse_size(self.lossless_mtu)
        return 1_024 if self.is_sonic else self.mtu_bytes

    @property
    def smallest_bytes(self) -> int:
        """The smallest frame of the lossless class."""
        given = self.smallest_frame
        return min(SMALLEST_BYTES, self.lossless_bytes) if given is None else parse_size(given)

    @property
    def reaction_ps(self) -> int:
        """From the peer's receiving XOFF until it binds, in ps."""
        if is_standard(self.reaction):
            return self._bits_ps(RESPONSE_QUANTA[self.rate_bps] * QUANTUM_BITS)
        return parse_time(self.reaction)

    @property
    def interface_ps(self) -> int:
        """Through this station's own MAC and PHY, out and in together, in ps."""
        if is_standard(self.interface):
            response = RESPONSE_QUANTA[self.rate_bps] * QUANTUM_BITS
            return self._bits_ps(INTERFACE_BITS.get(self.rate_bps, response))
        return parse_time(self.interface)

    @property
    def latency_ps(self) -> int:
        """From the MAC to the buffer, in ps."""
        return 0 if self.latency is None else parse_time(self.latency)

    @property
    def cell_bytes(self) -> int | None:
        """Unit of the buffer's memory in bytes; None: bytes are counted."""
        return None if self.cell is None else parse_size(self.cell)

    @property
    def drain_bps(self) -> int:
        """Rate at which the buffer empties in bit/s."""
        return self.rate_bps if self.drain is None else parse_rate(self.drain)

    @property
    def gearbox_ps(self) -> int:
        """Delay of a gearbox on the board, each way, in ps."""
        return 0 if self.gearbox is None else parse_time(self.gearbox)

    @property
    def small_percent_text(self) -> str:
        """Percentage of small packets, as an exact fraction."""
        given = self.small_packet_percent
        return str(parse_fraction(100 if given is None else given))

    def _bits_ps(self, bits: int) -> int:
        return -(-bits * 10**12 // self.rate_bps)
