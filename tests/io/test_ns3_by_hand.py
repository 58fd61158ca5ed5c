"""Runs with model="ns3" against completion times worked out on paper by the rules of docs/ns3.md.

Times on the wire, cut to ns: 1048 B (a full packet) 83 ns at 100G and 20 ns at 400G, an ACK of 60 B
4 ns and 1 ns, a pause of 43 B 3 ns and 0 ns, 49 B (a packet of 1 B) 3 ns and 0 ns. Every link has
1000 ns.
"""

from pathlib import Path

import pytest
from ns3_fabrics import HPCC, completions, experiment, leaf_spine, star

import pyfabric as pf
from pyfabric.io import ns3

#: From the start of a full packet to its ACK: two links at 100G each way.
IN_RACK = (83 + 1000) + (83 + 1000) + (4 + 1000) + (4 + 1000)
TWO_RACKS = leaf_spine(leaves=2, hosts_per_leaf=2, spines=1)


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("size", "fct_ns"),
    [
        # 1000 packets leave every 83 ns; the last one waits nowhere behind the first link.
        (1_000_000, 1000 * 83 + 2 * 20 + 83 + 4000 + (4 + 1 + 1 + 4) + 4000),
        (1_000, (83 + 20 + 20 + 83) + 4000 + (4 + 1 + 1 + 4) + 4000),
        (1, (3 + 0 + 0 + 3) + 4000 + (4 + 1 + 1 + 4) + 4000),
        # The 49 B leave at 83 ns and take 3, so they reach the leaf at 1086; there the full packet
        # is under way until 1083 + 20, at the spine until 2103 + 20, at the last leaf until
        # 3123 + 83. They reach the host at 3206 + 3 + 1000, when the first ACK, begun at 4206, has
        # 1 ns to go. Their own: 4210 + 4, then 1000 + 1 twice, 1000 + 4, 1000.
        (1_001, (3206 + 3 + 1000) + 1 + 4 + (1000 + 1) + (1000 + 1) + (1000 + 4) + 1000),
        # 50 B take 4.0 ns, which that simulator's conversion from a double cuts to 3.
        (1_002, (3206 + 3 + 1000) + 1 + 4 + (1000 + 1) + (1000 + 1) + (1000 + 4) + 1000),
    ],
)
def test_one_flow_between_racks(tmp_path: Path, size: int, fct_ns: int) -> None:
    assert completions(tmp_path, TWO_RACKS, [(0, 2, size)]) == {(0, 2): fct_ns}


def test_the_worked_example_is_91133_ns(tmp_path: Path) -> None:
    assert completions(tmp_path, TWO_RACKS, [(0, 2, 1_000_000)]) == {(0, 2): 91_133}


def test_one_flow_inside_a_rack(tmp_path: Path) -> None:
    # The last of 1000 packets starts at 999 * 83.
    wanted = 999 * 83 + IN_RACK
    assert wanted == 87_091
    assert completions(tmp_path, TWO_RACKS, [(0, 1, 1_000_000)]) == {(0, 1): wanted}


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0)])
def test_two_packets_meet_in_the_order_of_the_flow_file(
    tmp_path: Path, first: int, second: int
) -> None:
    # Both reach the switch at 1083; the flow that stands first was started first, so its packet
    # was sent, and its arrival created, first. The other one waits for 83 ns.
    fct = completions(tmp_path, star(3), [(first, 2, 1_000), (second, 2, 1_000)])
    assert fct == {(first, 2): IN_RACK, (second, 2): IN_RACK + 83}


def test_two_queue_pairs_of_a_host_take_turns(tmp_path: Path) -> None:
    # Packets at 0 (first), 83 (second), 166 (first), 249 (second).
    fct = completions(tmp_path, star(3), [(0, 1, 2_000), (0, 2, 2_000)])
    assert fct == {(0, 1): 166 + IN_RACK, (0, 2): 249 + IN_RACK}


def test_a_window_smaller_than_the_round_trip(tmp_path: Path) -> None:
    # 400G: base round trip 2 * 2000 + 20 + 20 = 4040 ns, so W = 4040 * 400 / 8 = 202,000 B, 202
    # packets of 20 ns, which end at 4040. The first ACK comes at 20 + 1000 + 20 + 1000 + 1 + 1000 +
    # 1 + 1000 = 4042: each 202 packets cost 4042 ns. The 1000th is number 191 after four times.
    trip = (20 + 1000) + (20 + 1000) + (1 + 1000) + (1 + 1000)
    assert (trip, 2 * 2000 + 20 + 20) == (4042, 4040)
    wanted = 4 * 4042 + 191 * 20 + trip
    flows = [(0, 1, 1_000_000)]
    fct = completions(tmp_path, star(2, "400Gbps"), flows, HAS_WIN="1", VAR_WIN="0")
    assert fct == {(0, 1): wanted}


