"""Not lossless, because: headroom below what the links need, and what the verdict says about it."""

import pyfabric as pf

topology = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=8, link_delay="1us")
scenario = pf.Scenario(
    topology=topology,
    workload=pf.incast(receiver=0, senders=range(4, 16), size="1MB"),
    congestion_control=pf.NoCongestionControl(),
    switch=pf.Switch(headroom="10kB"),
)
report = pf.simulate(scenario).lossless()
print(report)

cured = pf.simulate(scenario.replace({"switch.headroom": "auto"}))
print("\nWith headroom='auto':", cured.lossless())
