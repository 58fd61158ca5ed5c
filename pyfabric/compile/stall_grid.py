"""How often a run is looked at for deadlock and livelock (docs/model.md 11)."""

from __future__ import annotations

from typing import Final

from pyfabric.compile.framing import Frames
from pyfabric.compile.nodes import Columns

#: Deadlock and livelock are looked for at this distance, or a larger one.
STALL_GRID_PS: Final = 10 * 10**9


def stall_grid_ps(columns: Columns, frames: Frames) -> int:
    """Longer than any time in which a fabric that still works starts no frame.

    Four times the longest delay and frame, twice the longest pause (64 B a quantum).
    """
    receiving = columns["node_receive_rate_bps"]
    slowest = min([*columns["port_rate_bps"].tolist(), *receiving[receiving > 0].tolist()])
    frame_ps = int(frames.wire_ps(frames.largest, slowest))
    quanta = int(columns["node_pfc_quanta"][columns["node_pfc_mode"] == 1].max(initial=0))
    pause_ps = quanta * 64 * 8 * 10**12 // int(columns["port_rate_bps"].min())
    return max(STALL_GRID_PS, 4 * int(columns["port_delay_ps"].max()), 4 * frame_ps, 2 * pause_ps)
