"""Headroom of a link and the shared pool that remains."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyfabric.compile.buffers import Pool, check_pools, headroom_bytes
from pyfabric.compile.framing import Frames
from pyfabric.errors import ScenarioError
from pyfabric.scenario import Framing

ROCE = Frames.of(Framing(), 4096)
GBPS = 10**9


def worst_arrival(
    frames: Frames, rate: int, delay: int, reaction: int, latency: int, sizes: list[int], phase: int
) -> int:
    """Bytes admitted from the frame that made XOFF on, played through frame by frame.

    Time 0: that frame is admitted, and a largest frame starts on the reverse wire. The peer sends
    ``sizes`` in turn, back to back; ``phase`` says with which it begins.
    """
    xoff_sent = int(frames.wire_ps(frames.largest, rate))
    binds = xoff_sent + int(frames.wire_ps(frames.pfc, rate)) + delay + reaction
    crossed = frames.largest
    start, total, index = -delay - latency, crossed, phase
    while start < binds:
        size = sizes[index % len(sizes)]
        total += size
        start += int(frames.wire_ps(size, rate))
        index += 1
    return total


@settings(max_examples=300, deadline=None)
@given(
    rate=st.sampled_from([10, 100, 400, 1600]),
    delay=st.integers(1, 10**7),
    reaction=st.integers(0, 10**6),
    latency=st.integers(0, 10**6),
    sizes=st.lists(st.integers(64, ROCE.largest), min_size=1, max_size=8),
    phase=st.integers(0, 7),
)
def test_headroom_covers_whatever_the_peer_still_sends(
    rate, delay, reaction, latency, sizes, phase
):
    enough = headroom_bytes(ROCE, rate * GBPS, delay, reaction, latency)
    assert worst_arrival(ROCE, rate * GBPS, delay, reaction, latency, sizes, phase) <= enough


def test_headroom_is_tight_within_one_frame():
    delay, reaction = 500_000, 200_000
    enough = headroom_bytes(ROCE, 400 * GBPS, delay, reaction, 0)
    worst = worst_arrival(ROCE, 400 * GBPS, delay, reaction, 0, [ROCE.largest], 0)
    assert worst > enough - ROCE.largest


def test_headroom_by_hand():
    """400G, 1 us, 200 ns: a frame of 4,194 B and a PFC frame of 84 B on the wire, 20 ps a byte.

    In 2,285,560 ps arrive 27.248 frames of 83,880 ps with 4,174 B to buffer, and two more frames.
    """
    window_ps = (4194 + 84) * 20 + 2 * 10**6 + 200_000
    assert window_ps == 2_285_560
    assert headroom_bytes(ROCE, 400 * GBPS, 10**6, 200_000, 0) == 113_734 + 2 * 4174
    with_pipeline = headroom_bytes(ROCE, 400 * GBPS, 10**6, 200_000, 500_000)
    assert with_pipeline - (113_734 + 2 * 4174) == pytest.approx(500_000 * 4174 / 83_880, abs=1)


def test_links_floored_to_whole_ns_need_more():
    """ns-3 rounding sends 1,048 B in 20 ns at 400G instead of 20.96."""
    exact = Frames.of(Framing("48B", "0B", "0B", "60B", "60B", "43B", "0B", 1, "ps"), 1000)
    floored = Frames.of(Framing.ns3(), 1000)
    arguments = (400 * GBPS, 10**6, 0, 0)
    assert headroom_bytes(floored, *arguments) > 1.04 * headroom_bytes(exact, *arguments)
    assert worst_arrival(floored, *arguments, [1048], 0) <= headroom_bytes(floored, *arguments)


def test_delays_of_a_second_do_not_overflow():
    assert headroom_bytes(ROCE, 10**14, 10**12, 0, 0) > 1.98 * 10**14 // 8


def test_pools_that_are_too_small_are_named_with_what_they_need():
    enough = Pool("leaf0", buffer=1000, headroom=500, reserves=100, smallest=400)
    check_pools([enough])
    assert enough.shared == 400
    small = [Pool(f"spine{i}", 1000, 500, 200, 400) for i in range(3)]
    with pytest.raises(ScenarioError) as error:
        check_pools([enough, *small, Pool("leaf1", 100, 500, 0, 400)])
    assert [fault.path for fault in error.value.faults] == ["switch spine0", "switch leaf1"]
    text = str(error.value)
    assert "buffer 1kB is too small" in text
    assert "allowed: from 1100B" in text
    assert "so are 2 other switches" in text
