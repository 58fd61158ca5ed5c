"""Receiver credits: first windows, queues, shares, loss, silent senders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cc_tools import incast, steady
from oracle_tools import STILL, Run, run_scenario
from trace_rows import CREDIT, CREDIT_REQUEST, DATA, DROP, TRANSMIT, Trace

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.engine import run

PAYLOAD = 4096 / (4096 + 82)
FULL = 4158  # L2 bytes of a full packet
LINE = 100 * 10**9


def star(hosts: int, workload: pf.Workload, control: pf.CongestionControl, **more: Any) -> Run:
    defaults: dict[str, Any] = {"nic": STILL}
    scenario = pf.Scenario(
        topology=pf.star(hosts=hosts, rate="100Gbps", link_delay="1us"),
        workload=workload,
        congestion_control=control,
        **{**defaults, **more},
    )
    return run_scenario(scenario, trace=True)


def frames(found: Run, *kinds: int) -> list[Any]:
    """Transmissions of some kinds at hosts."""
    trace = Trace.of(found.plan, found.raw)
    is_switch = trace.column("node_is_switch")
    return [row for row in trace.events(TRANSMIT) if row.kind in kinds and not is_switch[row.node]]


@pytest.mark.parametrize("size", ["1B", "4096B", "20kB", "57344B"])
@pytest.mark.parametrize("op", ["write", "send"])
def test_what_fits_into_the_first_window_is_as_fast_as_without(size: str, op: str) -> None:
    """To the picosecond, and nothing is granted: 15 packets are a bandwidth-delay product."""
    flow = pf.Flow("host0", "host1", size, op=op)
    plain, credited = (star(2, flow, c) for c in (pf.NoCongestionControl(), pf.ReceiverCredits()))
    assert credited.column("flows", "fct_ps") == plain.column("flows", "fct_ps")
    assert credited.raw.stats["packet_hops"] == plain.raw.stats["packet_hops"]
    assert frames(credited, CREDIT, CREDIT_REQUEST) == []


@pytest.mark.parametrize("rate", ["25Gbps", "100Gbps", "400Gbps"])
@pytest.mark.parametrize("delay", ["100ns", "3us"])
def test_one_flow_never_waits_for_credit(rate: str, delay: str) -> None:
    """One bandwidth-delay product is enough for line rate on an idle path."""
    times = []
    for control in (pf.NoCongestionControl(), pf.ReceiverCredits()):
        scenario = pf.Scenario(
            topology=pf.star(hosts=2, rate=rate, link_delay=delay),
            workload=pf.Flow("host0", "host1", "3MB"),
            congestion_control=control,
            nic=STILL,
        )
        times.append(run_scenario(scenario).column("flows", "fct_ps"))
    assert times[0] == times[1]


def test_asking_first_costs_the_trip_of_a_request_and_of_its_credit() -> None:
    flow = pf.Flow("host0", "host1", "1MB")
    plain = star(2, flow, pf.NoCongestionControl())
    asked = star(2, flow, pf.ReceiverCredits(unsolicited=0))
    one_way = 2 * (86 * 80 + 10**6)  # two links of 100 Gb/s and 1 us, store and forward
    delay = asked.column("flows", "fct_ps")[0] - plain.column("flows", "fct_ps")[0]
    assert delay == 2 * one_way
    assert len(frames(asked, CREDIT_REQUEST)) == 1
    assert len(frames(asked, CREDIT)) == -(-(10**6) // 4096)


def bound_bytes(found: Run, quantum: int = 1) -> int:
    """C + 2 quantum - 1 - floor(R / T) packets (docs/congestion-control/receiver-credits.md)."""
    most = int(found.plan.columns["port_credit_packets"].max())
    rate = int(found.plan.columns["port_rate_bps"][0])
    trip = int(found.plan.columns["qp_base_rtt_ps"][0]) * rate // ((FULL + 20) * 8 * 10**12)
    return (most + 2 * quantum - 1 - trip) * FULL


SETTINGS: list[dict[str, Any]] = [
    {},
    {"outstanding": 1},
    {"outstanding": 3, "quantum": 4},
    {"unsolicited": 0},
]


@pytest.mark.parametrize("changes", SETTINGS, ids=str)
@pytest.mark.parametrize("flows", [2, 8, 32, 128])
def test_an_incast_is_full_and_fair_and_its_queue_bounded(
    flows: int, changes: dict[str, Any]
) -> None:
    """After the first windows, which take up to 128 * 15 packets of 334 ns, are drained."""
    found = steady(incast(flows, pf.ReceiverCredits(**changes)), "800us", "2ms")
    assert len(found.queue_bytes) > 1000
    assert found.queue_bytes.max() <= bound_bytes(found.run, changes.get("quantum", 1))
    assert found.rates_bps.sum() >= 0.995 * PAYLOAD * LINE
    assert found.jain > 0.99
    assert found.is_lossless()


def test_the_bound_is_nearly_reached() -> None:
    found = steady(incast(8, pf.ReceiverCredits()), "200us", "400us")
    assert found.queue_bytes.max() >= bound_bytes(found.run) - FULL


@pytest.mark.parametrize("flows", [8, 40])
def test_without_first_windows_a_small_buffer_pauses_nobody(flows: int) -> None:
    """XOFF at 30 kB of one port: less than what a first window brings."""
    switch = pf.Switch(pfc=pf.PFC(xoff="30kB"))
    pauses = []
    for unsolicited in ("bdp", 0):
        control = pf.ReceiverCredits(unsolicited=unsolicited)
        found = run_scenario(incast(flows, control).replace(switch=switch))
        pauses.append(len(found.column("pauses", "start_ps")))
    assert pauses[0] > 0
    assert pauses[1] == 0


def test_nobody_sends_unasked_and_no_port_grants_faster_than_its_rate() -> None:
    """Read from the trace: 12 senders of 300 kB to one host, and to one another."""
    work = pf.incast(0, size="300kB") + pf.permutation("200kB", start="3us")
    control = pf.ReceiverCredits(unsolicited=0, quantum=3, rate_share="1/2")
    found = star(13, work, control, nic=pf.Nic())
    granted: dict[int, int] = {}
    at_port: dict[int, list[tuple[int, int]]] = {}
    one_way = 2 * (86 * 80 + 10**6)
    seen: dict[int, list[tuple[int, int]]] = {}
    for row in frames(found, CREDIT, DATA):
        if row.kind == CREDIT:
            packets = row.psn - granted.get(row.qp, 0)
            granted[row.qp] = row.psn
            at_port.setdefault(row.port, []).append((row.time_ps, packets))
            seen.setdefault(row.qp, []).append((row.time_ps + one_way, row.psn))
    for row in frames(found, DATA):
        assert any(time <= row.time_ps and row.psn < psn for time, psn in seen[row.qp])
    for grants in at_port.values():
        assert max(packets for _, packets in grants) == 3
        so_far = 0
        for time, packets in grants:  # a CREDIT may wait for data of its own host
            assert so_far * 2 * (FULL + 20) * 80 <= time - grants[0][0] + 6 * (FULL + 20) * 80
            so_far += packets
    assert set(found.column("flows", "status")) == {1}


def test_a_sender_of_many_starves_nobody() -> None:
    """Nine receivers grant line rate each to one sender: equal shares of its port."""
    flows = pf.flows(src=[0] * 9, dst=list(range(1, 10)), size=500_000)
    found = star(10, flows, pf.ReceiverCredits())
    times = np.array(found.column("flows", "fct_ps"))
    assert times.max() <= 1.02 * 9 * 500_000 / PAYLOAD * 80
    assert times.min() >= 0.97 * times.max()


def test_a_busy_sender_leaves_an_idle_one_half_of_the_budget() -> None:
    """The limit that the page names: credit waits at a sender that serves others, too."""
    flows = pf.flows(src=[0] * 9, dst=list(range(1, 10)), size=1_000_000) + pf.Flow(
        "host10", "host1", "1MB"
    )
    found = star(11, flows, pf.ReceiverCredits())
    times = found.column("flows", "fct_ps")
    assert 1e6 / PAYLOAD * 80 / 0.75 < times[-1] < 1e6 / PAYLOAD * 80 / 0.4


def test_a_message_posted_while_the_one_before_is_under_way_does_not_wait_for_the_timer() -> None:
    """15 packets are the first window; the second message comes when all have been sent."""
    pair = {"src": "host0", "dst": "host1", "qp": "per_pair"}
    work = pf.Flow(size=15 * 4096, **pair) + pf.Flow(size="100kB", start="5100ns", **pair)
    found = star(2, work, pf.ReceiverCredits())
    (request,) = frames(found, CREDIT_REQUEST)
    assert request.time_ps >= 5_100_000
    assert max(found.column("flows", "fct_ps")) < 25_000_000


def test_a_slow_receiver_is_not_flooded() -> None:
    """It takes 25 of 100 Gb/s: grants come at that rate, so nothing is paused."""
    nic = STILL.replace(receive_rate="25Gbps", receive_buffer="400kB")
    found = star(9, pf.incast(0, size="300kB"), pf.ReceiverCredits(unsolicited=0), nic=nic)
    assert found.column("pauses", "start_ps") == []
    assert max(found.column("flows", "fct_ps")) < 1.02 * 8 * 300_000 * FULL / 4096 * 8 * 40 + 2e7
    paused = star(9, pf.incast(0, size="300kB"), pf.NoCongestionControl(), nic=nic)
    assert paused.column("pauses", "start_ps") != []


def lossy_star(errors: Any, hosts: int = 5) -> pf.Topology:
    """Every link of a host loses frames: one probability, or one each way."""
    edges = [(f"host{i}", "s0", "100Gbps", "1us", errors) for i in range(hosts)]
    return pf.Topology.from_edges([f"host{i}" for i in range(hosts)], ["s0"], edges)


@pytest.mark.parametrize("recovery", ["go_back_n", "selective_repeat", "go_back_0"])
@pytest.mark.parametrize("unsolicited", [0, "10kB", "bdp"])
def test_lost_frames_of_any_kind_stop_nothing(recovery: str, unsolicited: int | str) -> None:
    """Credits, requests, data and acknowledgements are lost; every byte arrives once."""
    scenario = pf.Scenario(
        topology=lossy_star(0.03),
        workload=pf.all_to_all("100kB", qp="per_pair") + pf.incast(0, size="40kB", start="300us"),
        congestion_control=pf.ReceiverCredits(unsolicited=unsolicited, reclaim="30us"),
        nic=pf.Nic(rto="100us", retries=50, recovery=recovery, nak_interval="20us"),
        seed=2,
        until=None if recovery != "go_back_0" else "200ms",
    )
    plan = compile_scenario(scenario)
    found = run(plan, trace=True)
    assert found.tables["flows"]["delivered_bytes"].tolist() == list(
        plan.columns["flow_size_bytes"]
    )
    lost = {row.kind for row in Trace.of(plan, found).events(DROP)}
    assert {DATA, CREDIT} <= lost
    assert unsolicited != 0 or CREDIT_REQUEST in lost
    for threads, parts in ((1, [0] * 6), (2, [0, 1, 0, 1, 0, 1])):
        assert run(plan, threads=threads, partition_of=parts).fingerprint == found.fingerprint


@pytest.mark.parametrize("retries", [0, 3])
def test_a_dead_path_ends(retries: int) -> None:
    """Every request is lost: the queue pair fails when its retries are used up."""
    found = run_scenario(
        pf.Scenario(
            topology=lossy_star(1.0, hosts=2),
            workload=pf.Flow("host0", "host1", "50kB"),
            congestion_control=pf.ReceiverCredits(unsolicited=0),
            nic=STILL.replace(rto="100us", retries=retries),
        ),
        trace=True,
    )
    assert found.column("flows", "status") == [2]
    assert len(frames(found, CREDIT_REQUEST)) == retries + 1
    assert found.column("queue_pairs", "timeouts") == [retries + 1]


def test_waiting_for_long_does_not_use_up_the_retries() -> None:
    """An answer to a request is proof of the path, though it grants nothing."""
    control = pf.ReceiverCredits(unsolicited=0, rate_share="1/1000", reclaim="10ms")
    nic = STILL.replace(rto="20us", retries=2)
    found = star(5, pf.incast(0, size="8kB"), control, nic=nic)
    assert set(found.column("flows", "status")) == {1}
    assert sum(found.column("queue_pairs", "timeouts")) > 8


def test_dead_senders_give_up_their_part_of_the_budget() -> None:
    """Two senders vanish with a window each, more than the port's budget; a third one goes on."""
    dead = [(f"host{i}", "s0", "100Gbps", "1us", (0.5, 0)) for i in (1, 2)]
    live = [(f"host{i}", "s0", "100Gbps", "1us") for i in (0, 3)]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges([f"host{i}" for i in range(4)], ["s0"], dead + live),
        workload=pf.incast(0, senders=[1, 2], size="1MB")
        + pf.Flow("host3", "host0", "5MB", start="1ms"),
        congestion_control=pf.ReceiverCredits(reclaim="100us"),
        nic=STILL.replace(rto="50us", retries=2),
    )
    found = run_scenario(scenario)
    assert found.column("flows", "status") == [2, 2, 1]
    assert found.column("flows", "fct_ps")[2] < 1.02 * 5e6 / PAYLOAD * 80 + 10e6


def test_all_ports_of_a_host_have_a_pacer() -> None:
    fabric = pf.leaf_spine(2, 2, 2, host_rate="100Gbps", gpus_per_host=2, nics_per_host=2)
    scenario = pf.Scenario(
        topology=fabric,
        workload=pf.all_to_all("100kB"),
        congestion_control=pf.ReceiverCredits(unsolicited="8kB"),
    )
    plan = compile_scenario(scenario)
    first = plan.columns["node_first_port"].astype(int)
    hosts = int((plan.columns["node_is_switch"] == 0).sum())
    assert (plan.columns["port_credit_rate_bps"][: first[hosts]] == LINE).all()
    assert (plan.columns["port_credit_rate_bps"][first[hosts] :] == 0).all()
    runs = [run(plan, threads=threads) for threads in (1, 2)]
    assert set(runs[0].tables["flows"]["status"].tolist()) == {1}
    assert runs[0].fingerprint == runs[1].fingerprint
