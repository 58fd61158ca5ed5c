"""What a run leaves behind: rows, order, names, status, statistics."""

import copy
import dataclasses
import pickle
import warnings

import numpy as np
import pytest
from result_tools import incast_scenario, leaf_spine_scenario, lossless_run, lossy_run

import pyfabric as pf
from pyfabric.results import Result


def without_flows(result: Result) -> Result:
    empty = result.flows.take(np.zeros(len(result.flows), dtype=bool))
    return dataclasses.replace(result, flows=empty)


def test_flows_are_in_plan_order_with_names() -> None:
    workload = pf.incast(receiver="host0", senders=range(4, 7), size="64kB") + pf.Flow(
        "host9", "host1", 1000, op="send", start="5us", name="late", priority=2
    )
    flows = pf.simulate(leaf_spine_scenario(workload)).flows
    assert flows["name"].tolist() == ["incast[0]", "incast[1]", "incast[2]", "late"]
    assert flows["workload"].tolist() == ["incast"] * 3 + ["late"]
    assert flows["src"].tolist() == [4, 5, 6, 9]
    assert flows["src_name"].tolist() == ["host4", "host5", "host6", "host9"]
    assert flows["dst_name"].tolist() == ["host0"] * 3 + ["host1"]
    assert flows["size_bytes"].tolist() == [64_000] * 3 + [1000]
    assert flows["op"].tolist() == ["write"] * 3 + ["send"]
    assert flows["priority"].tolist() == [3, 3, 3, 2]
    assert (flows["start_ps"] >= [0, 0, 0, 5_000_000]).all()
    assert (flows["start_ps"] < np.array([0, 0, 0, 5_000_000]) + 100_000).all()


def test_a_flow_alone_takes_its_ideal_time() -> None:
    flows = pf.simulate(leaf_spine_scenario(pf.Flow(0, 15, "1MB"))).flows
    assert flows["fct_ps"].tolist() == flows["ideal_fct_ps"].tolist()
    assert flows["slowdown"].tolist() == [1.0]
    assert flows["sender_fct_ps"][0] > flows["fct_ps"][0]
    assert flows["status"].tolist() == ["finished"]
    assert flows["delivered_bytes"].tolist() == [1_000_000]


def test_read_names_its_requester_as_source() -> None:
    flows = pf.simulate(leaf_spine_scenario(pf.Flow(2, 11, "100kB", op="read"))).flows
    assert (flows["src_name"][0], flows["dst_name"][0]) == ("host2", "host11")
    assert flows["finished"].all()


def test_gpus_have_their_own_names() -> None:
    topology = pf.leaf_spine(leaves=2, spines=1, hosts_per_leaf=2, gpus_per_host=2)
    scenario = pf.Scenario(topology=topology, workload=pf.Flow("host0:gpu1", "host3:gpu0", 4096))
    flows = pf.simulate(scenario).flows
    assert (flows["src"][0], flows["dst"][0]) == (1, 6)
    assert (flows["src_name"][0], flows["dst_name"][0]) == ("host0:gpu1", "host3:gpu0")


def test_ports_count_what_the_traffic_implies() -> None:
    result = pf.simulate(leaf_spine_scenario(pf.Flow(0, 15, 40_960, op="send")))
    ports = result.ports
    by_name = {name: row for row, name in enumerate(ports["name"].tolist())}
    sender = ports.row(by_name["host0->leaf0"])
    assert (sender["tx_frames"], sender["tx_data_frames"]) == (10, 10)
    assert sender["tx_bytes"] == 10 * (4096 + 62)
    assert sender["peer_name"] == "leaf0->host0"
    assert (sender["node_name"], sender["peer_node_name"]) == ("host0", "leaf0")
    assert sender["rate_bps"] == 400_000_000_000
    receiver = ports.row(by_name["host15->leaf1"])
    assert (receiver["tx_frames"], receiver["tx_data_frames"]) == (10, 0)  # one ACK per packet
    assert int(ports["tx_frames"].sum()) == result.stats["packet_hops"] == 80
    assert int(ports["tx_data_frames"].sum()) == result.stats["data_packet_hops"] == 40
    assert (ports["headroom_bytes"] >= 0).tolist() == ports["at_switch"].tolist()
    assert (ports["headroom_bytes"] == ports["headroom_needed_bytes"]).all()


def test_rows_are_sorted_by_time_node_port() -> None:
    result = lossless_run()
    for table, time in ((result.pauses, "start_ps"), (result.queues, "time_ps")):
        keys = list(zip(table[time], table["node"], table["port"], strict=True))
        assert len(keys) > 10
        assert keys == sorted(keys)
    trace = list(zip(result.trace["time_ps"], result.trace["node"], strict=True))
    assert trace == sorted(trace)
    assert lossy_run().drops["time_ps"].tolist() == sorted(lossy_run().drops["time_ps"].tolist())


