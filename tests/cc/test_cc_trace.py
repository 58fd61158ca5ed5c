"""The trace of congestion control against equations, packets and counters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cc_traces import DCQCN, LINE, rows_of, scenario
from trace_rows import DATA, TRANSMIT, Trace

import pyfabric as pf
from pyfabric.cc import ALGORITHMS
from pyfabric.engine import RawTables, run
from pyfabric.units import parse_rate, parse_time

CNP = 3


def last_of_each_time(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list({row[0]: row for row in rows}.values())


@pytest.fixture(scope="module")
def dcqcn() -> tuple[Trace, RawTables]:
    plan = pf.compile_plan(scenario(DCQCN))
    raw = run(plan, trace=True, cc_spacing_ps=0)
    return Trace.of(plan, raw), raw


def facts(trace: Trace, qp: int) -> Iterator[tuple[int, int]]:
    """(time, bytes sent) of each packet of a sender, (time, 0) of each CNP that reaches it."""
    sender = trace.column("qp_tx_node")[qp]
    node_of, peer = trace.node_of_port(), trace.column("port_peer")
    found = []
    for row in trace.events(TRANSMIT):
        if row.qp != qp:
            continue
        if row.kind == DATA and row.node == sender:
            found.append((row.time_ps, row.size_bytes))
        elif row.kind == CNP and node_of[peer[row.port]] == sender:
            delay = trace.column("port_delay_ps")[row.port]
            latency = trace.column("node_latency_ps")[sender]
            found.append(
                (row.time_ps + trace.wire_ps(row.size_bytes, row.port) + delay + latency, 0)
            )
    yield from sorted(found)


class ReactionPoint:
    """The equations of SIGCOMM'15, section 3.1 and figure 7, each timer at its own time."""

    def __init__(self) -> None:
        self.rate = self.target = float(LINE)
        self.alpha = 1.0
        self.timer = self.bytes = self.counted = 0
        self.alpha_at = self.timer_at = math.inf
        self.rows: list[tuple[Any, ...]] = []

    def note(self, time_ps: float) -> None:
        active = self.timer_at < math.inf
        own = (self.alpha, self.target) if active else (None, None)
        row = (int(time_ps), round(self.rate), 0, *own)
        if self.rows and self.rows[-1][0] == row[0]:
            self.rows[-1] = row
        elif not self.rows or self.rows[-1][1:] != row[1:]:
            self.rows.append(row)

    def ticks_until(self, time_ps: float) -> None:
        while (first := min(self.alpha_at, self.timer_at)) <= time_ps:
            if self.alpha_at == first:
                self.alpha = (1 - 1 / 16) * self.alpha
                self.alpha_at += parse_time("11us")
            else:
                self.timer += 1
                self.increase()
                self.timer_at += parse_time("7us")
            self.note(first)

    def increase(self) -> None:
        if min(self.timer, self.bytes) > 3:
            self.target += parse_rate("4Gbps")
        elif max(self.timer, self.bytes) >= 3:
            self.target += parse_rate("1Gbps")
        self.target = min(self.target, LINE)
        self.rate = min((self.target + self.rate) / 2, LINE)

    def cnp(self, time_ps: int) -> None:
        self.ticks_until(time_ps)
        self.target = self.rate
        self.rate = max(self.rate * (1 - self.alpha / 2), parse_rate("100Mbps"))
        self.alpha = (1 - 1 / 16) * self.alpha + 1 / 16
        self.timer = self.bytes = self.counted = 0
        self.alpha_at = time_ps + parse_time("11us")
        self.timer_at = time_ps + parse_time("7us")
        self.note(time_ps)

    def send(self, time_ps: int, size_bytes: int) -> None:
        self.ticks_until(time_ps)
        if self.timer_at < math.inf:
            self.counted += size_bytes
            while self.counted >= 150_000:
                self.counted -= 150_000
                self.bytes += 1
                self.increase()
        self.note(time_ps)


@pytest.mark.parametrize("qp", range(3))
def test_dcqcn_is_the_papers_equations_replayed_from_the_cnps(
    dcqcn: tuple[Trace, RawTables], qp: int
) -> None:
    trace, raw = dcqcn
    point = ReactionPoint()
    for time_ps, size_bytes in facts(trace, qp):
        if size_bytes:
            point.send(time_ps, size_bytes)
        else:
            point.cnp(time_ps)
    point.ticks_until(raw.end_ps)
    rows = last_of_each_time(rows_of(raw, qp))
    assert rows[0][0] <= point.rows[0][0]  # before the first packet, which changes nothing
    assert [rows[0][1:], *rows[1:]] == [point.rows[0][1:], *point.rows[1:]]
    assert len(rows) > 200
    assert any(row[3] is not None and row[3] < 0.3 for row in rows)


