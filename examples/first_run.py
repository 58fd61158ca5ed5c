"""Ten lines: a leaf-spine fabric, an incast over background traffic, a verdict."""

import pyfabric as pf

topology = pf.leaf_spine(leaves=4, spines=4, hosts_per_leaf=16, host_rate="400Gbps",
                         uplink_rate="400Gbps", link_delay="500ns")  # fmt: skip
incast = pf.incast(receiver=0, senders=range(16, 48), size="1MB")
background = pf.poisson(load=0.3, sizes="websearch", duration="500us")
scenario = pf.Scenario(topology=topology, workload=incast + background, seed=1)
result = pf.simulate(scenario)
result.assert_lossless()
print(result)
