"""The engine room: errors with place and time, limits, engines side by side."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pyfabric as pf
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import Progress, run


def incast(senders: int = 7, size: object = "1MB", **changes: object) -> pf.Scenario:
    return pf.Scenario(
        topology=pf.star(hosts=senders + 1, rate="100Gbps", link_delay="1us"),
        workload=pf.incast(receiver=0, size=size),
    ).replace(changes)


def with_column(plan: Plan, name: str, change: Any) -> Plan:
    columns: dict[str, NDArray[Any]] = dict(plan.columns)
    columns[name] = np.array(change(columns[name].copy()), dtype=columns[name].dtype)
    return dataclasses.replace(plan, columns=columns)


def test_eight_engines_in_threads_agree_with_one() -> None:
    plan = compile_scenario(incast())
    alone = run(plan)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda _: run(plan), range(8)))
    assert {raw.fingerprint for raw in together} == {alone.fingerprint}
    for raw in together:
        np.testing.assert_array_equal(
            raw.tables["flows"]["fct_ps"], alone.tables["flows"]["fct_ps"]
        )


def test_an_algorithm_that_fails_is_an_engine_error_with_place_and_time() -> None:
    def no_alpha_timer(parameters: NDArray[Any]) -> NDArray[Any]:
        parameters[:, 1] = 0
        return parameters

    plan = compile_scenario(incast())
    starts = plan.columns["flow_start_ps"]
    first = int(starts.argmin())
    broken = with_column(plan, "cc_parameters", no_alpha_timer)
    for threads in (1, 2, 3):  # each sender would fail: all tell of the earliest
        with pytest.raises(
            pf.EngineError, match="congestion control 'dcqcn' returned error"
        ) as info:
            run(broken, threads=threads)
        assert info.value.time_ps == starts[first]
        assert info.value.node == plan.labels["node_names"][plan.columns["qp_tx_node"][first]]
    assert str(pickle.loads(pickle.dumps(info.value))) == str(info.value)
    assert str(copy.deepcopy(info.value)) == str(info.value)


@pytest.mark.parametrize(
    ("column", "change", "message"),
    [
        ("port_peer", lambda c: np.roll(c, 1), "port . and its peer disagree"),
        ("port_delay_ps", lambda c: c * 0, r"port_delay_ps\[0\] = 0 is outside 1.."),
        ("flow_qp", lambda c: c + 100, r"flow_qp\[0\] = 100 is outside 0..6"),
        ("flow_packets", lambda c: c + 1, "flow_packets does not match size and MTU"),
        ("qp_rx_node", lambda c: c * 0 + 8, "ends at a node that is no host"),
        ("node_weights", lambda c: c * 0, r"node_weights\[0\] = 0"),
    ],
)
def test_no_plan_takes_the_engine_out_of_bounds(column: str, change: Any, message: str) -> None:
    plan = with_column(compile_scenario(incast()), column, change)
    with pytest.raises(pf.EngineError, match=message):
        run(plan)


def test_wall_limit_gives_what_was_reached() -> None:
    plan = compile_scenario(incast(size=None, until="10s"))
    raw = run(plan, max_wall_seconds=0.3)
    assert raw.stop_reason == "max_wall"
    assert 0 < raw.end_ps < 10 * 10**12
    assert raw.tables["flows"]["delivered_bytes"].sum() > 0


def test_interrupt_gives_what_was_reached() -> None:
    def stop(progress: Progress) -> None:
        if progress.time_ps > 0:
            raise KeyboardInterrupt

    raw = run(compile_scenario(incast(size=None, until="10s")), progress=stop)
    assert raw.stop_reason == "interrupted"
    assert raw.tables["flows"]["delivered_bytes"].sum() > 0


def test_until_is_exact_and_a_prefix() -> None:
    """Stopping earlier changes nothing before the stop."""
    full = run(compile_scenario(incast()), trace=True).tables["trace"]
    cut_ps = 123_456_789
    raw = run(compile_scenario(incast(until=cut_ps)), trace=True)
    assert raw.end_ps == cut_ps
    before = {name: column[full["time_ps"] < cut_ps] for name, column in full.items()}
    order = np.lexsort((raw.tables["trace"]["node"], raw.tables["trace"]["time_ps"]))
    wanted = np.lexsort((before["node"], before["time_ps"]))
    for name, column in raw.tables["trace"].items():
        np.testing.assert_array_equal(column[order], before[name][wanted], err_msg=name)


def test_bounded_tables_count_what_they_do_not_keep() -> None:
    """Which rows are kept depends on their node alone, not on partitions."""
    plan = compile_scenario(incast())
    everything = len(run(plan, trace=True).tables["trace"]["time_ps"])
    raw = run(plan, trace=True, table_rows=100)
    kept = len(raw.tables["trace"]["time_ps"])
    assert 0 < kept <= 100
    assert raw.rows_not_kept["trace"] == everything - kept
    assert raw.fingerprint == run(plan).fingerprint
    joined = run(plan, trace=True, table_rows=100, partition_of=[0] * 9).tables["trace"]
    for name, column in raw.tables["trace"].items():
        order = np.lexsort((joined["node"], joined["time_ps"]))
        wanted = np.lexsort((raw.tables["trace"]["node"], raw.tables["trace"]["time_ps"]))
        np.testing.assert_array_equal(joined[name][order], column[wanted], err_msg=name)


def test_a_route_to_the_wrong_host_is_an_engine_error() -> None:
    """The third link of x leads to z, which does not know the queue pair."""
    edges = [("x", "y"), ("x", "y"), ("x", "z"), ("y", "z")]
    topology = pf.Topology.from_edges(
        ["x", "y", "z"], [], [(a, b, "100Gbps", "1us") for a, b in edges]
    )
    plan = compile_scenario(
        pf.Scenario(topology=topology, workload=pf.flows([pf.Flow(0, 1, "4MB")]))
    )
    astray = with_column(plan, "qp_tx_port", lambda c: c * 0 + 2)
    with pytest.raises(pf.EngineError, match="a route leads a frame to the wrong host"):
        run(astray)


@pytest.mark.parametrize(
    ("column", "change", "message"),
    [
        ("cc_parameters", lambda c: c * np.nan, "a cc_parameter is not finite"),
        ("start_flow", lambda c: c * 0, "start_flow does not name every flow once"),
        ("message_flow", lambda c: c * 0, "message_flow does not name every flow once"),
    ],
)
def test_plans_that_would_never_end_are_refused(column: str, change: Any, message: str) -> None:
    with pytest.raises(pf.EngineError, match=message):
        run(with_column(compile_scenario(incast()), column, change))


def test_odd_arguments_are_engine_errors() -> None:
    plan = compile_scenario(incast())
    with pytest.raises(pf.EngineError, match="queue_sample_ps is negative"):
        run(plan, queue_sample_ps=-5)
    with pytest.raises(ValueError, match="partition_of must hold numbers of 0 to"):
        run(plan, partition_of=[-1] * 9)
    huge = dataclasses.replace(plan, scalars={**plan.scalars, "until_ps": 2**70})
    with pytest.raises(pf.EngineError, match="plan scalar until_ps is no 64-bit integer"):
        run(huge)


def test_frames_that_take_no_time_are_refused() -> None:
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 0, [("host0", "host1", "10Tbps", "1us")]),
        workload=pf.flows([pf.Flow(0, 1, None)]),
        congestion_control=pf.NoCongestionControl(),
        framing=pf.Framing.ns3(),
        nic=pf.Nic(mtu="256B"),
        until="1ms",
    )
    with pytest.raises(pf.EngineError, match="takes no time when floored to 1 ns"):
        run(compile_scenario(scenario))


def test_ten_idle_seconds_of_nanosecond_timers_cost_nothing() -> None:
    """Timers at a fixed point are passed over; 10^10 ticks would take minutes."""
    flows = [pf.Flow(i, 2, "1MB", qp="per_pair") for i in (0, 1)]
    scenario = pf.Scenario(
        topology=pf.star(hosts=3, rate="100Gbps", link_delay="1us"),
        workload=pf.flows([*flows, pf.Flow(0, 2, "1MB", start="10s", qp="per_pair")]),
        congestion_control=pf.DCQCN(alpha_timer="1ns", increase_timer="1ns"),
        switch=pf.Switch(ecn=pf.ECN(kmin="1kB", kmax="2kB", pmax=1)),
    )
    raw = run(compile_scenario(scenario), max_wall_seconds=20)
    assert raw.stop_reason == "all_done"
    assert raw.tables["queue_pairs"]["cnps_received"].sum() > 0
