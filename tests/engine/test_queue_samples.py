"""Recorded queue depths: a row per instant from the first use of a queue to the end of the run."""

from __future__ import annotations

import numpy as np

import pyfabric as pf


def test_a_deep_queue_is_sampled_until_the_end() -> None:
    """8:1 of 100 kB: 200 frames deep, then empty again while the last ACKs travel."""
    scenario = pf.Scenario(
        topology=pf.star(9), workload=pf.incast(receiver=0, senders=range(1, 9), size="100kB")
    )
    result = pf.simulate(scenario, record={"queues": "1us"})
    queues = result.queues
    deepest = int(np.argmax(queues["size_bytes"]))
    assert queues["size_bytes"][deepest] > 64 * 4096
    same = (queues["port"] == queues["port"][deepest]) & (
        queues["priority"] == queues["priority"][deepest]
    )
    times, depths = queues["time_ps"][same], queues["size_bytes"][same]
    assert np.all(np.diff(times) == 10**6)
    assert result.end_ps - 10**6 <= times[-1] <= result.end_ps
    assert depths[-1] == 0
