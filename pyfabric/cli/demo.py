"""The demonstration: incast and background traffic on 64 GPUs, with and without DCQCN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyfabric.api import simulate
from pyfabric.cc import DCQCN, CongestionControl, NoCongestionControl
from pyfabric.cli.outcome import DONE, INTERRUPTED
from pyfabric.cli.watch import watch
from pyfabric.reports import comparison
from pyfabric.scenario import Scenario
from pyfabric.topology import leaf_spine
from pyfabric.workload import incast, poisson

if TYPE_CHECKING:
    from pyfabric.results import Result

CONTROLS: Final[dict[str, CongestionControl]] = {
    "DCQCN": DCQCN.preset("hpcc"),
    "PFC only": NoCongestionControl(),
}


def scenario() -> Scenario:
    """64 GPUs under 4 leaves and 4 spines at 400 Gb/s; 32 of them send to one, all chatter."""
    return Scenario(
        topology=leaf_spine(
            leaves=4,
            spines=4,
            hosts_per_leaf=16,
            host_rate="400Gbps",
            uplink_rate="400Gbps",
            link_delay="500ns",
        ),
        workload=incast(
            receiver=0, senders=range(16, 48), size="500kB", start="500us", name="incast"
        )
        + poisson(load=0.3, sizes="websearch", duration="2ms", name="background"),
    )


def run_demo(threads: int = 1) -> int:
    """Run both settings and print them side by side; returns the exit code."""
    base = scenario()
    print("64 GPUs, 4 leaves x 4 spines, 400 Gb/s, one-way link delay 500 ns, switch buffer 32 MB")
    print("32 GPUs send 500 kB each to GPU 0 at once; all exchange WebSearch flows at load 0.3")
    results: dict[str, Result] = {}
    for name, control in CONTROLS.items():
        with watch(name) as progress:
            variant = base.replace(congestion_control=control)
            results[name] = simulate(variant, threads=threads, progress=progress)
        if results[name].stop_reason == "interrupted":
            print(f"\n{name}, interrupted:\n{results[name]}")
            return INTERRUPTED
    print(f"\n{comparison(results)}\n")
    for name, result in results.items():
        print(f"{name}: {result.lossless()}\n")
    hops = sum(int(result.stats["packet_hops"]) for result in results.values())
    seconds = sum(float(result.stats["run_cpu_seconds"]) for result in results.values())
    print(f"{hops:,} packet-hops in {seconds:.1f} s of CPU")
    return DONE
