"""The closed form of ideal_fct_ps against the recursion of every packet over every link."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyfabric.compile.framing import Frames
from pyfabric.compile.ideal import ideal_fct_ps, one_way_ps
from pyfabric.compile.plan import OPS
from pyfabric.scenario import Framing

ROCE = Frames.of(Framing(), 4096)
NO_RETH = "send"


def packet_sizes(frames: Frames, op: str, size: int) -> list[int]:
    """L2 bytes of every packet of a message, written down from the wire format."""
    payloads = [frames.mtu] * (size // frames.mtu) + [size % frames.mtu] * (size % frames.mtu > 0)
    sizes = [frames.header + -(-p // frames.pad) * frames.pad for p in payloads]
    if op == "write":
        sizes[0] += frames.reth
    if op == "read":
        sizes[0] += frames.aeth
        if len(sizes) > 1:
            sizes[-1] += frames.aeth
    return sizes


def wire_ps(frames: Frames, size: int, rate: int) -> int:
    bits = (size + frames.gap) * 8 * 10**12
    return bits // 1000 // rate * 1000 if frames.truncate_ns else -(-bits // rate)


def recursion_ps(frames: Frames, sizes: list[int], rates: list[int], delays: list[int]) -> int:
    """Store and forward, packet by packet: start = max(arrival, free), free = start + wire time."""
    free = [0] * len(rates)
    arrival = 0
    for size in sizes:
        arrival = 0
        for link, (rate, delay) in enumerate(zip(rates, delays, strict=True)):
            free[link] = max(arrival, free[link]) + wire_ps(frames, size, rate)
            arrival = free[link] + delay
    return arrival


def closed_form_ps(
    frames: Frames, op: str, size: int, rates: list[int], delays: list[int], request: int = 0
) -> int:
    padding = [0, 0]
    return int(
        ideal_fct_ps(
            frames,
            np.array([OPS[op]], dtype=np.uint8),
            np.array([size]),
            np.array([rates + padding]),
            np.array([delays + padding]),
            np.array([request]),
        )[0]
    )


links = st.lists(
    st.tuples(
        st.sampled_from([10**9, 25 * 10**9, 100 * 10**9, 333_333_333_333, 16 * 10**11]),
        st.integers(1, 10**8),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=400, deadline=None)
@given(
    route=links,
    op=st.sampled_from(sorted(OPS)),
    size=st.integers(1, 60_000),
    mtu=st.integers(256, 9216),
    ns3=st.booleans(),
    extra=st.integers(0, 400),
)
def test_closed_form_equals_the_recursion(route, op, size, mtu, ns3, extra):
    framing = Framing.ns3() if ns3 else Framing(reth=16 + extra, aeth=4 + extra)
    frames = Frames.of(framing, mtu)
    rates, delays = [rate for rate, _ in route], [delay for _, delay in route]
    expected = recursion_ps(frames, packet_sizes(frames, op, size), rates, delays)
    assert closed_form_ps(frames, op, size, rates, delays, request=7) == expected + 7 * (
        op == "read"
    )


@pytest.mark.parametrize(
    ("gbps", "expected_us"),
    [
        ([400] * 2, [2.006, 2.167, 3.421, 23.475, 344.345]),
        ([400] * 4, [4.012, 4.334, 5.588, 25.642, 346.512]),
        ([400] * 6, [6.018, 6.501, 7.755, 27.809, 348.680]),
        ([100, 400, 400, 400, 400, 100], [6.035, 7.003, 12.016, 92.234, 1375.716]),
    ],
)
def test_table_u1(gbps, expected_us):
    """Oracle U1: payload 4,096 B, 82 B on every packet, 1 us per link."""
    sizes = [64, 4096, 64 * 1024, 1024**2, 16 * 1024**2]
    rates, delays = [g * 10**9 for g in gbps], [10**6] * len(gbps)
    got = [closed_form_ps(ROCE, NO_RETH, size, rates, delays) / 1e6 for size in sizes]
    assert [round(us, 3) for us in got] == expected_us


def test_equal_packets_are_the_textbook_formula():
    rates = [100 * 10**9, 40 * 10**9, 400 * 10**9]
    wire = [wire_ps(ROCE, 4158, rate) for rate in rates]
    n = 1000
    expected = 3 * 10**6 + sum(wire) + (n - 1) * max(wire)
    assert closed_form_ps(ROCE, NO_RETH, n * 4096, rates, [10**6] * 3) == expected


def test_write_pays_reth_once_and_read_pays_its_request():
    rates, delays = [100 * 10**9] * 2, [10**6] * 2
    send, write, read = (
        closed_form_ps(ROCE, op, 64, rates, delays) for op in ("send", "write", "read")
    )
    assert write - send == 2 * 16 * 80
    assert read - send == 2 * 4 * 80
    assert ROCE.read_request == 78


def test_endless_messages_have_no_ideal():
    assert closed_form_ps(ROCE, "write", -1, [10**9], [1]) == -1


def test_one_way_ignores_the_padding_of_shorter_paths():
    rate = np.array([[100 * 10**9, 400 * 10**9], [100 * 10**9, 0]])
    delay = np.array([[10**6, 10**6], [10**6, 0]])
    assert one_way_ps(ROCE, 66, rate, delay).tolist() == [2 * 10**6 + 86 * 100, 10**6 + 86 * 80]
