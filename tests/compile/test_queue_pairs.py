"""Queue pairs, message order, PSNs, and who posts what."""

from __future__ import annotations

import numpy as np
import pytest

from pyfabric.compile.flows import BYTES_PER_FLOW, Operations, bind, check_memory
from pyfabric.compile.framing import Frames
from pyfabric.compile.plan import OPS
from pyfabric.compile.ports import port_table
from pyfabric.compile.queue_pairs import ENDLESS, group_flows, posting_columns
from pyfabric.errors import ScenarioError
from pyfabric.scenario import Framing
from pyfabric.topology import star
from pyfabric.workload.arrays import columns, join

FRAMES = Frames.of(Framing(), 4096)


def operations(rows, *, per_pair=True, jitter=None) -> Operations:
    """Operations of (src, dst, size, start[, op[, priority]]) on four hosts with two GPUs each."""
    arrays = star(hosts=4, rate="100Gbps", gpus_per_host=2).expand()
    full = [(*row, "write", -1)[:4] + (*row[4:], "write", -1)[:1] + (-1,) for row in rows]
    src, dst, size, start, op, _ = zip(*full, strict=True)
    priority = [row[5] if len(row) > 5 else -1 for row in rows]
    flows = columns(
        len(rows),
        src=src,
        dst=dst,
        size_bytes=size,
        start_ps=start,
        priority=priority,
        op=[OPS[name] for name in op],
        per_pair=per_pair,
    )
    jitter = np.zeros(4, dtype=np.int64) if jitter is None else np.array(jitter)
    return bind(join([flows], ("list",), [0]), arrays, port_table(arrays), 3, jitter)


def test_fresh_flows_have_a_queue_pair_each():
    pairs = group_flows(operations([(0, 2, 100, 0)] * 3, per_pair=False), FRAMES)
    assert pairs.of_flow.tolist() == [0, 1, 2]
    assert pairs.first_psn.tolist() == [0, 0, 0]
    assert pairs.message_first.tolist() == [0, 1, 2, 3]


def test_messages_of_a_pair_follow_each_other_by_start_then_flow():
    rows = [(0, 2, 8192, 50), (0, 4, 1, 0), (0, 2, 4097, 10), (0, 2, 1, 50), (2, 0, 1, 0)]
    pairs = group_flows(operations(rows), FRAMES)
    assert pairs.of_flow.tolist() == [0, 1, 0, 0, 2]
    assert pairs.leader.tolist() == [0, 1, 4]
    assert pairs.message_flow.tolist() == [2, 0, 3, 1, 4]
    assert pairs.message_first.tolist() == [0, 3, 4, 5]
    assert pairs.packets.tolist() == [2, 1, 2, 1, 1]
    assert pairs.first_psn.tolist() == [2, 0, 0, 4, 0]


def test_a_pair_is_of_endpoints_class_and_direction_of_data():
    rows = [
        (0, 2, 1, 0),
        (0, 3, 1, 0),
        (0, 2, 1, 0, "send"),
        (0, 2, 1, 0, "write", 5),
        (0, 2, 1, 0, "read"),
        (2, 0, 1, 0, "write"),
    ]
    pairs = group_flows(operations(rows), FRAMES)
    assert pairs.of_flow.tolist() == [0, 1, 0, 2, 3, 4]


def test_a_read_is_posted_by_the_receiver_of_its_data():
    ops = operations([(0, 2, 1, 5, "read"), (2, 4, 1, 5)], jitter=[100, 200, 0, 0])
    assert ops.tx_address.tolist() == [1, 1]
    assert ops.rx_address.tolist() == [0, 2]
    assert ops.requester.tolist() == [0, 1]
    assert ops.start_ps.tolist() == [105, 205]


def test_operations_are_listed_by_host_start_and_flow():
    ops = operations([(2, 0, 1, 9), (0, 2, 1, 5), (0, 4, 1, 5), (0, 6, 1, 1)], per_pair=False)
    posting = posting_columns(ops, nodes=5)
    assert posting["start_first"].tolist() == [0, 3, 4, 4, 4, 4]
    assert posting["start_flow"].tolist() == [3, 1, 2, 0]


def test_an_endless_message_must_be_the_last_of_its_queue_pair():
    pairs = group_flows(operations([(0, 2, -1, 5), (0, 2, 4097, 0)]), FRAMES)
    assert pairs.packets.tolist() == [ENDLESS, 2]
    assert pairs.first_psn.tolist() == [2, 0]
    with pytest.raises(ScenarioError, match=r"workload 'list', flow 1: waits for ever behind flow"):
        group_flows(operations([(0, 2, -1, 0), (0, 2, 4097, 5)]), FRAMES)


def test_more_packets_than_psns_are_refused():
    terabytes = 4096 * (2**32 - 2)
    assert group_flows(operations([(0, 2, terabytes, 0)]), FRAMES).packets[0] == 2**32 - 2
    with pytest.raises(ScenarioError, match=r"4294967295 packets \(allowed: up to 4294967294"):
        group_flows(operations([(0, 2, terabytes, 0), (0, 2, 1, 1)]), FRAMES)


def test_ten_to_the_nine_flows_are_refused_with_the_memory_needed():
    with pytest.raises(ScenarioError) as error:
        check_memory(10**9, available_bytes=8 * 10**9)
    text = str(error.value)
    assert "1000000000 flows need about 1200.0 GB" in text
    assert f"{BYTES_PER_FLOW} bytes each" in text
    assert "this machine has 8.0 GB (allowed here: up to 6666666 flows)" in text
    check_memory(6_666_666, available_bytes=8 * 10**9)
