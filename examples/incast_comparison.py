"""The same incast under DCQCN, under PFC alone, and with a window of one bandwidth-delay product.

All three are lossless. DCQCN nearly halves the time that ports are paused, but what was sent before
its first cuts fills the buffers, and a neighbour that only shares links waits behind it. A window
of one bandwidth-delay product prevents that first burst.
"""

import pyfabric as pf
from pyfabric.reports import comparison

topology = pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=16, link_delay="500ns")
incast = pf.incast(receiver=0, senders=range(8, 32), size="4MB", name="incast")
neighbour = pf.Flow(src="host31", dst="host1", size="1MB", start="1ms", name="neighbour")
scenario = pf.Scenario(topology=topology, workload=incast + neighbour)

controls = {
    "DCQCN": pf.DCQCN.preset("hpcc"),
    "PFC only": pf.NoCongestionControl(),
    "window": pf.StaticWindow("bdp"),
}
results = {
    name: pf.simulate(scenario.replace(congestion_control=control))
    for name, control in controls.items()
}
print(comparison(results))
