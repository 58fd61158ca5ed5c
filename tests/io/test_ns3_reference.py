"""Random experiments under model="ns3" against the same rules in plain Python, to the ns: the
completion of every flow, every pause and resume."""

from __future__ import annotations

import random
from pathlib import Path

import ns3_agreement
import pytest
from ns3_agreement import plain_run
from ns3_fabrics import START_NS, experiment, leaf_spine, star
from ns3_parts import murmur3
from ns3_reference import Network

from pyfabric.io import ns3

_MIB = 1 << 20


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def agree(made: ns3.Experiment, tmp_path: Path, buffer: int, window: int, urgent: bool) -> Network:
    wanted = plain_run(made, buffer, window, urgent)
    ns3_agreement.agree(made, wanted, tmp_path)
    return wanted


def test_the_hash_is_murmur3() -> None:
    # Vectors of the SMHasher family: seed 0x9747b28c and 0.
    assert murmur3(b"Hello, world!", 0x9747B28C) == 0x24884CBA
    assert murmur3(b"aaaa", 0x9747B28C) == 0x5A97808A
    assert murmur3(b"", 1) == 0x514E28B7


def draw(seed: int, tmp_path: Path) -> tuple[ns3.Experiment, int, int, bool]:
    """A fabric, flows that often start together, a buffer that often pauses."""
    dice = random.Random(seed)
    if dice.random() < 0.4:
        hosts = dice.randint(3, 10)
        topology = star(hosts)
    else:
        leaves, below, spines = dice.randint(2, 4), dice.randint(2, 4), dice.randint(1, 4)
        hosts, topology = leaves * below, leaf_spine(leaves, below, spines)
    starts = sorted(dice.choice([0, 0, 83, 1083, dice.randint(0, 20_000)]) for _ in range(30))
    groups = [3] if dice.random() < 0.7 else [3, 4, 1]
    target = dice.randrange(hosts)
    flows = []
    for start in starts:
        src = dice.randrange(hosts)
        dst = target if dice.random() < 0.8 else dice.randrange(hosts)
        if src == dst:
            dst = (src + 1) % hosts
        size = dice.choice([1, 1000, 1002, dice.randint(1, 400_000), dice.randint(1, 5000)])
        flows.append((src, dst, size, dice.choice(groups), f"2.{start:09d}"))
    buffer = dice.choice([1, 1, 2])
    urgent, window = dice.random() < 0.3, dice.random() < 0.4
    keys = {"ACK_HIGH_PRIO": str(int(urgent)), "HAS_WIN": str(int(window))}
    made = experiment(*(tmp_path, topology, flows), ENABLE_QCN="0", BUFFER_SIZE=str(buffer), **keys)
    return made, buffer * _MIB, made.farthest().bdp_bytes if window else 0, urgent


@pytest.mark.parametrize("seed", range(12))
def test_random_experiments(tmp_path: Path, seed: int) -> None:
    made, *rest = draw(seed, tmp_path)
    agree(made, tmp_path, *rest)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_many_random_experiments(tmp_path: Path, seed: int) -> None:
    made, *rest = draw(seed, tmp_path)
    agree(made, tmp_path, *rest)


def test_fifteen_to_one_pauses_and_resumes(tmp_path: Path) -> None:
    flows = [(host, 0, 300_000) for host in range(1, 16)]
    topology = leaf_spine(leaves=4, hosts_per_leaf=4, spines=4)
    made = experiment(tmp_path, topology, flows, ENABLE_QCN="0", BUFFER_SIZE="4")
    wanted = agree(made, tmp_path, 4 * _MIB, 0, False)
    assert {what for *_, what in wanted.pfc} == {0, 1}
    assert wanted.pfc[0][0] > START_NS


def test_flows_spread_over_spines(tmp_path: Path) -> None:
    """Each flow takes the way of the hash; together they take every spine."""
    flows = [(src, dst, 1_000) for src in range(4) for dst in range(4, 8)]
    made = experiment(tmp_path, leaf_spine(2, 4, 4), flows, ENABLE_QCN="0")
    wanted = agree(made, tmp_path, 32 * _MIB, 0, False)
    assert set().union(*wanted.spines.values()) == {8, 9, 10, 11, 12, 13}
