"""In-band telemetry (docs/model.md, section 10)."""

from __future__ import annotations

from typing import NamedTuple


class HopRecord(NamedTuple):
    """What a switch tells of the port by which a data packet leaves."""

    time: int
    sent: int
    queue: int
    rate: int
