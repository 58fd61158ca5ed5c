"""Thresholds, shared headroom and WRED against closed formulas."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from oracle_tools import run_scenario

import pyfabric as pf

RATE = "100Gbps"
#: As in the wire format: payload 4096 B and 62 B of headers, 16 B more in a first packet.
FRAME = 4096 + 62 + 16


def held(senders: int, switch: pf.Switch, **more: object) -> pf.Result:
    """``senders`` at line rate, each into an egress of its own that stands still.

    Receivers take nothing for the length of the run, so that the ingress groups of the senders
    fill up to their threshold and stay there.
    """
    hosts = 2 * senders
    flows = [pf.Flow(i, senders + i, "4MB") for i in range(senders)]
    scenario = pf.Scenario(
        pf.star(hosts, RATE, link_delay="100ns"),
        pf.flows(flows),
        pf.NoCongestionControl(),
        switch=switch,
        nic=pf.Nic(receive_rate="1Mbps", receive_buffer="200kB", start_jitter=0, rto=None),
        until="300us",
    )
    return pf.simulate(scenario.replace(**more))


@pytest.mark.parametrize("alpha", [16, 64])
@pytest.mark.parametrize("senders", [1, 2, 4])
def test_p16_dynamic_threshold(alpha: int, senders: int) -> None:
    """T = alpha B / (1 + n alpha) (Choudhury and Hahne, ToN 1998), within one packet."""
    size = 12_000_000
    profile = pf.BufferProfile("pool", alpha=f"1/{alpha}", headroom="100kB")
    switch = pf.Switch(
        buffer="20MB",
        ecn=None,
        pools={"pool": pf.BufferPool("ingress", size)},
        profiles={"all": profile, "rest": pf.BufferProfile("pool", alpha=1)},
        priority_groups={3: "all", "0-2": "rest", "4-7": "rest"},
    )
    result = held(senders, switch)
    at_switch = result.ports["at_switch"][result.classes["port"]]
    rows = np.flatnonzero((result.classes["priority"] == 3) & result.classes["xoff"] & at_switch)
    filled = result.classes["ingress_bytes"][rows]
    share = size / alpha / (1 + senders / alpha)
    assert len(rows) == senders
    # A group grows by whole frames; the others may have grown by one each since its XOFF.
    assert np.abs(filled - share).max() <= FRAME


def storm(switch: pf.Switch) -> pf.Result:
    """Eight hosts send to one that stands still: every ingress of the switch passes XOFF."""
    scenario = pf.Scenario(
        pf.star(9, RATE, link_delay="500ns"),
        pf.incast(8, senders=range(8), size="1MB"),
        pf.NoCongestionControl(),
        switch=switch,
        nic=pf.Nic(receive_rate="1Mbps", receive_buffer="500kB", start_jitter=0, rto=None),
        until="200us",
    )
    return pf.simulate(scenario)


SMALL = pf.Switch(buffer="2MB", alpha="1/128", ecn=None)


def test_shared_headroom_for_all_loses_nothing() -> None:
    result = storm(SMALL.replace(headroom_pool="auto"))
    assert not len(result.drops)
    used = int(result.classes["headroom_used_bytes"].sum())
    one = int(result.ports["headroom_bytes"].max())
    assert used > 3 * one  # a shared headroom of three ports would not have been enough


def test_oversubscribed_headroom_loses_and_says_why() -> None:
    result = storm(SMALL.replace(headroom_pool="auto", headroom_oversubscription=3))
    assert set(result.drops["cause"].tolist()) == {"shared_headroom_exhausted"}
    assert result.drops["lossless"].all()
    report = result.lossless()
    assert not report.ok
    assert "oversubscri" in str(report)
    # What one group may take of it is still its own headroom.
    limit = int(result.ports["headroom_bytes"].max())
    assert result.ports["peak_headroom_bytes"].max() <= limit
    total = math.ceil(9 * limit / 3)
    plan = pf.compile_plan(result.scenario)
    assert plan.columns["qos_shared_headroom_bytes"].reshape(-1, 4)[0, 0] == total
    at_switch = result.ports["at_switch"][result.classes["port"]]
    assert total / 2 < result.classes["headroom_used_bytes"][at_switch].sum() <= total


def test_private_headroom_too_small_has_the_other_cause() -> None:
    result = storm(SMALL.replace(headroom="5kB"))
    assert set(result.drops["cause"].tolist()) == {"headroom_exhausted"}
    shared = storm(SMALL.replace(headroom="5kB", headroom_pool="1MB"))
    assert shared.fingerprint == result.fingerprint or len(shared.drops)
    assert set(shared.drops["cause"].tolist()) == {"headroom_exhausted"}


@pytest.mark.parametrize(("senders", "pmax"), [(2, "1"), (3, "1"), (2, "3/4")])
def test_wred_holds_the_queue_where_its_curve_drops_the_excess(senders: int, pmax: str) -> None:
    """n senders at line rate into one port, none of which slows down: 1 - 1/n of all frames have to
    go, so the queue stands where pmax (q - kmin) / (kmax - kmin) = 1 - 1/n.
    """
    kmin, kmax = 50_000, 1_050_000
    switch = pf.Switch(
        buffer="32MB",
        ecn=None,
        lossless_priorities=(),
        lossy_alpha="8",
        wred={0: pf.WRED(kmin, kmax, pmax)},
    )
    scenario = pf.Scenario(
        pf.star(senders + 1, RATE, link_delay="100ns"),
        pf.incast(senders, senders=range(senders), size=None, priority=0),
        pf.NoCongestionControl(),
        switch=switch,
        nic=pf.Nic(ack_every=65536, rto=None, retries=255),
        until="3ms",
        seed=5,
    )
    run = run_scenario(scenario, queue_sample_ps=1_000_000)
    port, time, size = (
        np.array(run.column("queues", name)) for name in ("port", "time_ps", "size_bytes")
    )
    held_bytes = size[(port == run.port(f"switch0->host{senders}")) & (time > 500_000_000)]
    expected = kmin + (kmax - kmin) * (1 - 1 / senders) / float(Fraction(pmax))
    assert len(held_bytes) > 2_000
    assert abs(held_bytes.mean() - expected) < 0.04 * expected
    # And of all that came, the same share was dropped.
    came = np.array(run.column("ports", "tx_data_frames"))[:senders].sum()
    causes = set(run.column("drops", "cause"))
    assert causes == {7}
    dropped = len(run.column("drops", "cause"))
    assert abs(dropped / came - (1 - 1 / senders)) < 0.05


def test_marked_frames_are_not_dropped() -> None:
    ecn = pf.ECN("10kB", "40kB", 1, priorities=(0,))
    switch = pf.Switch(
        ecn=ecn, lossless_priorities=(), lossy_alpha="8", wred={0: pf.WRED("10kB", "40kB")}
    )
    scenario = pf.Scenario(
        pf.star(3, RATE), pf.incast(2, senders=[0, 1], size="400kB", priority=0), switch=switch
    )
    marked = pf.simulate(scenario)
    assert marked.ports["ecn_marks"].sum() > 0
    assert "wred" not in marked.drops["cause"].tolist()
    dropped = pf.simulate(scenario.replace({"switch.ecn": None}))
    assert set(dropped.drops["cause"].tolist()) == {"wred"}
