"""The verdict on losslessness as values that explain themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pyfabric.checks.wording import size_text, time_text

if TYPE_CHECKING:
    from pyfabric.checks.waiting import Waiting
    from pyfabric.results import Table

#: Entries of each list that the text shows.
SHOWN: Final = 8


@dataclass(frozen=True)
class DropViolation:
    """Frames of a lossless class lost at one ingress port in one class by one cause.

    ``port`` names the ingress port by its node and peer. The state (``xoff_*``, ``buffered_bytes``,
    ``headroom_used_bytes`` of ``headroom_bytes``) is that at the first drop; ``xoff_since_ps`` -1:
    no XOFF was in force; ``xoff_told``: it had been sent. ``advice`` says what to change.
    """

    port: str
    port_index: int
    node: str
    priority: int
    count: int
    lost_bytes: int
    first_ps: int
    cause: str
    cause_text: str
    xoff_since_ps: int
    xoff_told: bool
    buffered_bytes: int
    headroom_used_bytes: int
    headroom_bytes: int
    advice: str

    def __str__(self) -> str:
        frames = f"{self.count} frame{'s' if self.count > 1 else ''}"
        lines = [
            f"{self.port}, priority {self.priority}: {frames} ({size_text(self.lost_bytes)}) "
            f"dropped, first at {time_text(self.first_ps)}: {self.cause_text}"
        ]
        if self.cause == "headroom_exhausted":
            lines.append(
                f"at that moment {size_text(self.buffered_bytes)} were in the pool and "
                f"{size_text(self.headroom_used_bytes)} of {size_text(self.headroom_bytes)} "
                f"headroom in use; {self.pause_text}"
            )
        if self.advice:
            lines.append(f"what to change: {self.advice}")
        return "\n    ".join(lines)

    @property
    def pause_text(self) -> str:
        """Whether the sender had been paused."""
        if self.xoff_since_ps < 0:
            return "no XOFF was in force"
        ago = time_text(self.first_ps - self.xoff_since_ps)
        sent = "and sent" if self.xoff_told else "but not yet sent"
        return f"XOFF was decided {ago} before {sent}"


@dataclass(frozen=True)
class DeadlockViolation:
    """Frames that cannot move any more. ``ports`` name the ring of paused ports in the order of
    waiting, () when there is none; ``ended``: the run stopped for it. ``storms``: which host holds
    which port by a pause storm of the scenario's faults, when there is no ring.
    """

    time_ps: int
    ports: tuple[str, ...]
    priority: int | None
    held_bytes: int
    open_flows: int
    ended: bool = True
    storms: tuple[str, ...] = ()

    def __str__(self) -> str:
        when = f"by {time_text(self.time_ps)}"
        if not self.ended:
            what = (
                f"these ports had paused each other in priority {self.priority}, until a watchdog "
                "or the end of the run"
            )
        elif self.ports:
            what = (
                "frames could not move any more; these ports pause each other in priority "
                f"{self.priority}"
            )
        else:
            return self._without_ring(f"{when} nothing moved any more")
        ring = " -> ".join((*self.ports, self.ports[0]))
        return (
            f"deadlock: {when} {what}: {ring}\n    what to change: routes or priorities that break "
            "this ring (up-down routing has none)"
        )

    def _without_ring(self, at: str) -> str:
        if self.storms:
            held = f"; {size_text(self.held_bytes)} are held" if self.held_bytes else ""
            return (
                f"deadlock: {at}{held}: {'; '.join(self.storms)} (a pause storm of the scenario's "
                "faults)\n    what to change: the storming NIC; switch.watchdog or "
                "nic.pause_watchdog ends such a storm"
            )
        if self.held_bytes:
            return (
                f"deadlock: {at}; {size_text(self.held_bytes)} are held behind paused ports "
                "without a ring, as when a resume frame was lost\n    what to change: "
                "PFC(mode='quanta') lets pauses expire; check the links' error rates"
            )
        return (
            f"stalled: {at}; {self.open_flows} flows wait and no timer is left to wake them"
            "\n    what to change: a retransmission timeout, Nic(rto='1ms')"
        )


@dataclass(frozen=True)
class LostRowsViolation:
    """Drops beyond the bound of the drop table: counted, their class unknown."""

    count: int

    def __str__(self) -> str:
        return (
            f"{self.count} more drops were counted than rows could be kept, so their class is not "
            "known\n    what to change: shorten the run, or cure the drops listed first"
        )


@dataclass(frozen=True)
class OtherLoss:
    """Losses that are no violation: link errors, and drops in lossy classes."""

    port: str
    priority: int
    count: int
    first_ps: int
    cause: str
    cause_text: str

    def __str__(self) -> str:
        where = f"{self.port}, priority {self.priority}"
        return f"{where}: {self.count} ({self.cause_text}), first at {time_text(self.first_ps)}"


@dataclass(frozen=True)
class LongestPause:
    """The longest time that one transmitter was paused in one class."""

    port: str
    priority: int
    start_ps: int
    duration_ps: int
    open: bool

    def __str__(self) -> str:
        still = " and still paused at the end" if self.open else ""
        return (
            f"{time_text(self.duration_ps)} at {self.port}, priority {self.priority}, "
            f"from {time_text(self.start_ps)}{still}"
        )


Violation = DropViolation | DeadlockViolation | LostRowsViolation


@dataclass(frozen=True)
class LosslessReport:
    """The verdict; true in a boolean sense iff ``ok``, its text is the story.

    ok: no frame of a lossless class was dropped (link errors apart) and nothing deadlocked.
    violations: why not. margins: ports with headroom, the smallest margin first. other_losses: link
    errors and drops in lossy classes. unfinished: examples of ``unfinished_count`` flows and what
    they wait for, counted by reason in ``waits``. notes: what limits the verdict.
    lossless_traffic: whether any lossless class was seen at all.
    """

    ok: bool
    violations: tuple[Violation, ...]
    margins: Table
    longest_pause: LongestPause | None = None
    other_losses: tuple[OtherLoss, ...] = ()
    unfinished: tuple[Waiting, ...] = ()
    unfinished_count: int = 0
    waits: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    lossless_traffic: bool = True

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [self._headline()]
        lines += self._listed(self.violations, "violations")
        lead = "But" if self.ok else "Also,"
        lines += [f"{lead} {note}." for note in self.notes]
        lines += self._margin_lines()
        if self.longest_pause is not None:
            lines.append(f"Longest pause: {self.longest_pause}.")
        if self.other_losses:
            lines.append("Other losses (no violation: corruption, or a lossy class):")
            lines += self._listed(self.other_losses, "places")
        if self.unfinished_count:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.waits.items())
            lines.append(f"Unfinished flows: {self.unfinished_count} ({reasons}):")
            lines += self._listed(self.unfinished, "flows", self.unfinished_count)
        return "\n".join(lines)

    def _headline(self) -> str:
        if not self.ok:
            return "Not lossless, because"
        if self.lossless_traffic:
            return "Lossless."
        return "Nothing to judge: no frame of a lossless class waited in any switch."

    def _margin_lines(self) -> list[str]:
        if not len(self.margins) or not (self.margins["peak_headroom_bytes"] > 0).any():
            return ["Headroom: never used."] if len(self.margins) else []
        row = self.margins.row(0)
        return [
            f"Smallest headroom margin: {size_text(row['margin_bytes'])} at {row['at']} "
            f"(peak {size_text(row['peak_headroom_bytes'])} of "
            f"{size_text(row['headroom_bytes'])})."
        ]

    @staticmethod
    def _listed(entries: tuple[object, ...], what: str, count: int | None = None) -> list[str]:
        total = len(entries) if count is None else count
        lines = [f"  - {entry}" for entry in entries[:SHOWN]]
        if total > SHOWN:
            lines.append(f"  ... and {total - SHOWN} more {what}")
        return lines
