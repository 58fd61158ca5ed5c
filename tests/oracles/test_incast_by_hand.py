"""The first microseconds of a 2:1 incast, worked by hand.

100 Gb/s (80 ps a byte), 1 us per link, SEND packets of 1,000 B: 1,062 B of L2, 1,082 B and
86,560 ps on the wire; ACK 66 B, 86 B and 6,880 ps. host1 starts at 0, host2 at 40 ns, three packets
each. ECN marks above 1,000 B left in the queue, every mark a CNP (98 B and 7,840 ps on the wire).
"""

from __future__ import annotations

from oracle_tools import STILL, Run, run_scenario

import pyfabric as pf

DATA, ACK, CNP = 0, 1, 3
PACKET, ACK_WIRE, CNP_WIRE, LINK = 86_560, 6_880, 7_840, 1_000_000


def run_incast() -> Run:
    flows = [
        pf.Flow("host1", "host0", 3000, op="send"),
        pf.Flow("host2", "host0", 3000, op="send", start="40ns"),
    ]
    return run_scenario(
        pf.Scenario(
            topology=pf.star(hosts=3, rate="100Gbps", link_delay="1us"),
            workload=pf.flows(flows),
            congestion_control=pf.NoCongestionControl(),
            switch=pf.Switch(ecn=pf.ECN(kmin=1000, kmax=1000, pmax=1)),
            nic=STILL.replace(mtu=1000, cnp_interval=0),
        ),
        trace=True,
    )


def transmissions(done: Run, port: str, kind: int) -> list[tuple[int, int, int, int]]:
    """(time, flow, PSN, ECN) of the frames of a kind that a port started."""
    names = ("time_ps", "event", "kind", "port", "qp", "psn", "ecn")
    rows = zip(*(done.column("trace", name) for name in names), strict=True)
    wanted = done.port(port)
    return [
        (time, qp, psn, ecn)
        for time, event, what, where, qp, psn, ecn in rows
        if (event, what, where) == (1, kind, wanted)
    ]


def test_first_microseconds() -> None:
    done = run_incast()
    # host1 sends back to back from 0, host2 from 40 ns.
    assert transmissions(done, "host1->switch0", DATA) == [
        (0, 0, 0, 2),
        (PACKET, 0, 1, 2),
        (2 * PACKET, 0, 2, 2),
    ]
    assert [row[0] for row in transmissions(done, "host2->switch0", DATA)] == [
        40_000,
        40_000 + PACKET,
        40_000 + 2 * PACKET,
    ]
    # Store and forward: host1's first packet is in the switch after 1,086,560 ps and starts at
    # once; then the egress never idles and serves them in the order of arrival. What is left in
    # the queue when each starts:
    #   1,086,560 host1/0: nothing
    #   1,173,120 host2/0: host1/1, which arrived this very instant (arrivals run first): 1,062 B
    #   1,259,680 host1/1: host2/1 (since 1,213,120) and host1/2 (this instant): 2,124 B
    #   1,346,240 host2/1: host1/2 and host2/2 (since 1,299,680): 2,124 B
    #   1,432,800 host1/2: host2/2: 1,062 B
    #   1,519,360 host2/2: nothing
    first = PACKET + LINK
    not_marked, marked = 2, 3
    assert transmissions(done, "switch0->host0", DATA) == [
        (first, 0, 0, not_marked),
        (first + PACKET, 1, 0, marked),
        (first + 2 * PACKET, 0, 1, marked),
        (first + 3 * PACKET, 1, 1, marked),
        (first + 4 * PACKET, 0, 2, marked),
        (first + 5 * PACKET, 1, 2, not_marked),
    ]
    # Every mark is answered by a CNP, class 6, before the ACK that the same packet causes: it is
    # made first and the port is idle.
    at_host0 = [first + (k + 1) * PACKET + LINK for k in range(6)]
    assert [row[0] for row in transmissions(done, "host0->switch0", CNP)] == at_host0[1:5]
    assert transmissions(done, "host0->switch0", ACK) == [
        (at_host0[0], 0, 1, 0),
        (at_host0[1] + CNP_WIRE, 1, 1, 0),
        (at_host0[2] + CNP_WIRE, 0, 2, 0),
        (at_host0[3] + CNP_WIRE, 1, 2, 0),
        (at_host0[4] + CNP_WIRE, 0, 3, 0),
        (at_host0[5], 1, 3, 0),
    ]
    # Completion: last byte at host0; at the sender after the last ACK has crossed two links.
    assert done.column("flows", "fct_ps") == [at_host0[4], at_host0[5] - 40_000]
    # At the switch host1's last ACK (6,880 ps) catches up with the CNP before it (7,840 ps).
    back = 2 * (ACK_WIRE + LINK)
    behind_cnp = CNP_WIRE - ACK_WIRE
    assert done.column("flows", "sender_fct_ps") == [
        at_host0[4] + CNP_WIRE + back + behind_cnp,
        at_host0[5] + back - 40_000,
    ]
