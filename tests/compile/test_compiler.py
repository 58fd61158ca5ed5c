"""Whole scenarios to plans: columns, roles, windows, determinism and every refusal."""

from __future__ import annotations

import numpy as np
import pytest

from pyfabric.cc import DCQCN, NoCongestionControl, StaticWindow
from pyfabric.compile import Plan, compile_scenario
from pyfabric.compile.plan import COLUMNS
from pyfabric.errors import ScenarioError
from pyfabric.scenario import ECN, PFC, Nic, Scenario, Switch
from pyfabric.topology import Topology, leaf_spine, star
from pyfabric.workload import Flow, all_to_all, flows, incast, permutation, poisson

EXACT = Nic(start_jitter=0)
FABRIC = leaf_spine(
    leaves=2, spines=2, hosts_per_leaf=4, host_rate="100Gbps", uplink_rate="400Gbps"
)


def compiled(workload, topology=FABRIC, **settings) -> Plan:
    settings.setdefault("congestion_control", NoCongestionControl())
    return compile_scenario(Scenario(topology=topology, workload=workload, **settings))


def refusal(workload, topology=FABRIC, **settings) -> str:
    with pytest.raises(ScenarioError) as error:
        compiled(workload, topology, **settings)
    return str(error.value)


def test_every_column_has_the_length_of_its_dimension():
    plan = compiled(all_to_all(size="1MB") + permutation(size="10kB", op="read"))
    columns = plan.columns
    count = {
        "N": 12,
        "P": 24,
        "A": 8,
        "Q": len(columns["qp_class"]),
        "F": len(columns["flow_qp"]),
        "C": 1,
    }
    assert count["F"] == 8 * 7 + 8
    for name, column in COLUMNS.items():
        first, *rest = column.dimension.split(",")
        base, _, more = first.partition("+")
        if base in count:
            expected = (count[base] + int(more or 0), *map(int, rest))
            assert columns[name].shape == expected, name
            assert not columns[name].flags.writeable


def test_the_same_scenario_gives_the_same_plan():
    workload = poisson(load=0.3, sizes="websearch", duration="100us") + incast(
        receiver=0, size="1MB"
    )
    hashes = {compiled(workload).hash for _ in range(2)}
    assert len(hashes) == 1
    assert compiled(workload, seed=2).hash not in hashes
    assert compiled(workload, seed=1, workload_seed=1).hash in hashes


def test_the_model_seed_changes_no_traffic():
    workload = poisson(load=0.3, sizes="websearch", duration="100us")
    plans = [compiled(workload, seed=s, workload_seed=9, nic=EXACT) for s in (1, 2)]
    for name in ("flow_size_bytes", "flow_start_ps", "qp_tx_node"):
        assert np.array_equal(plans[0].columns[name], plans[1].columns[name])
    assert not np.array_equal(plans[0].columns["qp_entropy"], plans[1].columns["qp_entropy"])


def test_write_and_read_between_the_same_hosts():
    plan = compiled(flows([Flow(0, 5, 4096), Flow(0, 5, 4096, op="read")]), nic=EXACT)
    columns = plan.columns
    assert columns["qp_tx_node"].tolist() == [0, 5]
    assert columns["qp_rx_address"].tolist() == [5, 0]
    assert columns["qp_read"].tolist() == [0, 1]
    assert columns["start_flow"].tolist() == [0, 1]
    assert columns["start_first"].tolist() == [0] + [2] * 12
    write, read = plan.labels["ideal_fct_ps"].tolist()
    request = 4 * 10**6 + 2 * (98 * 80 + 98 * 20)
    aeth_instead_of_reth = -12 * (2 * 80 + 2 * 20)
    assert read - write == request + aeth_instead_of_reth


def test_ideal_fct_is_oracle_u1():
    fabric = leaf_spine(leaves=2, spines=1, hosts_per_leaf=1, host_rate="400Gbps")
    plan = compiled(flows([Flow(0, 1, 2**20, op="send")]), fabric)
    assert plan.labels["ideal_fct_ps"].tolist() == [25_642_040]


def test_pipeline_latency_of_switches_counts_once_per_switch():
    workload = flows([Flow(0, 5, 4096)])
    slow = compiled(workload, switch=Switch(latency="300ns"))
    fast = compiled(workload)
    assert slow.labels["ideal_fct_ps"] - fast.labels["ideal_fct_ps"] == 3 * 300_000
    assert slow.columns["qp_base_rtt_ps"] - fast.columns["qp_base_rtt_ps"] == 6 * 300_000


