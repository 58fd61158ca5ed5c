"""CC_MODE 7 (TIMELY) and 8 (DCTCP): their keys, and completion times worked out on paper in both
models.

Times on the wire. model="ns3", cut to ns: a full packet of 1048 B (DCTCP) 83 ns at 100G and 20 at
400G, of 1056 B (TIMELY) 84 and 21, an ACK of 60 B 4 and 1. model="pyfabric", in ps: 83,840 and
20,960, 84,480 and 21,120, 4,800 and 1,200. Links of 1 us unless a test says otherwise.
"""

from pathlib import Path

import pytest
from ns3_fabrics import NO_MARKS, START_NS, completions, experiment, flow_text, leaf_spine, star
from ns3_files import with_keys, write_files

import pyfabric as pf
from pyfabric.io import ns3

TWO_RACKS = leaf_spine(leaves=2, hosts_per_leaf=2, spines=1)
TIMELY = {"CC_MODE": "7", "RATE_AI": "100Mb/s", "RATE_HAI": "500Mb/s"}
DCTCP = {
    "CC_MODE": "8",
    "EWMA_GAIN": "0.0625",
    "DCTCP_RATE_AI": "615Mb/s",
    "HAS_WIN": "1",
    "VAR_WIN": "1",
}
#: Whatever leaves a packet behind it in its queue is marked.
MARKS = dict.fromkeys(("KMIN_MAP", "KMAX_MAP"), "2 100000000000 0 400000000000 0")


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def control(tmp_path: Path, model: str = "pyfabric", **keys: str | None) -> pf.CongestionControl:
    write_files(tmp_path, with_keys(**keys))
    return ns3.load("config.txt", model=model).scenario.congestion_control


def exact_ps(tmp_path: Path, topology: str, **keys: str) -> int:
    """Completion in pyfabric's own model of 1,000,000 B from host 0 to host 2, in ps."""
    config = with_keys(**{**NO_MARKS, **keys})
    write_files(tmp_path, config=config, topology=topology, flows=flow_text([(0, 2, 1_000_000)]))
    result = pf.simulate(ns3.load("config.txt").scenario)
    (fct_ps,) = result.flows["sender_fct_ps"]
    return int(fct_ps)


@pytest.mark.parametrize("model", ["pyfabric", "ns3"])
def test_keys_of_timely(tmp_path: Path, model: str) -> None:
    keys = {**TIMELY, "RATE_AI": "80Mb/s", "MIN_RATE": "200Mb/s"}
    made = control(tmp_path, model, **keys)
    assert made == pf.TIMELY(
        t_low="50us",
        t_high="500us",
        min_rtt="20us",
        beta=0.8,
        ewma=0.875,
        rate_ai="80Mb/s",
        rate_hai="500Mb/s",
        hyper_after=5,
        hyper_below_t_low=True,
        segment=None,
        min_rate="200Mb/s",
    )
    # Two leaves: 8000 ns + 80 + 2 * 20 + 80 at 100 Gb/s. It does not act on marks, so its rate and
    # window change without them, too.
    windowed = control(tmp_path, model, **keys, HAS_WIN="1", VAR_WIN="1", ENABLE_QCN="0")
    assert windowed == made.replace(window=102_500, variable_window=True)
    assert control(tmp_path, model, **keys, HAS_WIN="1") == made.replace(window=102_500)


@pytest.mark.parametrize("model", ["pyfabric", "ns3"])
def test_keys_of_dctcp(tmp_path: Path, model: str) -> None:
    made = control(tmp_path, model, **DCTCP, MIN_RATE="200Mb/s", RATE_AI=None)
    assert made == pf.DCTCP(
        g="0.0625",
        initial_alpha=1,
        first_ack_updates=False,
        rate_based=True,
        window_ai=None,
        rate_ai="615Mb/s",
        min_rate="200Mb/s",
        window=102_500,
    )
    alone = control(tmp_path, model, **{**DCTCP, "HAS_WIN": "0", "MIN_RATE": "200Mb/s"})
    assert alone == made.replace(window=None)
    unmarked = {**DCTCP, "ENABLE_QCN": "0"}
    assert control(tmp_path, model, **unmarked) == pf.StaticWindow(window=102_500)


