"""Scalars of a plan: the model, its seed, the ends of a run, and when they are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyfabric.compile.framing import Frames
from pyfabric.compile.nodes import Columns
from pyfabric.compile.plan import MODEL_VERSION

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario

#: A run may end only at multiples of 10 us of simulated time (docs/model.md 11).
STOP_GRID_PS: Final = 10 * 10**6
#: Deadlock and livelock are looked for at this distance, or a larger one.
STALL_GRID_PS: Final = 10 * 10**9


def scenario_scalars(scenario: Scenario, frames: Frames) -> dict[str, int]:
    """Those that follow from the scenario alone."""
    return frames.scalars() | {
        "model_version": MODEL_VERSION,
        "model_seed": scenario.seed,
        "dwrr_quantum_bytes": frames.largest,
        "stop_grid_ps": STOP_GRID_PS,
        "until_ps": scenario.until_ps,
    }


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
