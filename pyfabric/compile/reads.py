"""READ and congestion controls that need acknowledgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyfabric.compile.flows import Operations, raise_for_flows

if TYPE_CHECKING:
    from pyfabric.scenario import Scenario


def check_reads(scenario: Scenario, operations: Operations) -> None:
    """Refuse READ under a congestion control that waits for acknowledgements of responses."""
    control = scenario.congestion_control
    if control.window is None and control.telemetry_hops == 0:
        return
    missing = "so nothing would open the window"
    instead = "use window=None or nic.recovery='selective_repeat'"
    if control.telemetry_hops > 0:
        missing = "so no telemetry comes back"
        instead = "use another congestion control or nic.recovery='selective_repeat'"
    raise_for_flows(
        operations.flows,
        [
            (
                np.flatnonzero(operations.is_read),
                lambda flow: (
                    f"op 'read' cannot run under {control!r}: READ responses are not acknowledged "
                    f"(IBTA volume 1, 9.7), {missing}; {instead}"
                ),
            )
        ],
    )
