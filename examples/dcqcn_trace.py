"""What DCQCN does in an incast: rate and alpha of one sender, marks and depth of the queue.

Four senders share the link of host0. CNPs cut the rate, alpha remembers how often they came, timers
raise the rate again; in the end each sender has about a quarter of the link.
"""

import numpy as np

import pyfabric as pf

scenario = pf.Scenario(
    topology=pf.star(5, rate="100Gbps"),
    workload=pf.incast(receiver=0, size="20MB"),
    switch=pf.Switch(ecn=pf.ECN(kmin="100kB", kmax="400kB", pmax=0.2)),
    congestion_control=pf.DCQCN(g="1/16", rate_ai="1Gbps"),
    until="4ms",
)
result = pf.simulate(scenario, record={"cc": True, "queues": "10us"})
cc, queues = result.cc, result.queues
mine = np.flatnonzero(cc["qp"] == 0)
hot = queues["port_name"] == "switch0->host0"
times, depth, marks = (queues[name][hot] for name in ("time_ps", "size_bytes", "ecn_marks"))

print("time (us)   rate (Gb/s)   alpha   queue (kB)   frames marked")
for time_ps in range(400_000_000, result.end_ps + 1, 400_000_000):
    now = mine[np.searchsorted(cc["time_ps"][mine], time_ps, side="right") - 1]
    since = (times > time_ps - 400_000_000) & (times <= time_ps)
    print(
        f"{time_ps / 1e6:9.0f} {cc['rate_bps'][now] / 1e9:13.1f} {cc['alpha'][now]:7.3f}"
        f" {depth[since].mean() / 1e3:12.0f} {marks[since].sum():15d}"
    )
rates = result.rates("1ms")
late = rates["rate_bps"][rates["time_ps"] == 3 * 10**9] / 1e9
print("Allowed in the last millisecond, Gb/s:", ", ".join(f"{rate:.1f}" for rate in late))
