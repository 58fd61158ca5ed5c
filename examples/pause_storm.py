"""A NIC that sends pauses without end, on 64 hosts: who stops, and what a watchdog saves.

host0 gets one flow of 64, and its NIC is stuck: it pauses its leaf from 100 us on. The frames for
host0 fill one buffer after the other, back to senders that never talk to host0. `result.explain()`
traces all pauses to host0 and names the victims. With a PFC watchdog at host0's leaf the queue of
the stuck NIC is thrown away after 1 ms, with what comes for it and from it, and everybody else goes
on.
"""

import pyfabric as pf

fabric = pf.leaf_spine(
    leaves=8,
    spines=2,
    hosts_per_leaf=8,
    host_rate="25Gbps",
    uplink_rate="100Gbps",
    link_delay="500ns",
)
scenario = pf.Scenario(
    topology=fabric,
    workload=pf.permutation("4MB"),
    switch=pf.Switch(buffer="8MB", pfc=pf.PFC(xoff="60kB")),
    nic=pf.Nic(ack_priority=0),
    faults=[pf.PauseStorm(host="host0", start="100us")],
    until="20ms",
)


def finished(result: pf.Result) -> int:
    """Flows that have arrived."""
    return int(result.flows["finished"].sum())


print(pf.verify(scenario).ok, "- nothing in this fabric ends the storm\n")
stuck = pf.simulate(scenario)
explained = stuck.explain()
print(explained)
print(f"\nWithout a watchdog: {finished(stuck)} of 64 flows finished")

dog = pf.PFCWatchdog(detection="1ms", restoration="1ms", action="drop")
leaf = scenario.switch.replace(watchdog=dog)
guarded = pf.simulate(scenario.replace(overrides={"leaf0": leaf}))
print(f"With a watchdog at leaf0: {finished(guarded)} of 64 flows finished\n")
print(guarded.explain())
