"""Ports that a pause storm of the scenario's faults holds at the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pyfabric.checks.wording import time_text

if TYPE_CHECKING:
    from pyfabric.results import Result


def storm_texts(result: Result) -> tuple[str, ...]:
    """Which host pauses which port, one sentence per port still paused by a storm that lasts.

    Empty for a result without its scenario, whose faults are not known.
    """
    if result.scenario is None or not result.scenario.faults:
        return ()
    names = result.scenario.topology.host_names
    classes, ports = result.classes, result.ports
    peers = ports["peer_node_name"][classes["port"]]
    texts = []
    for storm in result.scenario.faults:
        if 0 <= storm.end_ps <= result.end_ps or storm.start_ps > result.end_ps:
            continue
        host = names[storm.host_index(names)]
        ours = classes["paused"] & (classes["priority"] == storm.priority) & (peers == host)
        until = "without end" if storm.end_ps < 0 else f"until {time_text(storm.end_ps)}"
        texts += [
            f"{host} pauses {classes.row(row)['port_name']} in priority {storm.priority} {until}, "
            f"from {time_text(storm.start_ps)} on"
            for row in np.flatnonzero(ours).tolist()
        ]
    return tuple(texts)
