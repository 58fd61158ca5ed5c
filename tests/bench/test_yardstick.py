"""The built-in yardstick is the program ``benchmarks/node_major.cc``: the same counts."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yardstick

from pyfabric import _yardstick

COUNTS = ("hosts", "delivered", "packet_hops", "events", "windows")


def counts(ran: dict[str, int | float]) -> dict[str, int | float]:
    return {name: ran[name] for name in COUNTS}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not there")
    return yardstick.build(tmp_path_factory.mktemp("yardstick"))


@pytest.mark.parametrize(("k", "packets"), [(2, 3), (4, 300), (6, 70), (8, 20)])
def test_counts_are_those_of_the_program(program: Path, k: int, packets: int) -> None:
    expected = yardstick.values(program, k, packets)
    assert counts(_yardstick.run(k, packets)) == {name: int(expected[name]) for name in COUNTS}


def test_it_shares_nothing_with_the_engine() -> None:
    sources = list((Path(__file__).parents[2] / "csrc" / "yardstick").iterdir())
    assert len(sources) == 3
    assert [path.name for path in sources if '#include "fabric/' in path.read_text()] == []


def test_conservation() -> None:
    """All packets arrive but those of hosts that got themselves; each takes 2, 4 or 6 links out and
    its ACK the same way back."""
    packets = 50
    counted = _yardstick.run(4, packets)
    senders, rest = divmod(int(counted["delivered"]), packets)
    assert (counted["hosts"], rest) == (16, 0)
    assert 1 <= senders <= 16
    assert 2 * 2 * packets * senders <= counted["packet_hops"] <= 2 * 6 * packets * senders
    assert counted["packet_hops"] % (4 * packets) == 0
    assert counted["packet_hops"] <= counted["events"] <= 2 * counted["packet_hops"]


def test_runs_share_no_state() -> None:
    alone = [_yardstick.run(4, packets) for packets in (10, 40, 90)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda packets: _yardstick.run(4, packets), (10, 40, 90)))
    assert list(map(counts, together)) == list(map(counts, alone))


@pytest.mark.parametrize(
    ("k", "packets", "message"),
    [
        (5, 1, "yardstick.k: must be even, got 5 (allowed: even numbers from 2 to 64)"),
        (0, 1, "got 0 (allowed: even numbers from 2 to 64)"),
        (66, 1, "got 66 (allowed: even numbers from 2 to 64)"),
        (4, 0, "yardstick.packets: out of range, got 0 (allowed: 1 to 1,000,000,000)"),
        (4, 10**10, "got 10000000000"),
    ],
)
def test_bad_input(k: int, packets: int, message: str) -> None:
    with pytest.raises(ValueError, match="yardstick") as caught:
        _yardstick.run(k, packets)
    assert message in str(caught.value)
