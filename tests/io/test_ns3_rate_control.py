"""Many flows under the congestion controls of model="ns3" against the same rules in plain Python,
to the ns: the completion of every flow, every pause and resume."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import ns3_agreement
import pytest
from ns3_agreement import plain_run
from ns3_dcqcn import Dcqcn
from ns3_dctcp import Dctcp
from ns3_draws import Streams
from ns3_fabrics import HPCC as HPCC_KEYS
from ns3_fabrics import experiment, leaf_spine, star
from ns3_hpcc import Hpcc
from ns3_reference import Network
from ns3_timely import Timely

import pyfabric as pf
from pyfabric.workload.sizes import FlowSizes

_MIB = 1 << 20
_WINDOW = {"HAS_WIN": "1", "VAR_WIN": "1"}
#: CC_MODE -> its keys and its plain model.
MODES: dict[int, tuple[dict[str, str], type[Network]]] = {
    1: ({"CC_MODE": "1"}, Dcqcn),
    3: (HPCC_KEYS, Hpcc),
    7: ({"CC_MODE": "7", "RATE_AI": "100Mb/s", "RATE_HAI": "500Mb/s"}, Timely),
    8: ({"CC_MODE": "8", "EWMA_GAIN": "0.0625", "DCTCP_RATE_AI": "615Mb/s"}, Dctcp),
}


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def by_rate(at_100g: object, at_400g: object) -> str:
    return f"2 100000000000 {at_100g} 400000000000 {at_400g}"


def marking(kmin_kb: int, kmax_kb: int, pmax: float) -> dict[str, str]:
    """The three maps; thresholds at 400G are four times those at 100G."""
    return {
        "KMIN_MAP": by_rate(kmin_kb, 4 * kmin_kb),
        "KMAX_MAP": by_rate(kmax_kb, 4 * kmax_kb),
        "PMAX_MAP": by_rate(pmax, pmax),
    }


def by_gbps(kmin_kb: int, kmax_kb: int, pmax: float) -> dict[int, tuple[int, int, float]]:
    """The same in bytes."""
    return {
        rate: (kmin_kb * 1000 * times, kmax_kb * 1000 * times, pmax)
        for rate, times in ((100, 1), (400, 4))
    }


def agree(
    tmp_path: Path,
    mode: int,
    topology: str,
    flows: list[tuple[object, ...]],
    *,
    buffer_mib: int = 4,
    marks: tuple[int, int, float] = (100, 400, 0.2),
    windowed: bool = False,
    rise_us: int = 300,
    lowest_mbps: int = 1000,
    int_multi: int = 4,
) -> Network:
    """The plain model's run, after both were found equal."""
    own, model = MODES[mode]
    windowed = windowed or mode == 3
    keys = {**own, **marking(*marks), **(_WINDOW if windowed else {})}
    keys |= {"INT_MULTI": str(int_multi)} if mode == 3 else {}
    keys |= {"RP_TIMER": str(rise_us), "MIN_RATE": f"{lowest_mbps}Mb/s"}
    made = experiment(tmp_path, topology, flows, BUFFER_SIZE=str(buffer_mib), **keys)
    given = {
        "marks": by_gbps(*marks),
        "rise_ns": rise_us * 1000,
        "lowest": lowest_mbps * 10**6,
        # Before a run there are 6 streams of each node and 2 of the links' errors.
        "first_stream": 6 * made.network.nodes + 2,
        "trip_ns": made.farthest().rtt_ns,
        "multi": int_multi,
    }
    model = type(model.__name__, (model,), given)
    window = made.farthest().bdp_bytes if windowed else 0
    wanted = plain_run(made, buffer_mib * _MIB, window, model=model)
    ns3_agreement.agree(made, wanted, tmp_path)
    return wanted


