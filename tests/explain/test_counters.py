"""Counters of operators against what the links themselves carried."""

from __future__ import annotations

import numpy as np
import pytest
from result_tools import incast_scenario, lossy_run

import pyfabric as pf
from pyfabric.results import Result

PAUSING = pf.Switch(
    buffer="12MB", pfc=pf.PFC(xoff="60kB"), ecn=pf.ECN(kmin="100kB", kmax="400kB", pmax=0.2)
)


@pytest.fixture(scope="module")
def traced() -> Result:
    return pf.simulate(
        incast_scenario(switch=PAUSING, congestion_control=pf.DCQCN()), record="trace"
    )


def values(result: Result, style: str, counter: str) -> dict[tuple[str, int], int]:
    """(node, port) -> value, summed over priorities."""
    table = result.counters(style)
    rows = table["counter"] == counter
    assert rows.any(), counter
    found: dict[tuple[str, int], int] = {}
    for row in map(table.row, np.flatnonzero(rows).tolist()):
        key = row["node_name"], row["port"]
        found[key] = found.get(key, 0) + row["value"]
    return found


def test_pfc_frames_are_those_on_the_wire(traced: Result) -> None:
    """A PFC frame told of one class here, so frames sent by a port are those its peer counted."""
    trace, ports = traced.trace, traced.ports
    pfc = (trace["event"] == "transmit") & (trace["kind"] == "pfc")
    sent = np.bincount(trace["port"][pfc], minlength=len(ports))
    assert sent.sum() > 50
    for (_, port), count in values(traced, "sonic", "SAI_PORT_STAT_PFC_3_TX_PKTS").items():
        assert count == sent[port]
    for (_, port), count in values(traced, "sonic", "SAI_PORT_STAT_PFC_3_RX_PKTS").items():
        assert count == sent[ports["peer"][port]]
    received = values(traced, "ethtool", "rx_prio3_pause")
    assert sum(received.values()) > 0
    for (_, port), count in received.items():
        assert count == sent[ports["peer"][port]]


def test_pause_durations_and_transitions(traced: Result) -> None:
    pauses = traced.pauses
    assert (pauses["end_ps"] >= 0).all()
    for (_, port), us in values(traced, "ethtool", "rx_prio3_pause_duration").items():
        assert us == int(pauses["duration_ps"][pauses["port"] == port].sum()) // 10**6
    for (_, port), count in values(traced, "ethtool", "rx_prio3_pause_transition").items():
        assert count == int((pauses["port"] == port).sum())


def test_notification_and_reaction_points(traced: Result) -> None:
    """A CNP sent arrives; marks at the switches arrive as marked packets."""
    sent = values(traced, "ethtool", "np_cnp_sent")
    handled = values(traced, "ethtool", "rp_cnp_handled")
    assert sum(sent.values()) == sum(handled.values()) > 0
    assert sent["host0", -1] == sum(sent.values()), "the receiver notifies"
    assert handled["host0", -1] == 0
    marked = values(traced, "ethtool", "np_ecn_marked_roce_packets")
    at_queues = values(traced, "sonic", "SAI_QUEUE_STAT_WRED_ECN_MARKED_PACKETS")
    assert sum(marked.values()) == sum(at_queues.values()) > 0
    assert sum(at_queues.values()) == int(traced.ports["ecn_marks"].sum())


def test_loss_counters() -> None:
    result = lossy_run()
    dropped = values(result, "sonic", "SAI_INGRESS_PRIORITY_GROUP_STAT_DROPPED_PACKETS")
    assert sum(dropped.values()) == len(result.drops)
    naks = values(result, "ethtool", "packet_seq_err")
    assert 0 < sum(naks.values()) <= sum(values(result, "ethtool", "out_of_sequence").values())
    room = values(result, "sonic", "SAI_INGRESS_PRIORITY_GROUP_STAT_XOFF_ROOM_WATERMARK_BYTES")
    assert 0 < max(room.values()) <= 10_000


def test_unknown_style() -> None:
    with pytest.raises(pf.ScenarioError, match="did you mean 'sonic'"):
        lossy_run().counters("sonik")