def test_base_rtt_and_windows():
    """100G hosts, 400G uplinks: 4 links of 1 us each way, a full packet there and an ACK back."""
    data, ack = 2 * (4178 * 80 + 4178 * 20), 2 * (86 * 80 + 86 * 20)
    base_rtt = 8 * 10**6 + data + ack
    far = flows([Flow(0, 5, 1), Flow(0, 1, 1)])
    plan = compiled(far, congestion_control=StaticWindow(window="bdp"))
    near_rtt = 4 * 10**6 + 2 * 4178 * 80 + 2 * 86 * 80
    assert plan.columns["qp_base_rtt_ps"].tolist() == [base_rtt, near_rtt]
    bdp = [-(-rtt * 100 // 8000) for rtt in (base_rtt, near_rtt)]
    assert plan.columns["qp_window_bytes"].tolist() == bdp
    plan = compiled(flows([Flow(0, 1, 1)]), congestion_control=StaticWindow(window="max_bdp"))
    assert plan.columns["qp_window_bytes"].tolist() == bdp[:1]
    plan = compiled(far, congestion_control=StaticWindow(window="64kB"))
    assert plan.columns["qp_window_bytes"].tolist() == [64_000] * 2
    plan = compiled(far, congestion_control=DCQCN())
    assert plan.columns["qp_window_bytes"].tolist() == [0] * 2


def test_congestion_control_profiles_are_per_line_rate():
    edges = [("host0", "switch0", "100G", "1us"), ("host1", "switch0", "400G", "1us")]
    topology = Topology.from_edges(2, 1, edges)
    control = DCQCN()
    plan = compiled(flows([Flow(1, 0, 1), Flow(0, 1, 1)]), topology, congestion_control=control)
    assert plan.columns["qp_cc"].tolist() == [1, 0]
    assert plan.columns["cc_algorithm"].tolist() == [control.native] * 2
    values = control.parameters_for(400 * 10**9)
    assert plan.columns["cc_parameters"][1, : len(values)].tolist() == values


def test_start_jitter_is_constant_per_host_and_below_its_bound():
    workload = all_to_all(size=1)
    exact = compiled(workload, nic=EXACT).columns["flow_start_ps"]
    assert (exact == 0).all()
    plan = compiled(workload, nic=Nic(start_jitter="100ns"))
    late = plan.columns["flow_start_ps"]
    by_host = {int(host): set() for host in plan.columns["qp_tx_node"]}
    for host, start in zip(plan.columns["qp_tx_node"].tolist(), late.tolist(), strict=True):
        by_host[host].add(start)
    assert all(len(starts) == 1 for starts in by_host.values())
    assert len(set().union(*by_host.values())) == 8
    assert 0 <= late.min() < late.max() < 100_000


def test_the_default_priority_is_the_first_lossless_one():
    workload = flows([Flow(0, 1, 1), Flow(0, 1, 1, priority=0)])
    switch = Switch(lossless_priorities=(4, 3))
    plan = compiled(workload, switch=switch)
    assert plan.columns["qp_class"].tolist() == [4, 0]
    assert set(plan.columns["node_lossless_mask"].tolist()) == {0b11000}
    assert set(plan.columns["node_ecn_mask"][8:].tolist()) == {0b11000}
    assert (plan.columns["node_ecn_mask"][:8] == 0).all()


def test_the_pool_is_what_headrooms_and_reserves_leave():
    plan = compiled(flows([Flow(0, 1, 1, priority=5)]), nic=Nic(ack_priority=2))
    columns = plan.columns
    in_use = 3  # data 5, ACK 2, CNP 6
    for node in range(8, 12):
        ports = slice(*columns["node_first_port"][node : node + 2].tolist())
        headroom = columns["port_headroom_bytes"][ports]
        reserves = 4096 * in_use * len(headroom)
        assert columns["node_shared_bytes"][node] == 32 * 10**6 - headroom.sum() - reserves
    assert (columns["port_headroom_bytes"][:8] == 0).all()


def test_overrides_reach_their_nodes_and_the_last_one_wins():
    plan = compiled(
        permutation(size=1),
        overrides={
            "spine*": Switch(buffer="64MB"),
            "spine1": Switch(pfc=PFC(enabled=False), headroom="20kB"),
            "host[01]": Nic(rto=None),
        },
    )
    columns = plan.columns
    assert columns["node_pfc_mode"].tolist() == [1] * 11 + [0]
    assert columns["node_shared_bytes"][10] > 60 * 10**6
    assert columns["port_headroom_bytes"][-2:].tolist() == [20_000] * 2
    assert (columns["node_rto_ps"][:8] == 0).tolist() == [True, True] + [False] * 6


def test_auto_headroom_uses_the_peers_reaction_time():
    slow = {"host0": Nic(pfc_reaction="1us")}
    columns = compiled(permutation(size=1), overrides=slow).columns
    leaf_ports = columns["port_headroom_bytes"][8:12]
    # 800 ns of frames of 4,174 B that occupy 4,194 B on the wire.
    assert abs(leaf_ports[0] - leaf_ports[1] - 800 * 100 / 8 * 4174 / 4194) <= 1
    assert (leaf_ports[1:] == leaf_ports[1]).all()


def test_link_errors_are_scaled_to_32_bits():
    edges = [("host0", "switch0", "100G", "1us", (0.5, 1e-12)), ("host1", "switch0", "100G", "1us")]
    plan = compiled(flows([Flow(0, 1, 1)]), Topology.from_edges(2, 1, edges))
    assert plan.columns["port_error_q32"].tolist() == [1, 0, 2**31, 0]


def test_hosts_may_be_linked_without_a_switch():
    topology = Topology.from_edges(2, 0, [("host0", "host1", "100G", "1us")])
    plan = compiled(flows([Flow(0, 1, 4096, op="send")]), topology)
    assert plan.labels["ideal_fct_ps"].tolist() == [10**6 + 4178 * 80]
    assert plan.columns["route_entry"].size == 0


def test_gpus_share_the_nics_of_their_host():
    topology = star(hosts=2, rate="100G", gpus_per_host=4, nics_per_host=2)
    plan = compiled(flows([Flow(gpu, 4 + gpu, 1) for gpu in range(4)]), topology)
    assert plan.columns["qp_tx_address"].tolist() == [0, 1, 0, 1]
    assert plan.columns["qp_rx_address"].tolist() == [2, 3, 2, 3]
    assert plan.columns["qp_tx_port"].tolist() == [0, 1, 0, 1]


# -- refusals ------------------------------------------------------------------------------------


def test_flows_inside_a_host_are_refused():
    topology = star(hosts=2, rate="100G", gpus_per_host=2)
    text = refusal(flows([Flow(0, 2, 1), Flow(0, 1, 1)], name="list"), topology)
    assert "workload 'list', flow 1: from host0:gpu0 to host0:gpu1 stays inside one host" in text


def test_endless_flows_need_an_end():
    text = refusal(incast(receiver=0, size=None))
    assert "has size None and would run for ever; give the scenario an `until`" in text
    plan = compiled(incast(receiver=0, size=None), until="1ms")
    assert plan.scalars["until_ps"] == 10**9
    assert set(plan.labels["ideal_fct_ps"].tolist()) == {-1}
    assert set(plan.columns["flow_packets"].tolist()) == {0xFFFFFFFF}


def test_many_faulty_flows_are_counted():
    text = refusal(permutation(size=None) + all_to_all(size=None))
    assert "... and 54 more such flows" in text


def test_unreachable_endpoints_are_named():
    """Two planes: NIC 0 of every host in one, NIC 1 in the other."""
    edges = [
        {"a": f"host{h}", "b": f"switch{n}", "rate": "100G", "delay": "1us", "nic_a": n}
        for h in (0, 1)
        for n in (0, 1)
    ]
    topology = Topology.from_edges(2, 2, edges, gpus_per_host=2)
    compiled(flows([Flow(0, 2, 1), Flow(1, 3, 1)]), topology)
    text = refusal(flows([Flow(0, 3, 1)], name="x"), topology)
    assert "workload 'x', flow 0: no path from host0:gpu0 to host1:gpu1" in text


def test_a_buffer_below_its_headrooms_is_refused_with_the_numbers():
    text = refusal(permutation(size=1), switch=Switch(buffer="100kB"))
    assert "switch leaf0: buffer 100kB is too small for its headrooms" in text
    assert "so are 1 other switches" in text
    assert "switch spine0" in text


def test_nics_of_different_mtu_are_refused():
    text = refusal(permutation(size=1), overrides={"host0": Nic(mtu=1024)})
    assert "must be equal for all NICs of a run, got 1024 B in overrides['host0'].mtu" in text


@pytest.mark.parametrize(
    "control", [StaticWindow(window="bdp"), DCQCN(window="max_bdp")], ids=["window", "dcqcn"]
)
def test_reads_under_a_window_are_refused(control):
    text = refusal(permutation(size=1, op="read"), congestion_control=control)
    assert "op 'read' cannot run under" in text
    assert "READ responses are not acknowledged" in text
    compiled(permutation(size=1, op="read"), congestion_control=DCQCN())


def test_ecn_maps_must_name_every_port_rate():
    ecn = ECN(kmin={"400Gbps": "1MB"}, kmax={"400Gbps": "2MB"})
    text = refusal(permutation(size=1), switch=Switch(ecn=ecn))
    assert "switch.ecn.kmin: has no entry for ports of 100Gbps" in text


def test_pauses_too_short_to_be_refreshed_are_refused():
    text = refusal(permutation(size=1), switch=Switch(pfc=PFC(quanta=100)))
    assert "switch.pfc.quanta: 100 quanta of 512 bit times run out" in text
    assert "(allowed: 134 to 65535)" in text
    compiled(permutation(size=1), switch=Switch(pfc=PFC(quanta=134)))


def test_too_many_flows_are_refused_before_they_are_expanded():
    text = refusal(poisson(load=0.9, sizes=1, duration="1000s"))
    assert "flows need about" in text
    assert "this machine has" in text


def test_flows_that_outlast_the_clock_are_refused():
    edges = [(f"host{h}", "switch0", "1Mbps", "1us") for h in (0, 1)]
    text = refusal(flows([Flow(0, 1, 10**12)]), Topology.from_edges(2, 1, edges))
    assert "would need more simulated time than there is" in text