def test_keys_that_the_other_modes_do_not_use_are_listed(tmp_path: Path) -> None:
    write_files(tmp_path, with_keys(**TIMELY, DCTCP_RATE_AI="nothing"))
    listed = ns3.load("config.txt").ignored_keys
    assert {"DCTCP_RATE_AI", "EWMA_GAIN", "RP_TIMER", "FAST_REACT"} < set(listed)
    assert not {"RATE_AI", "RATE_HAI", "MIN_RATE"} & set(listed)
    write_files(tmp_path, with_keys(**DCTCP))
    listed = ns3.load("config.txt").ignored_keys
    assert {"RATE_AI", "RATE_HAI", "RP_TIMER"} < set(listed)
    assert not {"DCTCP_RATE_AI", "EWMA_GAIN", "VAR_WIN"} & set(listed)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({**TIMELY, "RATE_HAI": None}, "RATE_HAI: is missing; expected a rate such as 50Mb/s"),
        ({**TIMELY, "RATE_HAI": "5Mb"}, "RATE_HAI: '5Mb' is not a rate: unknown unit 'Mb'"),
        ({**TIMELY, "MIN_RATE": "200Gb/s"}, "MIN_RATE: 200Gb/s is above the slowest link"),
        ({**DCTCP, "MIN_RATE": "200Gb/s"}, "MIN_RATE: 200Gb/s is above the slowest link"),
        ({**DCTCP, "DCTCP_RATE_AI": None}, "DCTCP_RATE_AI: is missing; expected a rate"),
        ({**DCTCP, "DCTCP_RATE_AI": "fast"}, "DCTCP_RATE_AI: must be a rate such as"),
        ({**DCTCP, "DCTCP_RATE_AI": "1Gb/s 2"}, "DCTCP_RATE_AI: expected 1 value, got 2"),
        ({**DCTCP, "EWMA_GAIN": "0"}, "EWMA_GAIN: '0' is out of range"),
        ({**DCTCP, "EWMA_GAIN": "2"}, "EWMA_GAIN: expected the gain g of alpha, 0 to 1, got '2'"),
        ({**DCTCP, "VAR_WIN": "0"}, "VAR_WIN: 0 is not supported under CC_MODE 8"),
        ({**DCTCP, "CC_MODE": "10"}, "CC_MODE: 10 is HPCC-PINT; supported here: 1 DCQCN"),
    ],
)
def test_bad_keys(tmp_path: Path, keys: dict[str, str | None], wanted: str) -> None:
    for model in ("pyfabric", "ns3"):
        with pytest.raises(pf.ScenarioError) as caught:
            control(tmp_path, model, **keys)
        assert wanted in str(caught.value)


def test_the_time_of_sending_is_8_bytes_of_the_header(tmp_path: Path) -> None:
    write_files(tmp_path, with_keys(**TIMELY))
    assert ns3.load("config.txt").scenario.framing.header_bytes == 48 + 8
    own = ns3.Conventions(framing=pf.Framing(), timestamp="10B")
    assert ns3.load("config.txt", conventions=own).scenario.framing.header_bytes == 62 + 10
    write_files(tmp_path, with_keys(**DCTCP))
    assert ns3.load("config.txt").scenario.framing.header_bytes == 48
    with pytest.raises(pf.ScenarioError, match="timestamp"):
        ns3.Conventions(timestamp="65B")


def test_timely_at_line_rate(tmp_path: Path) -> None:
    """A round trip of 8.2 us is below T_low, so the rate only rises, and it begins at line rate."""
    wanted = 1000 * 84 + 2 * 21 + 84 + 4000 + (4 + 1 + 1 + 4) + 4000
    assert wanted == 92_136
    flows = [(0, 2, 1_000_000)]
    assert completions(tmp_path, TWO_RACKS, flows, **TIMELY) == {(0, 2): wanted}
    data_ps = 1000 * 84_480 + 2 * 21_120 + 84_480 + 4_000_000
    assert exact_ps(tmp_path, TWO_RACKS, **TIMELY) == data_ps + 2 * 4_800 + 2 * 1_200 + 4_000_000


