"""P14: a receiver that drains at r < C (RDMA over commodity Ethernet at scale, SIGCOMM'16).

With PFC the throughput is r, the sender's port is paused for the share 1 - r/C, and nothing is
lost. Without PFC frames are lost at the NIC.
"""

from __future__ import annotations

import pytest
from oracle_tools import STILL, run_scenario

import pyfabric as pf

FULL, PAYLOAD = 4158, 4096  # L2 bytes of a full packet, and its payload


def scenario(receive: str, **changes: object) -> pf.Scenario:
    return pf.Scenario(
        topology=pf.star(hosts=2, rate="100Gbps", link_delay="500ns"),
        workload=pf.flows([pf.Flow(0, 1, None, op="send")]),
        congestion_control=pf.NoCongestionControl(),
        nic=STILL.replace(receive_rate=receive),
        until="20ms",
    ).replace(changes)


@pytest.mark.parametrize("gbps", [10, 40, 75, 90])
def test_throughput_and_pauses(gbps: int) -> None:
    done = run_scenario(scenario(f"{gbps}Gbps"))
    assert len(done.column("drops", "time_ps")) == 0
    delivered = done.column("flows", "delivered_bytes")[0]
    assert delivered * 8 / 20e-3 / 1e9 == pytest.approx(gbps * PAYLOAD / FULL, rel=0.01)
    port = done.port("switch0->host1")
    frames, sent = (done.column("ports", name)[port] for name in ("tx_frames", "tx_bytes"))
    stopped = 1 - (sent + 20 * frames) * 80 / 20e9  # nothing else keeps it from sending
    # r counts L2 bytes, the wire also carries 20 B of gap a frame.
    assert stopped == pytest.approx(1 - gbps / 100 * (FULL + 20) / FULL, abs=0.01)
    # A pause is counted from its arrival; it binds after 200 ns at a frame boundary.
    paused = done.column("ports", "paused_ps")[port] / 20e9
    binding = (200_000 + (FULL + 20) * 80) / 20e9
    assert stopped <= paused + 0.001
    assert paused <= stopped + binding * len(done.column("pauses", "start_ps"))


def test_the_pause_reaches_the_sender() -> None:
    done = run_scenario(scenario("10Gbps", **{"switch.buffer": "1MB"}))
    assert len(done.column("drops", "time_ps")) == 0
    assert done.column("ports", "paused_ps")[done.port("host0->switch0")] > 0


def test_a_receiver_as_fast_as_the_wire_never_pauses() -> None:
    done = run_scenario(scenario("100Gbps"))
    assert sum(done.column("ports", "xoff_sent")) == 0


def test_without_pfc_the_nic_loses_frames() -> None:
    done = run_scenario(scenario("10Gbps", **{"nic.pfc": False}))
    drops = done.column("drops", "port")
    assert drops
    assert set(drops) == {done.port("host1->switch0")}


def test_buffer_below_the_headroom_is_refused() -> None:
    with pytest.raises(pf.ScenarioError, match=r"nic.receive_buffer: 10kB is too small"):
        run_scenario(scenario("10Gbps", **{"nic.receive_buffer": "10kB"}))
    with pytest.raises(pf.ScenarioError, match="has no effect without receive_rate"):
        pf.Nic(receive_buffer="2MB")
