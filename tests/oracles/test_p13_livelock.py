"""P13: livelock of go-back-0 (RDMA over commodity Ethernet at scale, SIGCOMM'16, 4.1).

One packet of 256 is lost between switch and receiver; messages of 4 MB, packets of 1 KB. With
go-back-0 a message needs (256/255)^4096, some nine million, attempts: the link is busy and nothing
is ever delivered. Go-back-N delivers at the rate of U8.
"""

from __future__ import annotations

import pytest
from oracle_tools import STILL, run_scenario

import pyfabric as pf

P, S_PS = 1 / 256, (1024 + 82) * 80
MESSAGE = 4 * 2**20


@pytest.mark.parametrize("op", ["send", "write", "read"])
@pytest.mark.parametrize("recovery", ["go_back_0", "go_back_n"])
def test_goodput_of_4_mb_messages(recovery: str, op: str) -> None:
    flows = [pf.Flow(0, 1, MESSAGE, op=op, qp="per_pair")] * 100
    edges = [
        ("host0", "switch0", "100Gbps", "1us", (0.0, P) if op == "read" else 0.0),
        ("switch0", "host1", "100Gbps", "1us", (P, 0.0) if op != "read" else 0.0),
    ]
    scenario = pf.Scenario(
        topology=pf.Topology.from_edges(2, 1, edges),
        workload=pf.flows(flows),
        congestion_control=pf.NoCongestionControl(),
        nic=STILL.replace(mtu=1024, recovery=recovery, rto="100us"),
        until="20ms",
    )
    done = run_scenario(scenario)
    sender = "host1->switch0" if op == "read" else "host0->switch0"
    # The link stays busy in both cases.
    busy = done.column("ports", "tx_data_frames")[done.port(sender)] * S_PS / 20e9
    assert busy > 0.9
    finished = sum(fct >= 0 for fct in done.column("flows", "fct_ps"))
    if recovery == "go_back_0":
        assert finished == 0
        return
    # W: packets sent while the packet behind the lost one arrives and its NAK returns, 4 links.
    window = (4 * 10**6 + 4 * S_PS) / S_PS
    share = S_PS / (S_PS * (1 + P * window) + P * P * 1e8)
    assert finished * MESSAGE / 1024 * S_PS / 20e9 == pytest.approx(share, rel=0.05)
