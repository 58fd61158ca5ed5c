"""What :func:`pyfabric.headroom` returns."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from pyfabric import markup
from pyfabric.sizing.standards import PACKET_MEMORY


@dataclass(frozen=True)
class Term:
    """One part of a sum: ``bytes`` that arrive in ``time_ps`` (None: a frame or a rounding, which
    takes no time), and the ``source`` of the rule: a clause, a field or file of SONiC, "given".
    """

    name: str
    bytes: int
    time_ps: int | None
    source: str


@dataclass(frozen=True, repr=False)
class Headroom:
    """Headroom of one lossless class at one ingress port; ``print`` shows every term.

    model: "802.1Qbb" or "sonic-nvidia" (``asic``). rate_bps, cable_mm (None: a delay was given),
        delay_ps (one way), reaction_ps, mtu_bytes, lossless_mtu_bytes, drain_bps: what was assumed.
    terms: what sums to ``bytes``. resume_terms: what sums to ``full_throughput_bytes``.
    cell_size_bytes, cells: unit of the memory, and how many the worst mix of frames fills.
    xon_bytes, size_bytes: of SONiC's profile.
    classes, ports: factors of ``port_bytes`` and ``switch_bytes``. notes: what limits the figures.
    """

    model: str
    rate_bps: int
    cable_mm: int | None
    delay_ps: int
    reaction_ps: int
    mtu_bytes: int
    lossless_mtu_bytes: int
    terms: tuple[Term, ...]
    resume_terms: tuple[Term, ...] = ()
    drain_bps: int | None = None
    cell_size_bytes: int | None = None
    cells: int | None = None
    asic: str | None = None
    xon_bytes: int | None = None
    size_bytes: int | None = None
    classes: int = 1
    ports: int = 1
    notes: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Headroom of one class, in bytes of frames (sonic-nvidia: of memory)."""
        return sum(term.bytes for term in self.terms)

    @property
    def cell_bytes(self) -> int | None:
        """Memory of the cells; None when no cell size was given."""
        if self.cells is None or self.cell_size_bytes is None:
            return None
        return self.cells * self.cell_size_bytes

    @property
    def memory_bytes(self) -> int:
        """Memory of the headroom of one class: ``cell_bytes``, or ``bytes`` without cells."""
        return self.bytes if self.cell_bytes is None else self.cell_bytes

    @property
    def full_throughput_bytes(self) -> int | None:
        """Bytes that must be stored when XON is decided so that the drain never runs dry; None for
        sonic-nvidia, which does not say.
        """
        if not self.resume_terms:
            return None
        return sum(term.bytes for term in self.resume_terms)

    @property
    def total_bytes(self) -> int:
        """Memory of one class that loses nothing and, where known, never runs dry."""
        return self.memory_bytes + (self.full_throughput_bytes or 0)

    @property
    def port_bytes(self) -> int:
        """Headroom memory of a port with ``classes`` lossless classes."""
        return self.memory_bytes * self.classes

    @property
    def switch_bytes(self) -> int:
        """Headroom memory of ``ports`` such ports."""
        return self.port_bytes * self.ports

    def ports_that_fit(self) -> dict[str, int]:
        """Switch -> ports with ``classes`` lossless classes for which its packet memory, used for
        nothing else, has headroom and bytes for full throughput (SONiC's buffers_defaults_t0.j2).
        """
        each = self.total_bytes * self.classes
        return {name: memory // each for name, memory in PACKET_MEMORY.items()}

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, sums included."""
        sums = ("bytes", "cell_bytes", "full_throughput_bytes", "memory_bytes", "total_bytes")
        totals = {name: getattr(self, name) for name in (*sums, "port_bytes", "switch_bytes")}
        plain = dataclasses.asdict(self) | {"notes": list(self.notes)}
        return plain | totals | {"ports_that_fit": self.ports_that_fit()}

    def __str__(self) -> str:
        from pyfabric.sizing.text import text

        return text(self)

    def __repr__(self) -> str:
        from pyfabric.sizing.text import title

        return f"<Headroom {self.bytes:,} B: {title(self)}>"

    def _repr_html_(self) -> str:
        from pyfabric.sizing.text import below, title

        rows = [(term.name, f"{term.bytes:,} B, {term.source}") for term in self.terms]
        headline = f"Headroom {self.bytes:,} B: {title(self)}"
        return markup.table(headline, rows, "\n".join(below(self)))
