"""Why was a flow slow that shares no congested link with anybody?

Three hosts of leaf1 and one of leaf0 fill the link of host0. PFC pauses spread from there up to the
senders' leaf and stop host7 as well, which sends to host1. `result.explain()` traces the pauses to
host0's link and names host7's flow as the victim; without the four it is several times as fast.
"""

import pyfabric as pf

fabric = pf.leaf_spine(
    leaves=2,
    spines=1,
    hosts_per_leaf=4,
    host_rate="100Gbps",
    uplink_rate="400Gbps",
    link_delay="500ns",
)
culprits = pf.incast(receiver=0, senders=[2, 4, 5, 6], size="3MB", name="incast")
victim = pf.flows([pf.Flow("host7", "host1", "2MB", name="victim")])
scenario = pf.Scenario(
    topology=fabric,
    workload=culprits + victim,
    congestion_control=pf.NoCongestionControl(),
    switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB"), ecn=None),
)
result = pf.simulate(scenario)
explained = result.explain()
print(explained)

alone = pf.simulate(scenario.replace(workload=victim))
row = explained.victims.row(0)
slow_ps, fast_ps = row["fct_ps"], int(alone.flows["fct_ps"][0])
print(f"Delay by pauses, estimated: {row['delay_ps'] / 1e6:.0f} us")
print(f"Completion without the four: {(slow_ps - fast_ps) / 1e6:.0f} us earlier")
