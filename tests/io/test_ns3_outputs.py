"""fct.txt and pfc.txt against values worked out by hand."""

from pathlib import Path

import pytest
from ns3_files import CONFIG, FLOWS, TOPOLOGY, with_keys, write_files

import pyfabric as pf
from pyfabric.io import ns3


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(tmp_path: Path, conventions: ns3.Conventions | None = None) -> tuple[list[str], list[str]]:
    """The lines of fct.txt and pfc.txt of the experiment in the working directory."""
    experiment = ns3.load("config.txt", conventions=conventions or ns3.Conventions())
    result = pf.simulate(experiment.scenario)
    experiment.write(result, tmp_path)
    fct, pfc = ((tmp_path / name).read_text().splitlines() for name in ("fct.txt", "pfc.txt"))
    return fct, pfc


def test_one_flow_over_two_leaves_and_a_spine(tmp_path: Path) -> None:
    # 1000 packets of 1048 B: 83.84 ns each at 100G, 20.96 ns at 400G; four links of 1 us.
    # Data 1000 * 83.84 + 2 * 20.96 + 83.84 + 4000, ACK of 60 B 4.8 + 2 * 1.2 + 4.8 + 4000.
    # Ideal: base round trip 8000 + 80 + 2 * 20 + 80, then 1,048,000 B at 100G.
    write_files(tmp_path)
    fct, pfc = run(tmp_path)
    exact_ps = 1000 * 83_840 + 2 * 20_960 + 83_840 + 4_800 + 2 * 1_200 + 4_800 + 8_000_000
    assert exact_ps // 1000 == 91_977
    assert 8_200 + 1_048_000 * 8 // 100 == 92_040
    assert fct == ["0b000101 0b000401 10000 100 1000000 2000199999 91977 92040"]
    assert pfc == []


def test_with_that_simulators_rounding(tmp_path: Path) -> None:
    # The same with 83, 20, 4 and 1 ns: what that simulator itself reports.
    write_files(tmp_path)
    fct, _ = run(tmp_path, ns3.Conventions(framing=pf.Framing.ns3()))
    assert fct == ["0b000101 0b000401 10000 100 1000000 2000199999 91133 92040"]