def paused_times(trace: Trace, raw: RawTables, qp: int) -> list[tuple[int, int]]:
    """Pauses of the sender of a queue pair."""
    port = trace.column("node_first_port")[trace.column("qp_tx_node")[qp]]
    pauses = raw.tables["pauses"]
    mine = pauses["port"] == port
    return list(
        zip(pauses["start_ps"][mine].tolist(), pauses["end_ps"][mine].tolist(), strict=True)
    )


@pytest.mark.parametrize("qp", range(3))
def test_packets_are_as_far_apart_as_the_rate_says(dcqcn: tuple[Trace, RawTables], qp: int) -> None:
    trace, raw = dcqcn
    pauses = paused_times(trace, raw, qp)
    rows = rows_of(raw, qp)
    times, rates = [r[0] for r in rows], [r[1] for r in rows]
    sent = [(t, size) for t, size in facts(trace, qp) if size]
    in_force = np.searchsorted(times, [t for t, _ in sent], side="right") - 1
    gap_bytes = trace.plan.scalars["gap_bytes"]
    slowed = 0
    for (start, size), (after, _), row in zip(sent, sent[1:], in_force, strict=False):
        if any(begin < after and start < end for begin, end in pauses):
            continue
        assert after - start == -(-(size + gap_bytes) * 8 * 10**12 // rates[row])
        slowed += rates[row] < LINE
    assert slowed > 100


def test_a_tick_is_told_at_its_own_time(dcqcn: tuple[Trace, RawTables]) -> None:
    """And not at that of the packet that replayed it."""
    trace, raw = dcqcn
    times = {t for t, _ in facts(trace, 0)}
    told = [row[0] for row in rows_of(raw, 0)[1:]]
    assert sum(time_ps not in times for time_ps in told) > 100


@pytest.mark.parametrize("style", ["firmware", "nvidia"])
def test_firmware_style_decays_alpha_each_period(style: str) -> None:
    control = pf.DCQCN.preset(style, alpha_timer="3us", decrease_interval="8us")
    raw = run(pf.compile_plan(scenario(control)), cc_spacing_ps=0)
    g = 1 / 256 if style == "firmware" else 5 / 1024
    seen = 0
    for qp in range(3):
        rows = [row for row in rows_of(raw, qp) if row[3] is not None]
        first = rows[0][0]  # the first CNP starts the timers
        for before, row in itertools.pairwise(rows):
            if row[3] == before[3]:
                continue
            assert (row[0] - first) % parse_time("3us") == 0
            decayed = (1 - g) * before[3]
            assert row[3] in (decayed, decayed + g)
            seen += 1
    assert seen > 200


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_every_algorithm_is_traced_without_a_trace_of_it_in_the_run(name: str) -> None:
    small = scenario(ALGORITHMS[name](), size="300kB", until=None)
    traced = pf.simulate(small, record={"cc": True, "queues": "3us"})
    plain = pf.simulate(small)
    assert traced.fingerprint == plain.fingerprint
    assert traced.flows == plain.flows
    assert len(plain.cc) == 0
    threaded = pf.simulate(small, record="cc", threads=2)
    assert threaded.cc == traced.cc
    pairs = traced.queue_pairs
    for qp in range(len(pairs)):
        rows = np.flatnonzero(traced.cc["qp"] == qp)
        assert traced.cc["rate_bps"][rows[-1]] == pairs["rate_bps"][qp]
        assert traced.cc["window_bytes"][rows[-1]] == pairs["window_bytes"][qp]
        assert set(traced.cc["node"][rows]) == {pairs["tx_node"][qp]}
        assert set(traced.cc["flow_name"][rows]) == {f"incast[{qp}]"}
        assert np.all(np.diff(traced.cc["time_ps"][rows]) >= 0)


def test_hpccs_window_is_its_rate_times_the_round_trip() -> None:
    result = pf.simulate(scenario(pf.HPCC()), record="cc")
    cc = result.cc
    trip = result.queue_pairs["base_rtt_ps"][cc["qp"]]
    assert np.all(np.abs(cc["rate_bps"] * trip / 8e12 - cc["window_bytes"]) <= 1)
    load = cc["utilization"]
    assert load.min() > 0
    assert len(np.unique(cc["rate_bps"])) > 1000


def test_dctcps_alpha_is_an_average_of_fractions() -> None:
    cc = pf.simulate(scenario(pf.DCTCP()), record="cc").cc
    assert 0 <= cc["alpha"].min() < cc["alpha"].max() <= 1
    assert not cc.null("alpha").any()
