"""Topology and flow files: what is read, what is not, and every complaint."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fabrics import HPCC
from ns3_files import FLOWS, TOPOLOGY, with_keys, write_files
from typer.testing import CliRunner

import pyfabric as pf
from pyfabric.cli.app import app
from pyfabric.compile import compile_scenario
from pyfabric.io import ns3
from pyfabric.io.ns3.base_rtt import Farthest, PathTimes
from pyfabric.io.ns3.flows import start_times
from pyfabric.workload.arrays import WorkloadContext

real = pytest.mark.skipif(not HPCC.is_dir(), reason="the HPCC repository's files are not here")


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def complaint(tmp_path: Path, topology: str = TOPOLOGY, flows: str = FLOWS) -> str:
    write_files(tmp_path, topology=topology, flows=flows)
    with pytest.raises(pf.ScenarioError) as caught:
        ns3.load("config.txt")
    return str(caught.value)


def test_ids_of_hosts_and_switches_may_mix(tmp_path: Path) -> None:
    write_files(tmp_path)
    network = ns3.read_topology_file("topology.txt")
    assert network.host_ids == (1, 2, 4, 5)
    arrays = network.topology().expand()
    assert arrays.host_names == ("host1", "host2", "host4", "host5")
    assert arrays.switch_names == ("switch0", "switch3", "switch6")
    assert arrays.port_names()[-2:] == ["switch6->switch0", "switch6->switch3"]
    assert arrays.edge_rate_bps.tolist() == [100 * 10**9] * 4 + [400 * 10**9] * 2
    assert arrays.edge_delay_ps.tolist() == [10**6] * 6
    flows = ns3.load("config.txt").scenario.workload.expand(
        WorkloadContext(arrays.endpoint_rate_bps, arrays.endpoint_names, 1)
    )
    assert (flows.src.tolist(), flows.dst.tolist()) == ([0], [2])
    assert flows.start_ps.tolist() == [2_000_200_000_000]


def test_switch_ids_may_take_several_lines(tmp_path: Path) -> None:
    write_files(tmp_path, topology=TOPOLOGY.replace("\n0 3 6\n", "\n6\n\n3 0\n"))
    assert ns3.read_topology_file("topology.txt").switch_ids == (6, 3, 0)


def test_several_links_of_a_host_are_ports_of_one_nic(tmp_path: Path) -> None:
    topology = "4 2 4\n2 3\n0 2 25Gbps 1us 0\n0 3 25Gbps 1us 0\n1 2 25Gbps 1us 0\n1 3 25Gbps 1us 0"
    (tmp_path / "topology.txt").write_text(topology)
    network = ns3.read_topology_file("topology.txt")
    arrays = network.topology().expand()
    assert arrays.host_nics.tolist() == [1, 1]
    assert PathTimes(network, 1000).farthest() == Farthest(4_640, 14_500)


def test_base_round_trips(tmp_path: Path) -> None:
    write_files(tmp_path)
    times = PathTimes(ns3.read_topology_file("topology.txt"), 1000)
    near, far = times.between(1, 2), times.between(5, 1)
    assert near is not None
    assert far is not None
    assert (near.rtt_ns, near.bdp_bytes) == (4_160, 52_000)
    assert (far.rtt_ns, far.bdp_bytes) == (8_200, 102_500)
    assert times.farthest() == Farthest(8_200, 102_500)
    (tmp_path / "topology.txt").write_text("4 0 2\n0 1 10Gbps 1us 0\n2 3 100Gbps 1us 0\n")
    direct = PathTimes(ns3.read_topology_file("topology.txt"), 1000)
    assert direct.between(0, 2) is None
    assert direct.farthest() == Farthest(2_800, 26_000)


BAD_TOPOLOGIES = {
    "": "topology.txt: is empty; expected 3 whole numbers, 'nodes switches links'",
    "7 3\n": "topology.txt:1: expected 3 whole numbers, 'nodes switches links'",
    "7 3 -6\n": "topology.txt:1: expected 3 whole numbers",
    "3 3 1\n": "topology.txt:1: expected 1 to 4194304 nodes, fewer switches than nodes, at least "
    "1 link; got 3 nodes, 3 switches, 1 links",
    "7 3 6\n0 3\n": "topology.txt:2: the file ends: expected the ids of 3 switches as line 1 "
    "declares, found 2",
    "7 3 6\n0 3 6 1\n": "topology.txt:2: expected the ids of 3 switches, found 4",
    "7 3 6\n0 3 7\n": "topology.txt:2: expected the id of a switch, 0 to 6, got '7'",
    "7 3 6\n0 3 3\n": "topology.txt:2: switch 3 is listed twice",
    "7 3 6\n0 3 6\n1 0 100Gbps 1us 0\n": "topology.txt:3: the file ends: expected 6 links as "
    "line 1 declares, found 1",
}
BAD_LINKS = {
    "1 0 100Gbps 1us": "expected 5 fields, 'a b rate delay error_rate', got 4: '1 0 100Gbps 1us'",
    "1 7 100Gbps 1us 0": "unknown node '7' (nodes are 0 to 6)",
    "1 x 100Gbps 1us 0": "unknown node 'x'",
    "1 1 100Gbps 1us 0": "links node 1 to itself; the ends must differ",
    "1 0 100Gpbs 1us 0": "rate: '100Gpbs' is not a rate: unknown unit 'Gpbs'; did you mean 'Gbps'?",
    "1 0 0Gbps 1us 0": "rate: '0Gbps' is out of range (allowed: 1Mbps to 100Tbps)",
    "1 0 100Gbps 1000 0": "delay: '1000' has no unit",
    "1 0 100Gbps 0ns 0": "delay: '0ns' is out of range (allowed: 1ps to 1s)",
    "1 0 100Gbps -1us 0": "delay: must be a time of 0 to",
    "1 0 100Gbps 1us 2": "error_rate: expected 0 to 1, got '2'",
}


@pytest.mark.parametrize("text", BAD_TOPOLOGIES)
def test_bad_topologies(tmp_path: Path, text: str) -> None:
    assert BAD_TOPOLOGIES[text] in complaint(tmp_path, topology=text)


@pytest.mark.parametrize("line", BAD_LINKS)
def test_bad_links_name_their_line(tmp_path: Path, line: str) -> None:
    message = complaint(tmp_path, TOPOLOGY.replace("1 0 100Gbps 1000ns 0.000000", line))
    assert f"topology.txt:3: {BAD_LINKS[line]}" in message


def test_hosts_without_links_name_the_file(tmp_path: Path) -> None:
    topology = TOPOLOGY.replace("2 0 100Gbps", "1 0 100Gbps")
    assert "topology.txt: host 'host2' has no link" in complaint(tmp_path, topology)


def test_many_faults_are_cut_off(tmp_path: Path) -> None:
    lines = "40 0 39\n" + "0 99 100Gbps 1us 0\n" * 39
    assert complaint(tmp_path, lines).startswith("20 faults:")


BAD_FLOWS = {
    "": "flow.txt: is empty; expected 1 whole number, 'flows'",
    "many\n": "flow.txt:1: expected 1 whole number, 'flows'",
    "0\n": "flow.txt:1: declares 0 flows; expected at least 1",
    "3\n1 4 3 100 1 2\n1 4 3 100 1 2\n": "flow.txt:3: the file ends: expected 3 flows as line 1 "
    "declares, found 2",
    "1\n1 4 3 100 1\n": "flow.txt:2: expected 6 fields, 'src dst pg dport size start', got 5",
    "1\n1 7 3 100 1 2\n": "flow.txt:2: dst: unknown node '7' (nodes are 0 to 6 in topology.txt)",
    "1\n0 4 3 100 1 2\n": "flow.txt:2: src: node 0 is a switch; expected a host",
    "1\n4 4 3 100 1 2\n": "flow.txt:2: src and dst are both node 4; they must differ",
    "1\n1 4 0 100 1 2\n": "flow.txt:2: pg: expected a whole number from 1 to 7, group 0 is for "
    "control frames, got '0'",
    "1\n1 4 3 65536 1 2\n": "flow.txt:2: dport: expected a whole number from 0 to 65535",
    "1\n1 4 3 100 0 2\n": "flow.txt:2: size: expected a whole number from 1 to 1000000000000",
    "1\n1 4 3 100 1e6 2\n": "flow.txt:2: size: expected a whole number",
    "1\n1 4 3 100 1 -2\n": "flow.txt:2: start: expected seconds from 0 to 1000000, got '-2'",
    "1\n1 4 3 100 1 inf\n": "flow.txt:2: start: expected seconds",
    "1\n1 4 3 100 1 1e30\n": "flow.txt:2: start: expected seconds",
    "2\n1 4 3 100 1 2.5\n1 4 3 100 1 2\n": "flow.txt:3: start: 2 s is before the start of the flow "
    "above, 2.5 s; flows must be in the order of their starts",
}


@pytest.mark.parametrize("text", BAD_FLOWS)
def test_bad_flows(tmp_path: Path, text: str) -> None:
    assert BAD_FLOWS[text] in complaint(tmp_path, flows=text)


def test_priority_groups_decide_the_lossless_classes(tmp_path: Path) -> None:
    write_files(tmp_path, flows="2\n1 4 3 100 1000 2\n1 4 5 100 1000 2\n")
    scenario = ns3.load("config.txt").scenario
    assert scenario.switch.lossless_priorities == (3, 5)
    assert compile_scenario(scenario).labels["priority"].tolist() == [3, 5]


def test_starts_are_exact_and_as_that_simulator_has_them() -> None:
    # The double nearest to 2.0002 is 2.000199999999999978.
    assert start_times("2.0002") == (2_000_200_000_000, 2_000_199_999)
    assert start_times("2") == (2 * 10**12, 2 * 10**9)
    assert start_times("2.") == (2 * 10**12, 2 * 10**9)
    assert start_times("0.1234567890129") == (123_456_789_012, 123_456_789)
    assert start_times("2e-3") == (2 * 10**9, 2_000_000)
    assert start_times("0x2") is None
    # The double nearest to 0.0001 is a little more, which 64 binary digits do not hold.
    assert start_times("0.0001") == (10**8, 99_999)


def test_flow_files_read_back_as_written(tmp_path: Path) -> None:
    write_files(tmp_path)
    network = ns3.read_topology_file("topology.txt")
    arrays = network.topology().expand()
    context = WorkloadContext(arrays.endpoint_rate_bps, arrays.endpoint_names, 5)
    traffic = pf.poisson(load=0.5, sizes="fb_hadoop", duration="1ms", start="2s")
    wanted = traffic.expand(context)
    ns3.write_flow_file(tmp_path / "flow.txt", wanted, node_ids=network.host_ids)
    assert ns3.read_flow_file("flow.txt", network).start_ps.tolist() == wanted.start_ps.tolist()
    found = ns3.load("config.txt").scenario.workload.expand(context)
    for column in ("src", "dst", "size_bytes", "start_ps"):
        assert np.array_equal(getattr(found, column), getattr(wanted, column))
    endless = pf.incast(receiver=0, size=None).expand(context)
    with pytest.raises(ValueError, match="no endless flows"):
        ns3.write_flow_file(tmp_path / "flow.txt", endless)


def test_files_of_the_command_line_read_back(tmp_path: Path) -> None:
    topology = "5 1 4\n4\n" + "".join(f"{host} 4 100Gbps 1us 0\n" for host in range(4))
    write_files(tmp_path, topology=topology)
    options = "--hosts 4 --rate 100Gbps --load 0.5 --sizes ali_storage --duration 1ms --seed 3"
    done = CliRunner().invoke(app, ["flows", *options.split(), "-o", "flow.txt"])
    assert done.exit_code == 0, done.output
    experiment = ns3.load("config.txt")
    traffic = pf.poisson(load=0.5, sizes="ali_storage", duration="1ms", start="2s")
    names = {f"host{host}": (host, 1) for host in range(4)}
    wanted = traffic.expand(WorkloadContext(np.full(4, 100 * 10**9), names, 3))
    assert experiment.flows.size_bytes.tolist() == wanted.size_bytes.tolist()
    assert experiment.flows.start_ps.tolist() == wanted.start_ps.tolist()
    assert experiment.flows.src.tolist() == wanted.src.tolist()


def test_the_command_line_runs_an_experiment(tmp_path: Path) -> None:
    write_files(tmp_path)
    done = CliRunner().invoke(app, ["ns3", "config.txt", "-o", "out"])
    assert done.exit_code == 0, done.output
    assert "ignored (no effect here): TRACE_FILE, FCT_OUTPUT_FILE, L2_CHUNK_SIZE" in done.output
    assert "1 of 1 flow finished" in done.output
    written = (tmp_path / "out" / "fct.txt").read_text()
    assert written == "0b000101 0b000401 10000 100 1000000 2000199999 91977 92040\n"
    assert (tmp_path / "out" / "pfc.txt").read_text() == ""
    assert pf.load_result(tmp_path / "out").complete
    failed = CliRunner().invoke(app, ["ns3", "topology.txt"])
    assert failed.exit_code == 2


@real
def test_the_real_fat_tree() -> None:
    network = ns3.read_topology_file(HPCC / "fat.txt")
    counts = (len(network.host_ids), len(network.switch_ids), len(network.links))
    assert counts == (320, 56, 480)
    assert PathTimes(network, 1000).farthest() == Farthest(12_240, 153_000)


@real
def test_a_run_on_the_real_fat_tree(tmp_path: Path) -> None:
    context_rates = np.full(320, 100 * 10**9)
    names = {f"host{host}": (host, 1) for host in range(320)}
    traffic = pf.poisson(load=0.3, sizes="ali_storage", duration="200us", start="2s")
    flows = traffic.expand(WorkloadContext(context_rates, names, 1))
    write_files(tmp_path, with_keys(TOPOLOGY_FILE=str(HPCC / "fat.txt"), HAS_WIN="1", VAR_WIN="1"))
    ns3.write_flow_file(tmp_path / "flow.txt", flows)
    experiment = ns3.load("config.txt")
    assert experiment.farthest() == Farthest(12_240, 153_000)
    assert experiment.scenario.congestion_control.window == 153_000
    alphas = {
        name: experiment.scenario.switch_of(name).alpha for name in ("switch320", "switch375")
    }
    assert alphas == {"switch320": "1/8", "switch375": "1/2"}
    result = pf.simulate(experiment.scenario)
    assert result.stop_reason == "all_done"
    assert result.complete
    result.assert_lossless()
    experiment.write(result, tmp_path)
    assert len((tmp_path / "fct.txt").read_text().splitlines()) == len(flows)


@real
def test_the_other_real_files(tmp_path: Path) -> None:
    star = ns3.read_topology_file(HPCC / "topology.txt")
    assert (star.switch_ids, len(star.links)) == ((0,), 65)
    flows = ns3.read_flow_file(HPCC / "flow.txt", star)
    assert (flows.src.tolist(), flows.dst.tolist()) == ([2, 3], [1, 1])
    racks = ns3.read_topology_file(HPCC / "ali_32host_10rack.txt")
    assert (len(racks.host_ids), len(racks.switch_ids), len(racks.links)) == (320, 28, 800)
    maps = dict.fromkeys(("KMIN_MAP", "KMAX_MAP"), "2 25000000000 100 100000000000 400")
    config = with_keys(
        TOPOLOGY_FILE=str(HPCC / "ali_32host_10rack.txt"),
        PMAX_MAP="2 25000000000 0.2 100000000000 0.2",
        **maps,
    )
    write_files(tmp_path, config, flows="2\n0 319 3 100 30000 2\n3 7 3 100 30000 2\n")
    result = pf.simulate(ns3.load("config.txt").scenario)
    assert result.complete
    with pytest.raises(pf.ScenarioError, match="CC_MODE: 3 is HPCC; supported here: 1 DCQCN"):
        ns3.load(HPCC / "config.txt")


@real
@pytest.mark.slow
def test_the_result_in_the_documentation(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "real-input.md"
    blocks = page.read_text(encoding="utf-8").split("```")[1::2]
    commands = blocks[0].removeprefix("sh\n").replace("path/to/simulation/mix", str(HPCC))
    tool = f'pyfabric() {{ "{sys.executable}" -m pyfabric.cli "$@"; }}\n'
    done = subprocess.run(
        ["sh", "-e", "-c", tool + commands],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(pf.__file__).parents[1])},
    )
    wanted = [line for line in blocks[1].splitlines() if line and not line.startswith("Run")]
    assert [line for line in done.stdout.splitlines()[1:] if not line.startswith("Run")] == wanted