def test_lines_stand_in_the_order_of_completion(tmp_path: Path) -> None:
    flows = "4\n1 4 3 100 1000000 2\n1 4 3 7 2000 2.0001\n4 1 3 8 1000 2.0001\n1 4 3 9 1 2.0002\n"
    write_files(tmp_path, flows=flows)
    fct, _ = run(tmp_path)
    rows = [line.split() for line in fct]
    assert [int(row[5]) + int(row[6]) for row in rows] == sorted(
        int(row[5]) + int(row[6]) for row in rows
    )
    ends = {(row[0], row[1], row[3]): row[2] for row in rows}
    assert ends == {
        ("0b000101", "0b000401", "100"): "10000",
        ("0b000101", "0b000401", "7"): "10001",
        ("0b000401", "0b000101", "8"): "10000",
        ("0b000101", "0b000401", "9"): "10002",
    }
    # The last row's 1 B: 49 B at 100G, 400G, 400G, 100G, and back 12 ns; four us each way.
    alone_ps = 2 * 49 * 80 + 2 * 49 * 20 + 12_000 + 8_000_000
    assert rows[-1][6:] == [str(alone_ps // 1000), str(8_200 + 49 * 8 // 100)]


def test_unfinished_flows_have_no_line(tmp_path: Path) -> None:
    write_files(tmp_path, config=with_keys(SIMULATOR_STOP_TIME="2.00025"))
    fct, _ = run(tmp_path)
    assert fct == []


def test_pauses_at_the_device_that_has_to_stop(tmp_path: Path) -> None:
    """One host at 100G sends 180 packets to one at 25G through a switch of 1 MiB.

    Headrooms: 28,187 B (the 2,087.28 ns of a frame, a PFC frame and 2 us bring 26,091 B; two
    frames) and 9,437 B; reserves 2 * 4096; so 1,002,760 B are shared. The packets arrive every
    83.84 ns and leave every fourth as fast: packet n finds n - 1 - ceil((n - 1) / 4) others. With
    the 148th there are 111, 112,232 B beyond the reserve, at least (1,002,760 - 112,232) / 8. Its
    pause takes 3.44 ns and 1 us.
    The host has sent 172 by then (172 * 83.84 > 14,411.76 > 171 * 83.84). When the 65th leaves, 107
    are left: 108,040 B + 3,072 B are at most (1,002,760 - 108,040) / 8, which is not so with 108.
    """
    topology = "3 1 2\n0\n1 0 100Gbps 1us 0\n2 0 25Gbps 1us 0\n"
    maps = dict.fromkeys(("KMIN_MAP", "KMAX_MAP"), "2 25000000000 400 100000000000 400")
    config = with_keys(
        ENABLE_QCN="0", BUFFER_SIZE="1", PMAX_MAP="2 25000000000 1 100000000000 1", **maps
    )
    write_files(tmp_path, config, topology, "1\n1 2 3 100 180000 2\n")
    _, pfc = run(tmp_path)
    paused_ps = 148 * 83_840 + 1_000_000 + 3_440 + 1_000_000
    resumed_ps = 83_840 + 1_000_000 + 64 * 335_360 + 3_440 + 1_000_000
    assert pfc == [
        f"{2_000_000_000 + paused_ps // 1000} 1 0 1 1",
        f"{2_000_000_000 + resumed_ps // 1000} 1 0 1 0",
    ]


def test_pauses_of_switches_alternate_per_port(tmp_path: Path) -> None:
    # Everyone sends to host 5 without congestion control: leaf 3 stops the spine and its host.
    flows = "".join(f"{src} 5 3 100 2000000 2\n" for src in (1, 2, 4, 1, 2, 4))
    config = with_keys(ENABLE_QCN="0", BUFFER_SIZE="2")
    write_files(tmp_path, config, TOPOLOGY, "6\n" + flows)
    fct, pfc = run(tmp_path)
    assert len(fct) == 6
    rows = [tuple(map(int, line.split())) for line in pfc]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    kinds: dict[tuple[int, ...], list[int]] = {}
    for _, node, node_type, port, kind in rows:
        kinds.setdefault((node, node_type, port), []).append(kind)
    # Port 2 of the spine is its second link in the file, that to leaf 3.
    assert (4, 0, 1) in kinds
    assert (6, 1, 2) in kinds
    for found in kinds.values():
        assert found == [1, 0] * (len(found) // 2)


def test_a_result_of_another_experiment_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path, CONFIG, TOPOLOGY, FLOWS)
    experiment = ns3.load("config.txt")
    write_files(tmp_path, flows="2\n1 4 3 100 1000 2\n2 4 3 100 1000 2\n")
    result = pf.simulate(ns3.load("config.txt").scenario)
    with pytest.raises(ValueError, match=r"the result has 2 flows, flow\.txt has 1"):
        experiment.write(result, tmp_path)


def test_files_go_into_a_directory_that_is_made(tmp_path: Path) -> None:
    experiment = ns3.load(write_files(tmp_path))
    result = pf.simulate(experiment.scenario)
    experiment.write(result, tmp_path / "new" / "one")
    assert (tmp_path / "new" / "one" / "fct.txt").read_text()
    (tmp_path / "file").touch()
    for place, words in ((tmp_path / "file", "file: cannot be written into"), (None, "a path")):
        with pytest.raises(pf.ScenarioError, match=words):
            experiment.write(result, place)  # type: ignore[arg-type]


def test_conventions_of_another_type_are_refused(tmp_path: Path) -> None:
    with pytest.raises(pf.ScenarioError, match="conventions: must be Conventions or None, got 5"):
        ns3.load(write_files(tmp_path), conventions=5)  # type: ignore[arg-type]
