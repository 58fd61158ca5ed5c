"""A headroom on one screen."""

from __future__ import annotations

from textwrap import wrap
from typing import Final

from pyfabric.sizing.result import Headroom, Term
from pyfabric.sizing.standards import PACKET_MEMORY
from pyfabric.units import UNITS, format_length, format_rate

_WIDTH: Final = 27


def text(result: Headroom) -> str:
    """Assumptions, every term, sums, and what they mean beside the memory of switches."""
    asic = "" if result.asic is None else f" {result.asic}"
    lines = [f"Headroom of one lossless class, {result.model}{asic}", f"  {title(result)}", ""]
    lines += [f"  {'term':<{_WIDTH}}{'bytes':>15}{'time':>12}  source"]
    lines += [_line(term) for term in result.terms]
    lines += [f"  {'headroom':<{_WIDTH}}{result.bytes:>15,}", "", *below(result)]
    return "\n".join(lines)


def title(result: Headroom) -> str:
    """What was assumed, in a line."""
    cable = "" if result.cable_mm is None else f"{format_length(result.cable_mm)}, "
    return (
        f"{format_rate(result.rate_bps)}, {cable}{_time(result.delay_ps)} one way; "
        f"frames to {result.mtu_bytes:,} B, lossless ones to {result.lossless_mtu_bytes:,} B"
    )


def below(result: Headroom) -> list[str]:
    """What stands below the terms."""
    said = []
    if result.size_bytes is not None:
        said.append(
            f"Profile: xon {result.xon_bytes:,} B, xoff {result.bytes:,} B, "
            f"size {result.size_bytes:,} B; xoff is {result.cells:,} cells of "
            f"{result.cell_size_bytes} B"
        )
    elif result.cells is not None:
        said.append(
            f"In memory: {result.cells:,} cells of {result.cell_size_bytes} B for the worst mix of "
            f"frames, {result.cell_bytes:,} B"
        )
    if result.full_throughput_bytes is not None:
        said.append(
            f"For full throughput after XON: {result.full_throughput_bytes:,} B stored when XON is "
            f"decided, drained at {format_rate(result.drain_bps or 0)}; headroom and these: "
            f"{result.total_bytes:,} B"
        )
    if result.classes * result.ports > 1:
        said.append(
            f"Headroom of {_count(result.classes, 'class', 'classes')} "
            f"on {_count(result.ports, 'port', 'ports')}: {result.switch_bytes:,} B"
        )
    said += [_fit(result), *(f"Note: {note}" for note in result.notes)]
    return [line for sentence in said for line in wrap(sentence, 100, subsequent_indent="  ")]


def _line(term: Term) -> str:
    time = "" if term.time_ps is None else _time(term.time_ps)
    return f"  {term.name:<{_WIDTH}}{term.bytes:>15,}{time:>12}  {term.source}"


def _time(time_ps: int) -> str:
    """Five digits, for reading."""
    for unit in ("s", "ms", "us", "ns"):
        if time_ps >= UNITS["time"][unit]:
            return f"{time_ps / UNITS['time'][unit]:.5g} {unit}"
    return f"{time_ps} ps"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _fit(result: Headroom) -> str:
    """How many such ports the packet memory of known switches has room for."""
    fits = result.ports_that_fit()
    needed = f"{result.total_bytes * result.classes:,} B a port"
    smallest, largest = min(PACKET_MEMORY.values()), max(PACKET_MEMORY.values())
    if max(fits.values()) == 0:
        return (
            f"{needed} are more than all the on-chip packet memory of the switches known here "
            f"({smallest / 1e6:.0f} to {largest / 1e6:.0f} MB): the link needs a switch with "
            "external packet memory, or a transport that bears loss"
        )
    each = ", ".join(f"{name} {ports:,}" for name, ports in fits.items())
    return f"Ports at {needed} that all packet memory would hold: {each}"
