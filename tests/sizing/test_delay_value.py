"""802.1Qbb headroom: by hand, against the compiler, and against frames played one by one."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pyfabric as pf
from pyfabric.compile.buffers import headroom_bytes
from pyfabric.compile.framing import Frames

RATES = (10, 25, 40, 50, 100, 200, 400, 800)
MM = 1_000
rates = st.sampled_from(RATES).map(lambda gbps: gbps * 10**9)
cables = st.integers(1, 10**9)  # mm, to 1,000 km
times = st.integers(0, 3 * 10**6)


def test_by_hand() -> None:
    """100G, 100 m, 9,216 B: 73,888 + 672 + 122,880 + 2 x 50,000 + 201,728 bit times of line.

    Of each 9,236 B on the wire 9,216 are buffered; two more frames on top.
    """
    found = pf.headroom("100G", "100m", mtu=9216)
    bits = 73_888 + 672 + 122_880 + 2 * 50_000 + 201_728
    assert bits == 499_168
    assert found.bytes == -(-bits * 9216 // (9236 * 8)) + 2 * 9216
    assert {term.name: term.time_ps for term in found.terms} == {
        "frame that crossed XOFF": None,
        "frame on the reverse wire": 738_880,
        "PFC frame": 6_720,
        "own MAC and PHY": 1_228_800,
        "cable, PFC frame": 500_000,
        "reaction of the peer": 2_017_280,
        "cable, data": 500_000,
        "last frame of the peer": None,
    }


@pytest.mark.parametrize(("gbps", "published_bytes"), [(25, 27_600), (40, 34_200), (100, 71_600)])
def test_sum_of_the_published_bit_times(gbps: int, published_bytes: int) -> None:
    """The delay value without the frame that crosses XOFF, gaps counted, for 100 m and 9,216 B
    (bit times as in Cisco Press 2023; rounded to 100 B).
    """
    found = pf.headroom(f"{gbps}G", "100m")
    waited_ps = sum(term.time_ps or 0 for term in found.terms)
    on_wire = waited_ps * gbps / 8_000 + 9_236
    assert on_wire == pytest.approx(published_bytes, abs=50)


@given(
    rate=rates,
    delay=st.integers(1, 10**9),
    reaction=times,
    latency=times,
    payload=st.integers(64, 2284).map(lambda quads: 4 * quads),
)
def test_it_is_what_the_compiler_gives_a_link(
    rate: int, delay: int, reaction: int, latency: int, payload: int
) -> None:
    frames = Frames.of(pf.Framing(), payload)
    found = pf.headroom(
        rate, delay=delay, mtu=frames.largest, reaction=reaction, interface=0, latency=latency
    )
    assert found.bytes == headroom_bytes(frames, rate, delay, reaction, latency)


@pytest.mark.parametrize(("rate", "cable"), [("100Gbps", "1m"), ("400Gbps", "300m")])
def test_it_is_the_headroom_of_a_scenario(rate: str, cable: str) -> None:
    found = pf.headroom(rate, cable, mtu=4174, reaction="200ns", interface=0)
    fabric = pf.star(2, rate, link_delay=found.delay_ps)
    plan = pf.compile_plan(pf.Scenario(fabric, pf.Flow(0, 1, 1)))
    assert plan.columns["port_headroom_bytes"].tolist()[-2:] == [found.bytes] * 2


def arrivals(
    found: pf.Headroom, waited_ps: int, sizes: list[int], phase: int, unit: int = 1
) -> int:
    """Memory in units that the frames take which a peer sends back to back for ``waited_ps``, after
    one largest frame crossed the threshold.
    """
    taken = -(-found.lossless_mtu_bytes // unit)
    start = 0
    while start < waited_ps:
        size = sizes[phase % len(sizes)]
        taken += -(-size // unit)
        start += -(-(size + 20) * 8 * 10**12 // found.rate_bps)
        phase += 1
    return taken


@settings(max_examples=300)
@given(
    rate=rates,
    cable=st.integers(1, 10**6),
    largest=st.integers(64, 9216),
    more=st.integers(0, 4000),
    reaction=times,
    interface=times,
    cell=st.integers(64, 300),
    sizes=st.lists(st.integers(0, 9152), min_size=1, max_size=6),
    phase=st.integers(0, 5),
)
@example(400 * 10**9, 300_000, 4174, 5042, 10**6, 10**6, 144, [81], 0)  # cells worst: 145 B
def test_it_covers_whatever_the_peer_still_sends(
    rate: int,
    cable: int,
    largest: int,
    more: int,
    reaction: int,
    interface: int,
    cell: int,
    sizes: list[int],
    phase: int,
) -> None:
    found = pf.headroom(
        rate,
        cable,
        mtu=largest + more,
        lossless_mtu=largest,
        reaction=reaction,
        interface=interface,
        cell=cell,
    )
    frames = [min(64 + size, largest) for size in sizes]
    wires_ps = (largest + more + 20 + 84) * 8 * 10**12 / rate
    waited_ps = int(wires_ps) + 2 * found.delay_ps + reaction + interface
    assert arrivals(found, waited_ps, frames, phase) <= found.bytes
    assert found.cells is not None
    assert arrivals(found, waited_ps, frames, phase, cell) <= found.cells


def test_cells_are_tight_within_a_largest_frame() -> None:
    """Frames of 145 B fill two cells of 144 B each."""
    found = pf.headroom("400G", "300m", cell=144)
    waited_ps = sum(term.time_ps or 0 for term in found.terms)
    worst = arrivals(found, waited_ps, [145], 0, 144)
    assert found.cells is not None
    assert worst <= found.cells < worst + 9216 // 144 + 2
    large = pf.headroom("400G", "300m", cell=144, smallest_frame=4096)
    assert large.cell_bytes is not None
    assert large.bytes < large.cell_bytes < 1.06 * large.bytes


@given(rate=rates, cable=cables, mtu=st.integers(64, 9216), drain=rates, cell=st.integers(1, 512))
def test_sums(rate: int, cable: int, mtu: int, drain: int, cell: int) -> None:
    drain = min(rate, drain)
    found = pf.headroom(rate, cable, mtu=mtu, drain=drain, cell=cell, classes=2, ports=32)
    frame_ps = -(-(mtu + 20) * 8 * 10**12 // rate)
    waited_ps = sum(term.time_ps or 0 for term in found.terms)
    assert found.bytes == sum(term.bytes for term in found.terms)
    assert found.bytes == 2 * mtu - (-waited_ps * mtu // frame_ps)
    assert found.cell_bytes is not None
    assert found.cell_bytes == found.memory_bytes >= found.bytes
    assert found.full_throughput_bytes == sum(term.bytes for term in found.resume_terms)
    assert found.total_bytes == found.memory_bytes + found.full_throughput_bytes
    assert found.switch_bytes == 32 * found.port_bytes == 64 * found.memory_bytes
    assert all(term.bytes >= 0 for term in found.terms + found.resume_terms)


@given(rate=rates, cable=cables, mtu=st.integers(64, 9200), more=st.integers(1, 10**6))
def test_more_of_anything_needs_no_less(rate: int, cable: int, mtu: int, more: int) -> None:
    base = {"reaction": 10**6, "interface": 10**5, "latency": 0, "mtu": mtu}

    def needed(rate: int = rate, cable: int = cable, **changes: int) -> tuple[int, int]:
        found = pf.headroom(rate, cable, **(base | changes))
        return found.bytes, found.full_throughput_bytes or 0

    least = needed()
    longer = needed(cable=cable + more)
    assert longer >= least
    assert longer[1] >= least[1]
    assert needed(rate=rate + 10**9) >= least
    for name in ("reaction", "interface", "latency"):
        assert needed(**{name: base[name] + more}) >= least
    assert needed(mtu=mtu + 16) >= least


@pytest.mark.parametrize("km", [10, 80, 300, 1000])
@pytest.mark.parametrize("gbps", [100, 400, 800])
def test_long_links_need_the_bandwidth_delay_product(km: int, gbps: int) -> None:
    """Round trip x rate, 5 us a km: 1.25 MB at 100G over 10 km, 1 GB at 800G over 1,000 km; and as
    much again below XON. Gaps take 0.22 %, what is not cable under 250 kB.
    """
    found = pf.headroom(f"{gbps}G", f"{km}km")
    product = 2 * km * 5e-6 * gbps * 1e9 / 8
    assert product * 0.9978 < found.bytes < product * 0.9979 + 250_000
    assert found.full_throughput_bytes is not None
    assert abs(found.full_throughput_bytes - found.bytes) <= 2 * 9216
    fit = found.ports_that_fit()
    assert (max(fit.values()) == 0) == (found.total_bytes > 164_505_640)
    assert ("external packet memory" in str(found)) == (found.total_bytes > 164_505_640)


def test_velocity_of_the_cable() -> None:
    assert pf.headroom("100G", "10km").delay_ps == 50 * 10**6
    assert pf.headroom("100G", "10km", delay_per_metre="4.76ns").delay_ps == 47_600_000
    assert pf.headroom("100G", 1, delay_per_metre=3_336).delay_ps == 4  # 1 mm, rounded up
    by_delay = pf.headroom("100G", delay="50us")
    assert by_delay.terms == pf.headroom("100G", "10km").terms
    assert by_delay.cable_mm is None
