"""The verdict: green, and every kind of "not lossless, because"."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from result_tools import (
    deadlocked_run,
    incast_scenario,
    leaf_spine_scenario,
    lossless_run,
    lossy_run,
    ring_scenario,
)

import pyfabric as pf
from pyfabric.analysis import pause_cycle
from pyfabric.checks import DeadlockViolation, DropViolation, LostRowsViolation
from pyfabric.results import Result


def star_with_errors(rate: float, **settings: object) -> Result:
    edges = [("a", "s", "100Gbps", "1us", rate), ("b", "s", "100Gbps", "1us")]
    topology = pf.Topology.from_edges(["a", "b"], ["s"], edges)
    return pf.simulate(
        pf.Scenario(topology=topology, workload=pf.Flow("a", "b", "2MB"), **settings)
    )


def long_incast(control: pf.CongestionControl) -> pf.Scenario:
    workload = pf.incast(receiver=0, senders=range(4, 16), size="4MB")
    return leaf_spine_scenario(workload, congestion_control=control)


def test_lossless() -> None:
    report = lossless_run().lossless()
    assert report.ok
    assert report
    assert report.violations == ()
    assert report.unfinished_count == 0
    lossless_run().assert_lossless()
    assert str(report).startswith("Lossless.\n")


def test_margins_are_limit_minus_peak_smallest_first() -> None:
    margins = lossless_run().lossless().margins
    ports = lossless_run().ports
    assert len(margins) == int(ports["at_switch"].sum())
    expected = margins["headroom_bytes"] - margins["peak_headroom_bytes"]
    assert margins["margin_bytes"].tolist() == expected.tolist() == sorted(expected.tolist())
    assert 0 < margins["margin_bytes"][0] < margins["headroom_bytes"][0]
    assert margins["at"][0].startswith("leaf0, port from spine")
    assert f"{margins['margin_bytes'][0]:,} B at {margins['at'][0]}" in str(
        lossless_run().lossless()
    )


def test_longest_pause() -> None:
    result = lossless_run()
    longest = result.lossless().longest_pause
    assert longest is not None
    assert longest.duration_ps == int(result.pauses["duration_ps"].max()) > 0
    assert longest.port in result.pauses["port_name"].tolist()
    assert not longest.open
    quiet = pf.simulate(leaf_spine_scenario(pf.Flow(0, 15, "10kB"))).lossless()
    assert quiet.longest_pause is None
    assert "Headroom: never used." in str(quiet)


def test_headroom_too_small() -> None:
    result, report = lossy_run(), lossy_run().lossless()
    assert not report
    first = report.violations[0]
    assert isinstance(first, DropViolation)
    assert (first.node, first.priority, first.cause) == ("leaf0", 3, "headroom_exhausted")
    assert first.port.startswith("leaf0, port from spine")
    assert first.headroom_bytes == 10_000
    assert first.headroom_used_bytes + 4158 > 10_000  # the frame that was refused
    assert 0 < first.first_ps - first.xoff_since_ps < 10_000_000
    assert first.xoff_told
    assert first.first_ps == int(result.drops["time_ps"].min())
    assert sum(v.count for v in report.violations) == len(result.drops)
    assert sum(v.count for v in report.violations) == int(result.ports["drops"].sum())
    assert sum(v.lost_bytes for v in report.violations) == int(result.drops["size_bytes"].sum())
    text = str(report)
    assert text.startswith("Not lossless, because\n  - leaf0, port from spine")
    assert "XOFF was decided" in text
    assert "and sent" in text


def test_the_advice_cures() -> None:
    violation = lossy_run().lossless().violations[0]
    assert isinstance(violation, DropViolation)
    needed = int(violation.advice.rsplit("headroom='")[-1].split("B'")[0])
    advised = incast_scenario(switch=pf.Switch(headroom=needed))
    assert pf.simulate(advised).lossless()
    assert pf.simulate(incast_scenario()).lossless()
    # What auto gives is what is advised.
    assert needed == int(lossless_run().ports["headroom_bytes"].max())


def test_assert_lossless_raises_the_story() -> None:
    with pytest.raises(pf.LosslessViolation, match="Not lossless, because") as caught:
        lossy_run().assert_lossless()
    assert isinstance(caught.value, AssertionError)
    for error in (copy.deepcopy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        assert str(error) == str(lossy_run().lossless())
        assert error.report.violations == lossy_run().lossless().violations


def test_pfc_off_at_the_switch() -> None:
    result = pf.simulate(incast_scenario(switch=pf.Switch(pfc=pf.PFC(enabled=False))))
    violation = result.lossless().violations[0]
    assert isinstance(violation, DropViolation)
    assert violation.xoff_since_ps == -1
    assert "no XOFF was in force" in str(violation)
    assert "PFC(enabled=True)" in violation.advice


def test_sender_that_ignores_pfc() -> None:
    scenario = leaf_spine_scenario(
        pf.incast(receiver=0, senders=range(1, 8), size="4MB"),
        congestion_control=pf.NoCongestionControl(),
        overrides={"host3": pf.Nic(pfc=False)},
    )
    violations = pf.simulate(scenario).lossless().violations
    assert [v.port for v in violations] == ["leaf0, port from host3"]
    assert "host3 does not obey PFC" in str(violations[0])
    assert "XOFF was decided" in str(violations[0])


def test_drops_of_a_lossy_class_are_no_violation() -> None:
    scenario = incast_scenario().replace(
        workload=pf.incast(receiver=0, senders=range(4, 16), size="4MB", priority=1)
    )
    result = pf.simulate(scenario)
    report = result.lossless()
    assert len(result.drops) > 0
    assert report
    assert not result.drops["lossless"].any()
    assert {loss.priority for loss in report.other_losses} == {1}
    assert sum(loss.count for loss in report.other_losses) == len(result.drops)
    assert "Other losses (no violation" in str(report)


def test_link_errors_are_no_violation() -> None:
    result = star_with_errors(0.01)
    report = result.lossless()
    assert report
    assert set(result.drops["cause"].tolist()) == {"link_error"}
    assert result.drops["lossless"].all()
    assert {loss.cause for loss in report.other_losses} == {"link_error"}
    assert sum(loss.count for loss in report.other_losses) == len(result.drops)
    assert result.flows["retransmitted_packets"][0] > 0
    assert "damaged on the wire" in str(report)


def test_deadlock_names_the_ring() -> None:
    result = deadlocked_run()
    assert result.stop_reason == "deadlock"
    assert not result.complete
    (violation,) = result.lossless().violations
    assert isinstance(violation, DeadlockViolation)
    assert set(violation.ports) == {"s0->s1", "s1->s2", "s2->s3", "s3->s4", "s4->s0"}
    followers = zip(violation.ports, (*violation.ports[1:], violation.ports[0]), strict=True)
    assert all(one.split("->")[1] == other.split("->")[0] for one, other in followers)
    assert violation.priority == 3
    assert violation.held_bytes > 0
    report = result.lossless()
    assert report.waits == {"paused": 10}
    assert report.unfinished[0].text == "h0a->s0 is paused in priority 3"
    assert report.longest_pause is not None
    assert report.longest_pause.open
    with pytest.raises(pf.LosslessViolation, match="pause each other in priority 3"):
        result.assert_lossless()


def test_a_ring_at_a_planned_end_is_told_but_no_verdict() -> None:
    report = pf.simulate(ring_scenario(), until="2ms").lossless()
    assert report.ok
    assert "in a ring, which may be a deadlock" in report.notes[0]
    assert "s0->s1 -> s1->s2" in str(report)


def test_no_ring_where_ports_only_wait_in_a_chain() -> None:
    halted = pf.simulate(long_incast(pf.NoCongestionControl()), until="200us")
    assert halted.classes["paused"].any()
    assert pause_cycle(halted.classes, halted.ports) == []
    assert halted.lossless().notes == ()


def test_stall_without_a_timer() -> None:
    result = star_with_errors(0.9, nic=pf.Nic(rto=None))
    assert result.stop_reason == "deadlock"
    report = result.lossless()
    assert "no timer is left to wake them" in str(report)
    assert list(report.waits) == ["stuck without a retransmission timer"]
    assert "a lost frame is never sent again" in report.unfinished[0].text


def test_failed_flow() -> None:
    result = star_with_errors(1.0, nic=pf.Nic(rto="10us", retries=3))
    assert result.stop_reason == "all_done"
    assert not result.complete
    report = result.lossless()
    assert report.ok
    assert report.waits == {"failed": 1}
    assert "failed after 3 retries" in report.unfinished[0].text
    assert result.queue_pairs["timeouts"].tolist() == [4]
    assert "1 failed" in str(result)


@pytest.mark.parametrize(
    ("until", "control", "reason"),
    [
        ("1us", pf.NoCongestionControl(), "still sending"),
        ("4us", pf.StaticWindow("8kB"), "window full"),
        ("200us", pf.NoCongestionControl(), "paused"),
    ],
)
def test_what_flows_wait_for(until: str, control: pf.CongestionControl, reason: str) -> None:
    report = pf.simulate(long_incast(control), until=until).lossless()
    assert reason in report.waits
    assert sum(report.waits.values()) == report.unfinished_count
    assert reason in {waiting.reason for waiting in report.unfinished}


def test_waiting_for_acknowledgement_and_start_and_turn() -> None:
    workload = pf.Flow(0, 15, 4096, name="sent") + pf.Flow(1, 14, 4096, start="1ms", name="later")
    workload += pf.flows(
        [
            pf.Flow(2, 13, "1MB", qp="per_pair", name="head"),
            pf.Flow(2, 13, "1MB", qp="per_pair", name="next"),
        ]
    )
    report = pf.simulate(leaf_spine_scenario(workload), until="1us").lossless()
    found = {waiting.name: waiting.reason for waiting in report.unfinished}
    assert found == {
        "sent": "waiting for an acknowledgement",
        "later": "not started",
        "head": "still sending",
        "next": "queued behind another message",
    }


def test_rows_beyond_the_bound_make_the_verdict_unsafe() -> None:
    result = dataclasses.replace(lossless_run(), rows_not_kept={"drops": 7})
    report = result.lossless()
    assert not report
    assert isinstance(report.violations[0], LostRowsViolation)
    assert "7 more drops" in str(report)
    pauses = dataclasses.replace(lossless_run(), rows_not_kept={"pauses": 2})
    assert pauses.lossless()
    assert "2 pauses were not recorded" in str(pauses.lossless())


def test_violations_are_grouped_by_port_priority_and_cause() -> None:
    drops = lossy_run().drops
    groups = set(
        zip(drops["port"].tolist(), drops["priority"].tolist(), drops["cause"], strict=True)
    )
    violations = lossy_run().lossless().violations
    assert len(violations) == len(groups) >= 2
    times = [violation.first_ps for violation in violations if isinstance(violation, DropViolation)]
    assert times == sorted(times)
    assert len(np.unique([v.port_index for v in violations])) == len(violations)