def test_trace_is_what_the_counters_count() -> None:
    result = lossless_run()
    event = result.trace["event"]
    assert int((event == "transmit").sum()) == result.stats["packet_hops"]
    assert int((event == "complete").sum()) == len(result.flows)
    assert int((event == "xoff").sum()) == int((event == "xon").sum()) > 0
    assert len(result.trace) > 10_000


def test_pauses_add_up_to_the_paused_time() -> None:
    result = lossless_run()
    per_port = np.zeros(len(result.ports), dtype=np.int64)
    np.add.at(per_port, result.pauses["port"], result.pauses["duration_ps"])
    assert per_port.tolist() == result.ports["paused_ps"].tolist()
    assert per_port.max() > 0


def test_nothing_is_recorded_unless_asked() -> None:
    result = pf.simulate(incast_scenario())
    assert len(result.queues) == len(result.trace) == 0
    assert result.fingerprint == lossless_run().fingerprint
    assert result.plan_hash == lossless_run().plan_hash


def test_statistics_and_origin() -> None:
    result = lossless_run()
    for name in (
        *("packet_hops", "data_packet_hops", "events", "compile_cpu_seconds", "run_cpu_seconds"),
        *("run_wall_seconds", "peak_memory_bytes"),
    ):
        assert result.stats[name] > 0, name
    assert result.seed == 1
    assert result.scenario == incast_scenario()
    assert len(result.plan_hash) == 64
    assert set(result.versions) >= {"pyfabric", "model", "numpy", "compiler", "build_type"}


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r))])
def test_result_survives_copies(duplicate: object) -> None:
    for result in (lossless_run(), lossy_run()):
        again = duplicate(result)  # type: ignore[operator]
        assert again.tables == result.tables
        assert again.scenario == result.scenario
        assert str(again) == str(result)
        assert bool(again.lossless()) == bool(result.lossless())


def test_summary_is_one_screen() -> None:
    text = str(lossless_run())
    lines = text.splitlines()
    assert len(lines) <= 24
    assert lines[0].startswith("All done at ")
    assert "12 of 12 flows finished, 12 MB delivered" in lines[0]
    assert "up to 1 MB" in text
    assert "Lossless." in text
    assert lossless_run().fingerprint in text
    assert len(str(lossy_run()).splitlines()) <= 24
    assert "Not lossless, because" in str(lossy_run())


def test_printing_without_finished_flows_or_without_any() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        early = pf.simulate(incast_scenario(), until="1us")
        assert "no flow finished" in str(early)
        assert "0 of 12 flows finished" in str(early)
        assert "0 of 0 flows finished" in str(without_flows(early))
        for text in (str(early), str(without_flows(early))):
            assert "nan" not in text.lower()
    assert early.flows["fct_ps"].tolist() == [-1] * 12
    assert np.isnan(early.flows["slowdown"]).all()


def test_complete_and_stop_reasons() -> None:
    assert lossless_run().stop_reason == "all_done"
    assert lossless_run().complete
    early = pf.simulate(incast_scenario(), until="20us")
    assert (early.stop_reason, early.end_ps, early.complete) == ("until", 20_000_000, False)
    assert early.fingerprint is not None
    assert set(early.flows["status"].tolist()) == {"running"}
    cut = pf.simulate(incast_scenario(), max_wall=0)
    assert (cut.stop_reason, cut.complete, cut.fingerprint) == ("max_wall", False, None)
    assert cut.partial
    assert "cut short" in str(cut.lossless())
    assert "none (partial result)" in str(cut)


def test_flow_status_words() -> None:
    workload = pf.Flow(0, 15, "10kB", name="done") + pf.Flow(1, 14, "10MB", name="busy")
    workload += pf.Flow(2, 13, "10kB", start="1ms", name="later")
    result = pf.simulate(leaf_spine_scenario(workload), until="50us")
    assert result.flows["status"].tolist() == ["finished", "running", "not_started"]
    # The last byte is there, its acknowledgement is not.
    done = pf.simulate(leaf_spine_scenario(pf.Flow(0, 15, "10kB")))
    arrival = int((done.flows["start_ps"] + done.flows["fct_ps"])[0])
    cut = pf.simulate(leaf_spine_scenario(pf.Flow(0, 15, "10kB")), until=arrival + 1000)
    assert cut.flows["status"].tolist() == ["delivered"]
    assert cut.flows["finished"].all()
