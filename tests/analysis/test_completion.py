"""Percentiles, size bins, goodput, rings: against numbers worked out by hand."""

import numpy as np
import pytest

from pyfabric.analysis import (
    fct_quantiles,
    goodput_bps,
    pause_cycle,
    quantiles,
    slowdown_by_size,
)
from pyfabric.results import Table


def flow_table(rows: list[tuple[int, int, int, int]]) -> Table:
    """(size, start, fct or -1, ideal) per flow; unfinished ones have delivered half."""
    size, start, fct, ideal = (
        np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)
    )
    done = fct >= 0
    return Table(
        "flows",
        {
            "size_bytes": size,
            "start_ps": start,
            "fct_ps": fct,
            "slowdown": np.where(done, fct / ideal, np.nan),
            "finished": done,
            "delivered_bytes": np.where(done, size, size // 2),
        },
        ("fct_ps", "slowdown"),
    )


def test_nearest_rank() -> None:
    """Of 1..200 the 95th percentile is the 190th value; of few values the last one."""
    found = quantiles(np.random.default_rng(1).permutation(np.arange(1, 201)))
    assert found is not None
    assert (found.count, found.p50, found.p95, found.p99, found.largest) == (
        200,
        100,
        190,
        198,
        200,
    )
    few = quantiles(np.array([3, 1, 2]))
    assert few is not None
    assert (few.p50, few.p95, few.p99, few.largest) == (2, 3, 3, 3)
    assert quantiles(np.array([])) is None


def test_unfinished_flows_do_not_count() -> None:
    flows = flow_table([(1000, 0, 50, 10), (1000, 0, -1, 10), (1000, 0, 70, 10)])
    found = fct_quantiles(flows)
    assert found is not None
    assert (found.count, found.p50, found.largest) == (2, 50, 70)
    assert fct_quantiles(flow_table([(1, 0, -1, 1)])) is None


def test_bins_hold_their_upper_edge() -> None:
    rows = [(10_000, 0, 20, 10), (10_001, 0, 30, 10), (100_000, 0, 40, 10), (10**7 + 1, 0, 10, 10)]
    bins = slowdown_by_size(flow_table([*rows, (500_000, 0, -1, 10)]))
    found = [(b.above_bytes, b.upto_bytes, b.slowdown.count, b.slowdown.largest) for b in bins]
    assert found == [
        (0, 10_000, 1, 2.0),
        (10_000, 100_000, 2, 4.0),
        (10_000_000, None, 1, 1.0),
    ]


def test_goodput_spans_first_start_to_last_completion() -> None:
    flows = flow_table([(1000, 1_000, 9_000, 1), (3000, 2_000, 3_000, 1)])
    # 4000 B in 9 ns, to the completion at 10 ns.
    assert goodput_bps(flows, 50_000) == pytest.approx(4000 * 8 / 9e-9)
    # An unfinished flow extends the time to the end of the run; it has delivered 500 B.
    with_open = flow_table([(1000, 1_000, -1, 1), (3000, 2_000, 3_000, 1)])
    assert goodput_bps(with_open, 51_000) == pytest.approx(3500 * 8 / 50e-9)
    # One that has not started does not.
    later = flow_table([(0, 90_000, -1, 1), (3000, 2_000, 3_000, 1)])
    assert goodput_bps(later, 51_000) == pytest.approx(3000 * 8 / 3e-9)
    assert goodput_bps(flow_table([(0, 0, -1, 1)]), 10) is None


def tables(links: list[tuple[int, int]], paused: list[tuple[int, int, int]]) -> tuple[Table, Table]:
    """Ports (node, peer node), all at switches, and paused (port, priority, bytes)."""
    node, peer = (np.array(column) for column in zip(*links, strict=True))
    port, priority, held = (np.array(column) for column in zip(*paused, strict=True))
    ports = {"peer_node": peer, "at_switch": np.ones(len(node), dtype=bool)}
    classes = {
        "port": port,
        "node": node[port],
        "priority": priority,
        "paused": np.ones(len(port), dtype=bool),
        "queue_bytes": held,
    }
    return Table("classes", classes), Table("ports", ports)


TRIANGLE = [(0, 1), (1, 2), (2, 0), (0, 9)]


def test_a_ring_is_found_behind_a_tail() -> None:
    # Port 4 of node 5 waits for node 0 but nothing waits for it.
    links = [*TRIANGLE, (5, 0)]
    paused = [(4, 3, 10), (0, 3, 10), (1, 3, 10), (2, 3, 10)]
    assert sorted(pause_cycle(*tables(links, paused))) == [1, 2, 3]


@pytest.mark.parametrize(
    "paused",
    [
        [(0, 3, 10), (1, 3, 10)],  # open
        [(0, 3, 10), (1, 3, 10), (2, 4, 10)],  # another priority
        [(0, 3, 10), (1, 3, 10), (2, 3, 0)],  # one of them holds nothing
        [(0, 3, 10), (1, 3, 10), (3, 3, 10)],
    ],
)
def test_no_ring(paused: list[tuple[int, int, int]]) -> None:
    assert pause_cycle(*tables(TRIANGLE, paused)) == []


def test_a_ring_reached_over_a_dead_end() -> None:
    # Node 0 has two paused queues: the first leads nowhere, the second closes the ring.
    links = [(0, 9), (0, 1), (1, 2), (2, 0)]
    paused = [(0, 3, 1), (1, 3, 1), (2, 3, 1), (3, 3, 1)]
    assert sorted(pause_cycle(*tables(links, paused))) == [1, 2, 3]


def test_hosts_are_never_part_of_a_ring() -> None:
    classes, ports = tables([(0, 1), (1, 0)], [(0, 3, 5), (1, 3, 5)])
    assert sorted(pause_cycle(classes, ports)) == [0, 1]
    at_host = Table("ports", {**ports.to_dict(), "at_switch": np.array([True, False])})
    assert pause_cycle(classes, at_host) == []