def draw(seed: int, mode: int, tmp_path: Path) -> Network:
    """A fabric, flows that often start together and to one host, a buffer that often pauses."""
    dice = random.Random(f"{seed} {mode}")
    if dice.random() < 0.4:
        hosts = dice.randint(3, 10)
        topology = star(hosts)
    else:
        leaves, below, spines = dice.randint(2, 4), dice.randint(2, 4), dice.randint(1, 4)
        hosts, topology = leaves * below, leaf_spine(leaves, below, spines)
    topology = topology.replace("1000ns", dice.choice(["1000ns", "1000ns", "600ns", "1500ns"]))
    target = dice.randrange(hosts)
    flows: list[tuple[object, ...]] = []
    for start in sorted(dice.choice([0, 83, dice.randint(0, 40_000)]) for _ in range(16)):
        src = dice.randrange(hosts)
        dst = target if dice.random() < 0.8 else dice.randrange(hosts)
        if src == dst:
            dst = (src + 1) % hosts
        size = dice.choice([1, 1002, dice.randint(1, 400_000), dice.randint(1, 5000), 300_000])
        flows.append((src, dst, size, 3, f"2.{start:09d}"))
    kmin = dice.choice([5, 30, 100])
    step = mode == 8 and dice.random() < 0.5
    marks = (kmin, kmin, 1.0) if step else (kmin, 4 * kmin, dice.choice([0.2, 1.0]))
    return agree(
        *(tmp_path, mode, topology, flows),
        buffer_mib=dice.choice([2, 2, 2, 4]),
        marks=marks,
        windowed=dice.random() < 0.4,
        rise_us=dice.choice([8, 20, 300]),
        lowest_mbps=dice.choice([100, 1000]),
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(1))
def test_random_experiments(tmp_path: Path, seed: int, mode: int) -> None:
    draw(seed, mode, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_random_experiments(tmp_path: Path, seed: int, mode: int) -> None:
    draw(seed, mode, tmp_path)


SIXTEEN = leaf_spine(leaves=4, hosts_per_leaf=4, spines=4)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("senders", "size"), [(1, 300_000), (2, 120_000), (8, 60_000), (15, 30_000)]
)
def test_incasts(tmp_path: Path, mode: int, senders: int, size: int) -> None:
    flows = [(host, 0, size) for host in range(16 - senders, 16)]
    agree(tmp_path, mode, SIXTEEN, flows, marks=(30, 120, 0.2), windowed=mode == 8)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("senders", [2, 8, 15])
def test_long_incasts(tmp_path: Path, mode: int, senders: int) -> None:
    """The thresholds of the published runs; they end in the increases after the last cut."""
    flows = [(host, 0, 1_500_000 // senders) for host in range(16 - senders, 16)]
    marks = (300, 300, 1.0) if mode == 8 else (100, 400, 0.2)
    agree(tmp_path, mode, SIXTEEN, flows, marks=marks, windowed=mode == 8)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [20_000, pytest.param(500_000, marks=pytest.mark.slow)])
def test_permutation(tmp_path: Path, mode: int, size: int) -> None:
    """Flows between racks; some share an uplink by their hashes."""
    flows = [(host, (host * 5 + 7) % 16, size) for host in range(16)]
    assert sorted(dst for _, dst, _ in flows) == list(range(16))
    assert all(src != dst for src, dst, _ in flows)
    agree(tmp_path, mode, SIXTEEN, flows, windowed=mode == 8)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("count", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_websearch(tmp_path: Path, mode: int, count: int) -> None:
    """Sizes of the published table up to 1 MB, starts 2 us apart on average."""
    dice = random.Random(f"websearch {mode}")
    points = [point for point in FlowSizes.named("websearch").points if point[0] <= 1_000_000]
    flows: list[tuple[object, ...]] = []
    start = 0
    for _ in range(count):
        start += int(dice.expovariate(1 / 2000))
        src, dst = dice.sample(range(16), 2)
        share = dice.random() * float(points[-1][1])
        below, above = next(
            pair for pair in itertools.pairwise(points) if float(pair[1][1]) >= share
        )
        size = dice.randint(max(1, int(below[0])), int(above[0])) // (6 if count == 12 else 1) + 1
        flows.append((src, dst, size, 3, f"2.{start:09d}"))
    agree(tmp_path, mode, SIXTEEN, flows, marks=(30, 120, 0.2), windowed=mode == 8)


def test_hpcc_in_coarse_units(tmp_path: Path) -> None:
    """A packet of 1090 B is less than the unit, 128 * 16 B: telemetry often tells of no bytes."""
    flows = [(host, 0, 200_000) for host in (1, 2)]
    agree(tmp_path, 3, star(3, "400Gbps"), flows, int_multi=16)


def test_draws_are_those_of_the_published_generator() -> None:
    """From the package of L'Ecuyer et al. (2002): the first number of its default seed; and each
    draw is the first number of the next stream."""
    assert abs(Streams(0, substream=0, seed=12_345).next() - 0.127011122046577) < 1e-15
    streams = Streams(5)
    streams.skip()
    assert streams.next() == Streams(6).next()


def test_ticks_of_dcqcn_do_not_keep_a_dead_run_alive(tmp_path: Path) -> None:
    """There is no timeout: a flow whose last packet is lost hangs, with its timers on."""
    topology = star(4).replace("1000ns 0\n", "1000ns 0.02\n")
    flows = [(sender, 0, 300_000) for sender in (1, 2, 3)]
    made = experiment(tmp_path, topology, flows, **MODES[1][0], **marking(10, 40, 0.5))
    result = pf.simulate(made.scenario.replace(until=None), max_wall="20s")
    assert result.stop_reason == "deadlock"
    hung = result.flows["status"] == "running"
    assert hung.any()
    assert result.queue_pairs["cnps_received"][result.flows["qp"][hung]].all()
