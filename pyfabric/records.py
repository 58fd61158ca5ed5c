"""What a run records over time: ``record=`` of ``simulate`` and ``compare``, ``--record``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pyfabric.errors import Fault, ScenarioError, shorten, unknown
from pyfabric.units import parse_time

#: What can be recorded, and the default sampling time of queues in ps.
RECORDS: Final = ("queues", "cc", "trace")
QUEUE_SAMPLE_PS: Final = 10**6
#: Longest time between samples, and between rows of a trace of congestion control.
TIME_MAX_PS: Final = 10**18

Record = str | Iterable[str] | Mapping[str, Any]


class Recorded(NamedTuple):
    """What ``record`` means.

    queue_sample_ps: between samples of queues; 0: none. trace: every observable record.
    cc_spacing_ps: least time between rows of a queue pair in the trace of congestion control; 0:
        every change, None: no such trace.
    """

    queue_sample_ps: int
    trace: bool
    cc_spacing_ps: int | None

    def numbers(self) -> list[int]:
        """The same as numbers, in a form that stays when a record comes that is not wanted."""
        numbers = [self.queue_sample_ps, int(self.trace)]
        return numbers if self.cc_spacing_ps is None else [*numbers, self.cc_spacing_ps]


def recorded(record: object) -> Recorded:
    """What ``record`` means; ScenarioError for what it cannot mean."""
    wanted = _by_name(record)
    faults = [Fault("record", unknown("record", n, RECORDS)) for n in wanted if n not in RECORDS]
    trace = wanted.get("trace", False)
    if not isinstance(trace, bool):
        faults.append(Fault("record.trace", f"must be True or False, got {shorten(trace)}"))
    sample_ps = _time("queues", wanted.get("queues", False), QUEUE_SAMPLE_PS, faults)
    spacing_ps = _time("cc", wanted.get("cc", False), 0, faults)
    if faults:
        raise ScenarioError(faults)
    return Recorded(sample_ps or 0, bool(trace), spacing_ps)


def _by_name(record: object) -> dict[Any, Any]:
    if isinstance(record, str):
        return {record: True}
    if isinstance(record, Mapping):
        return dict(record)
    if isinstance(record, Iterable):
        return dict.fromkeys(record, True)
    message = f"must name some of {', '.join(RECORDS)}, got {shorten(record)}"
    raise ScenarioError(Fault("record", message))


def _time(name: str, value: Any, default_ps: int, faults: list[Fault]) -> int | None:
    """A time in ps; ``default_ps`` for True, None for False."""
    if isinstance(value, bool):
        return default_ps if value else None
    try:
        time_ps = parse_time(value, what="")
    except ValueError as error:
        faults.append(Fault(f"record.{name}", str(error)))
        return None
    if time_ps < 1000:
        faults.append(Fault(f"record.{name}", f"must be 1ns or more, got {shorten(value)}"))
    elif time_ps > TIME_MAX_PS:
        message = f"must be at most {TIME_MAX_PS} ps, got {shorten(value)}"
        faults.append(Fault(f"record.{name}", message))
    return time_ps