def test_pacing_after_two_cuts(tmp_path: Path) -> None:
    """Hosts 0 (130 packets) and 1 (one packet) send to host 2; whatever leaves a packet behind it
    in the queue is marked.

    Packet k of host 0 starts at 83 (k - 1). At the switch the first one leaves at 1083, the one of
    host 1 at 1166, and packet k at 1249 + 83 (k - 2): at each of these instants packet k + 1
    arrives, whose arrival was created 1000 ns earlier than the end of the transmission, so it
    counts as left behind. The first mark is on packet 2: its ACK arrives at
    1249 + 83 + 1000 + 4 + 1000 + 4 + 1000 = 4340. Alpha stays 1, as every microsecond sees marks.
    Cuts at 4340 + 4000 + 1 and 4000 later, to 50G (1048 * 8 / 50 = 167 ns) and 25G (335 ns), with
    the next packets: 102 starts at 101 * 83 = 8383, then one every 167 ns; the first after
    12,341 is number 24 after it, at 12,391; then one every 335 ns. The 130th is 4 after that. The
    third cut would be at 16,341.
    """
    assert 1249 + 83 + 1000 + 4 + 1000 + 4 + 1000 == 4340
    assert 8383 + 23 * 167 < 12_341 < 8383 + 24 * 167 == 12_391
    wanted = 101 * 83 + 24 * 167 + 4 * 335 + IN_RACK
    marks = "2 100000000000 0 400000000000 0"
    flows = [(0, 2, 130_000), (1, 2, 1_000)]
    fct = completions(tmp_path, star(3), flows, KMIN_MAP=marks, KMAX_MAP=marks)
    assert fct == {(0, 2): wanted, (1, 2): IN_RACK + 83}


def test_classes_take_turns_by_packets(tmp_path: Path) -> None:
    """Group 3 has host 0, group 4 hosts 1 and 2, with three packets each.

    They leave as 0, 1, 0, 2, 0, 1, 2, 1, 2 from 1083 on: the fifth is the last of host 0, the
    eighth and the ninth those of the others (in the order of arrival they would be 7, 8 and 9).
    """
    last = IN_RACK  # of a packet that leaves the switch at 1083
    flows = [(0, 3, 3_000, 3), (1, 3, 3_000, 4), (2, 3, 3_000, 4)]
    fct = completions(tmp_path, star(4), flows)
    assert fct == {(0, 3): last + 4 * 83, (1, 3): last + 7 * 83, (2, 3): last + 8 * 83}


def test_first_pause_of_eight_to_one(tmp_path: Path) -> None:
    """Hosts 1 to 8 send to host 0 through a switch of 1 MiB.

    The pool is 1,048,576 - 9 * 37,500 - 9 * 4096 = 674,212 B. Every 83 ns from 1083 on each sender
    brings a packet, in the order 1 to 8, and then one leaves. In round 51 fifty have left: 7 of
    hosts 1 and 2, 6 of the others. Host 2's packet finds 43 of its own, with it there are 44 at
    each port: 42,016 B beyond the reserve, below (674,212 - 336,128) / 8 = 42,260 (with
    352 * 1048 - 8 * 4096 = 336,128). Host 3's is its 45th: 43,064 B are above that, so it goes to
    headroom and host 3 is paused at 1083 + 50 * 83: 3 ns on the wire, 1000 on the link.
    """
    assert 1024**2 - 9 * 37_500 - 9 * 4096 == 674_212
    assert 44 * 1048 - 4096 == 42_016 < (674_212 - 336_128) // 8 == 42_260 < 45 * 1048 - 4096
    flows = [(host, 0, 200_000) for host in range(1, 9)]
    made = experiment(tmp_path, star(9), flows, BUFFER_SIZE="1", ENABLE_QCN="0")
    result = pf.simulate(made.scenario)
    made.write(result, tmp_path)
    first = (tmp_path / "pfc.txt").read_text().splitlines()[0]
    assert first == f"{2_000_000_000 + 1083 + 50 * 83 + 3 + 1000} 3 0 1 1"
    assert len(result.drops) == 0


