"""A routing loop of two switches: below n * B / TTL it only loses frames, above it locks up."""

import pyfabric as pf

edges = [("host1", "switch1", "40G", "1us"), ("switch0", "switch1", "40G", "1us")]


def loop(rate: str) -> pf.Scenario:
    """host0 sends at this rate to host1, whose switch sends everything back."""
    return pf.Scenario(
        topology=pf.Topology.from_edges(2, 2, [*edges, ("host0", "switch0", rate, "1us")]),
        workload=pf.Flow("host0", "host1", None),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(xoff="100kB"), ecn=None),
        nic=pf.Nic(ttl=16, rto=None),
        routes=[pf.Route(at="switch1", to="host1", via="switch0")],
        until="50ms",
    )


(found,) = (f for f in pf.verify(loop("4.5G")).findings if f.check == "routes")
print(found.message)
for rate in ("4.5G", "5.5G"):
    result = pf.simulate(loop(rate))
    print(f"\n{rate}: {result.stop_reason}, {len(result.drops)} frames dropped")
print(result.lossless())