def test_ideal_does_not_count_the_time_of_sending(tmp_path: Path) -> None:
    made = experiment(tmp_path, TWO_RACKS, [(0, 2, 1_000_000)], **TIMELY)
    made.write(pf.simulate(made.scenario), tmp_path)
    (line,) = (tmp_path / "fct.txt").read_text().splitlines()
    # Base round trip 8000 + 80 + 2 * 20 + 80, then 1,048,000 B at 100G.
    assert line.split()[5:] == [str(START_NS), "92136", str(8_200 + 1_048_000 * 8 // 100)]


def test_timely_after_a_longer_round_trip(tmp_path: Path) -> None:
    """Links of 15 us: hosts 0 (1635 packets) and 1 (100 packets) send to host 2.

    From the start of a packet to its ACK: 2 * (84 + 15000) + 2 * (4 + 15000) = 60,176 ns. Packet k
    of host 0 starts at 84 (k - 1). Packets of both hosts arrive together, host 0's first, so its
    packet k waits for k - 1 others, from the 101st on for 100: 8400 ns. The first sample (packet 1,
    60,176) only begins a window; packet 717 has left since 84 * 716 <= 60,176. The second one is
    that of packet 718: it starts at 60,228, its ACK arrives 68,576 later, at 128,804. Between T_low
    and T_high the gradient counts: 0.875 * 8400 / 20,000 = 0.3675, so R = 100 (1 - 0.8 * 0.3675) =
    70.6 Gb/s and a packet every 8448 / 70.6 = 119 ns. Packet 1534 started at 128,772, so 1535 does
    at 128,856 and is the first with that gap. Each one waits 119 - 84 less than the one before;
    packet 1635, the 100th after it, 8400 - 3500. The third sample, that of packet 1535, is too
    late. Host 1's last packet is the 200th to leave the switch, and one could leave at 0.
    """
    assert 2 * (84 + 15_000) + 2 * (4 + 15_000) == 60_176
    assert 84 * 716 <= 60_176 < 84 * 717 == 60_228
    assert 84 * 1533 == 128_772 <= 60_228 + 68_576 < 128_856
    assert int(8448 / (100 * (1 - 0.8 * 0.875 * 8400 / 20_000))) == 119
    wanted = 128_856 + 100 * 119 + 60_176 + 8400 - 100 * (119 - 84)
    topology = star(3).replace("1000ns", "15000ns")
    flows = [(0, 2, 1_635_000), (1, 2, 100_000)]
    fct = completions(tmp_path, topology, flows, **TIMELY)
    assert fct == {(0, 2): wanted, (1, 2): 199 * 84 + 60_176}


def test_dctcp_at_line_rate(tmp_path: Path) -> None:
    """The window is that of the farthest pair, (8000 + 80 + 2 * 20 + 80) * 100 / 8 = 102,500 B, 103
    packets; they take 103 * 83 = 8549 ns, longer than the first ACK: it is never shut."""
    assert (83 + 20 + 20 + 83) + 4000 + (4 + 1 + 1 + 4) + 4000 == 8216 < 103 * 83
    flows = [(0, 2, 1_000_000)]
    assert completions(tmp_path, TWO_RACKS, flows, **DCTCP) == {(0, 2): 91_133}
    data_ps = 1000 * 83_840 + 2 * 20_960 + 83_840 + 4_000_000
    assert exact_ps(tmp_path, TWO_RACKS, **DCTCP) == data_ps + 2 * 4_800 + 2 * 1_200 + 4_000_000


def test_dctcp_held_by_its_window(tmp_path: Path) -> None:
    # 400G: W = (2 * 2000 + 20 + 20) * 400 / 8 = 202,000 B, 202 packets of 20 ns, which end at 4040;
    # the first ACK comes at 4042. The 1000th packet is number 191 after four windows.
    trip = (20 + 1000) + (20 + 1000) + (1 + 1000) + (1 + 1000)
    assert trip == 4042
    fct = completions(tmp_path, star(2, "400Gbps"), [(0, 1, 1_000_000)], **DCTCP)
    assert fct == {(0, 1): 4 * 4042 + 191 * 20 + trip}


def test_dctcp_cuts_once_in_a_window_and_rises_after_it(tmp_path: Path) -> None:
    """Hosts 0 (110 packets) and 1 (one) send to host 2; no window.

    Packet k of host 0 starts at 83 (k - 1); from the second one on it waits for one packet at the
    switch, and the next one arrives as it leaves, so it is marked. Its ACK arrives at 83 k + 4174.
    The first ACK (4174, no mark) begins a window of data, to packet 51, which started at 4150. The
    second one (4340) is marked: alpha is still 1, so R = 50 Gb/s, a packet every 167 ns, and no cut
    before packet 53 (started at 4316) is acknowledged. Packet 54 starts at 4399, 54 + j at 4399 +
    167 j; its ACK finds no mark, as packet 55 comes too late. The ACK of packet 52 (8490, still in
    the cut) ends the first window; the next one goes to packet 78, started at 4399 + 24 * 167 =
    8407. Packet 79 starts at 8574, its ACK comes at 12,748: R = 51 Gb/s, every 164 ns, from packet
    104 on (54 + 50, at 12,749). The last one is six after it.
    """
    trip = 2 * (83 + 1000) + 2 * (4 + 1000)
    assert (trip, 50 * 83, 2 * 83 + trip, 52 * 83) == (4174, 4150, 4340, 4316)
    assert (52 * 83 + trip, 4399 + 24 * 167, 4399 + 25 * 167) == (8490, 8407, 8574)
    assert (8574 + trip, 4399 + 50 * 167) == (12_748, 12_749)
    assert (1048 * 8 // 50, 1048 * 8 // 51) == (167, 164)
    keys = {**DCTCP, **MARKS, "HAS_WIN": "0", "DCTCP_RATE_AI": "1000Mb/s"}
    fct = completions(tmp_path, star(3), [(0, 2, 110_000), (1, 2, 1_000)], **keys)
    assert fct == {(0, 2): 12_749 + 6 * 164 + trip, (1, 2): trip + 83}
