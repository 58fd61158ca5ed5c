"""What goes wrong on purpose: the faults of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyfabric.errors import did_you_mean, shorten
from pyfabric.spec import Faults, Spec, spec
from pyfabric.units import Quantity, format_time, is_integer, parse_time

if TYPE_CHECKING:
    from pyfabric.scenario.scenario import Scenario


@spec
class PauseStorm(Spec):
    """A NIC that sends pauses without end ("RDMA over commodity Ethernet at scale", SIGCOMM'16,
    4.3).

    host: its name or number. start: when it begins (0).
    duration: how long it lasts; None: until the end of the run.
    priority: the class that it pauses, a lossless one (3).
    """

    host: str | int
    start: Quantity = "0ns"
    duration: Quantity | None = None
    priority: int = 3

    def check(self, faults: Faults) -> None:
        if not isinstance(self.host, str) and not (is_integer(self.host) and self.host >= 0):
            faults.add("host", f"must be the name or number of a host, got {shorten(self.host)}")
        faults.time("start", self.start)
        if self.duration is not None:
            faults.time("duration", self.duration, low=1)
        faults.integer("priority", self.priority, 0, 7)

    @property
    def start_ps(self) -> int:
        """Begin in ps."""
        return parse_time(self.start)

    @property
    def end_ps(self) -> int:
        """End in ps, -1: never."""
        return -1 if self.duration is None else self.start_ps + parse_time(self.duration)

    def host_index(self, names: Any) -> int:
        """Number of the host among ``names``, -1: there is none."""
        if isinstance(self.host, str):
            return list(names).index(self.host) if self.host in names else -1
        return self.host if self.host < len(names) else -1


#: Name in files -> spec.
FAULTS: Final[dict[str, type[PauseStorm]]] = {"pause_storm": PauseStorm}


def check_faults(faults: Faults, scenario: Scenario) -> None:
    """Report faults of the fabric that cannot happen to it."""
    given: Any = scenario.faults
    if not isinstance(given, tuple):
        faults.add("faults", f"must be a list of faults, got {shorten(given)}")
        return
    names = scenario.topology.host_names if given else ()
    seen: list[tuple[int, PauseStorm]] = []
    for index, storm in enumerate(given):
        place = f"faults[{index}]"
        if not isinstance(storm, PauseStorm):
            kinds = ", ".join(kind.__name__ for kind in FAULTS.values())
            faults.add(place, f"must be a fault ({kinds}), got {shorten(storm)}")
            continue
        host = storm.host_index(names)
        if host < 0:
            hint = did_you_mean(storm.host, names) if isinstance(storm.host, str) else ""
            known = f"{names[0]} to {names[-1]}, or 0 to {len(names) - 1}"
            faults.add(f"{place}.host", f"there is no host {storm.host!r}{hint} (known: {known})")
            continue
        _check_storm(faults, scenario, place, storm, names[host])
        for earlier, other in seen:
            if earlier == host and _overlap(storm, other):
                faults.add(place, f"overlaps with {other!r} at the same host and priority")
        seen.append((host, storm))


def _check_storm(
    faults: Faults, scenario: Scenario, place: str, storm: PauseStorm, name: str
) -> None:
    if not scenario.nic_of(name).pfc:
        faults.add(f"{place}.host", f"{name} sends no pauses: its NIC has pfc=False")
    lossless = scenario.switch.lossless_priorities
    if storm.priority not in lossless:
        faults.add(
            f"{place}.priority",
            f"{storm.priority} is not lossless, so a pause of it is no PFC storm (allowed: "
            f"{', '.join(map(str, lossless)) or 'none, no class is lossless'})",
        )
    if 0 <= scenario.until_ps <= storm.start_ps:
        until = format_time(scenario.until_ps)
        faults.add(f"{place}.start", f"has no effect: the run ends before, at until = {until}")


def _overlap(a: PauseStorm, b: PauseStorm) -> bool:
    if a.priority != b.priority:
        return False
    first, second = sorted((a, b), key=lambda storm: storm.start_ps)
    return first.end_ps < 0 or second.start_ps < first.end_ps