def test_a_start_is_the_double_cut_to_ns(tmp_path: Path) -> None:
    # The double nearest to 2.0002 is 2.00019999999999997797...
    flows = [(0, 1, 1_000, 3, "2.0002")]
    made = experiment(tmp_path, star(2), flows)
    made.write(pf.simulate(made.scenario), tmp_path)
    line = (tmp_path / "fct.txt").read_text().split()
    assert line[5:7] == ["2000199999", str(IN_RACK)]


def test_one_thread_alone(tmp_path: Path) -> None:
    made = experiment(tmp_path, star(2), [(0, 1, 1_000)])
    with pytest.raises(pf.ScenarioError, match="threads: must be 1, got 2"):
        pf.simulate(made.scenario, threads=2)


def test_what_load_refuses(tmp_path: Path) -> None:
    experiment(tmp_path, star(2), [(0, 1, 1_000)])
    with pytest.raises(pf.ScenarioError, match="must be one of 'pyfabric', 'ns3'"):
        ns3.load("config.txt", model="ns4")
    with pytest.raises(pf.ScenarioError, match="conventions"):
        ns3.load("config.txt", model="ns3", conventions=ns3.Conventions())


def test_hpcc_in_its_first_round_trip(tmp_path: Path) -> None:
    # 42 B of telemetry: packets of 1090 B (87 ns at 100G), ACKs of 88 B (7 ns). The first ACK comes
    # long after the last of ten packets has left.
    wanted = 9 * 87 + 2 * (87 + 1000) + 2 * (7 + 1000)
    assert completions(tmp_path, star(2), [(0, 1, 10_000)], **HPCC) == {(0, 1): wanted}


def test_hpcc_moves_the_packet_that_is_scheduled(tmp_path: Path) -> None:
    """One flow alone. Packet k leaves at 87 (k - 1), the first ACK comes at 2 * 1087 + 2 * 1007 =
    4188 and is only kept, the second at 4275 and sets a rate; packet 50 has left since 4263.

    Between the first two packets the switch has sent 1090 B, that is 0 and 2 units of 512 B, so
    u = 1024 * 8 / 87 / 100 and U = (4160 - 87 + 87 u) / 4160 with T = 2 * 2000 + 80 + 80. The rate
    falls to 100G / (U / 0.95) + 50 Mb/s, which moves packet 51 from 4350 to 4263 + 1090 * 8 / rate.
    """
    u = 1024 * 8 / 87 / 100
    load = (4160 - 87 + 87 * u) / 4160
    rate = 100 / (load / 0.95) + 0.05
    gap = int(1090 * 8 / rate)
    assert (49 * 87, gap) == (4263, 91)
    wanted = 4263 + gap + 2 * (87 + 1000) + 2 * (7 + 1000)
    assert completions(tmp_path, star(2), [(0, 1, 51_000)], **HPCC) == {(0, 1): wanted}


def test_delays_are_cut_to_ns(tmp_path: Path) -> None:
    """The double nearest to 0.6 is a little less; 0.001 and 1 lose nothing. One way and back over
    two links: 49 B and an ACK of 60 B take 3 and 4 ns on each."""
    topology = star(2).replace("1000ns", "0.6us")
    fct = completions(tmp_path, topology, [(0, 1, 1)])
    assert fct == {(0, 1): 2 * (3 + 599) + 2 * (4 + 599)}
    topology = star(2).replace("0 2 100Gbps 1000ns", "0 2 100Gbps 0.001ms")
    assert completions(tmp_path, topology, [(0, 1, 1)]) == {(0, 1): 2 * 3 + 2 * 4 + 4000}


@pytest.mark.parametrize(("size", "wire_ns"), [(498, 4367), (499, 4376), (500, 4383)])
def test_times_in_fixed_point(tmp_path: Path, size: int, wire_ns: int) -> None:
    """546, 547 and 548 B at 1 Gb/s: whole ns, which the second one keeps because the double of its
    time is so much above it. An ACK: 480 ns lose one."""
    keys = {"ENABLE_QCN": "0", "MIN_RATE": "100Mb/s"}
    fct = completions(tmp_path, star(2, "1Gbps"), [(0, 1, size)], **keys)
    assert fct == {(0, 1): 2 * (wire_ns + 1000) + 2 * (479 + 1000)}
