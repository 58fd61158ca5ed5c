"""The laws that any congestion control has to keep, each on a fabric of a few hosts.

A law takes a :class:`Bench` and yields what it found. Bounds are wide: they tell a broken
algorithm from a slow one, not a good one from a better one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyfabric.cc import CongestionControl
    from pyfabric.results import Result
    from pyfabric.scenario import Scenario

#: Where marking begins, so that a handful of senders is marked at once.
KMIN: Final = "50kB"
HALF: Final = "1ms"
WHOLE: Final = "2ms"
#: Share of the ideal goodput that one flow alone must reach, and should.
LEAST_USE, GOOD_USE = 0.3, 0.85
#: Jain's index of two flows (1/2: one has all), by R. Jain et al., DEC-TR-301, 1984.
LEAST_INDEX, GOOD_INDEX = 0.55, 0.8
#: Part of its fair share that no flow of an incast may stay below.
LEAST_SHARE: Final = 0.02
#: What must end does so by then: hundreds of times what it takes at line rate.
LONGEST: Final = "200ms"
#: Events per packet-hop; a native built-in needs 1 to 2.
MOST_EVENTS: Final = 10


@dataclass(frozen=True)
class CcFinding:
    """What a law found: ``severity`` is "error", "warning" or "note"."""

    severity: str
    law: str
    message: str

    def __str__(self) -> str:
        return f"{self.severity:8} {self.law}: {self.message}"


@dataclass
class Bench:
    """Runs scenarios under one control; ``measured`` takes the numbers of the report."""

    control: CongestionControl
    threads: int
    measured: dict[str, float] = field(default_factory=dict)

    def scenario(self, hosts: int, workload: Any, **settings: Any) -> Scenario:
        """A star of hosts at 100 Gb/s under the control; marks begin at 50 kB."""
        import pyfabric as pf

        given: dict[str, Any] = {
            "topology": pf.star(hosts, rate="100Gbps", link_delay="1us"),
            "switch": pf.Switch(ecn=pf.ECN(kmin=KMIN, kmax="200kB", pmax="1/5")),
            "nic": pf.Nic(start_jitter=0),
            "congestion_control": self.control,
            "until": LONGEST,
        }
        return pf.Scenario(workload=workload, **{**given, **settings})

    def run(self, scenario: Scenario, **options: Any) -> Result:
        from pyfabric.api import simulate

        return simulate(scenario, max_wall="60s", **options)


def utilisation(bench: Bench) -> Iterator[CcFinding]:
    """One flow alone uses its link, at slow and at fast rates."""
    import pyfabric as pf

    for rate, size in (("10Gbps", "400kB"), ("100Gbps", "4MB"), ("800Gbps", "16MB")):
        fabric = pf.star(2, rate=rate, link_delay="1us")
        result = bench.run(bench.scenario(2, pf.Flow(0, 1, size), topology=fabric))
        if not result.complete:
            yield CcFinding("error", "utilisation", f"one flow at {rate} does not end")
            continue
        share = 1 / float(result.flows["slowdown"][0])
        bench.measured[f"utilisation_{rate}"] = share
        if share < GOOD_USE:
            severity = "error" if share < LEAST_USE else "warning"
            message = f"one flow alone reaches {share:.0%} of its link at {rate}"
            yield CcFinding(severity, "utilisation", message)


def fairness(bench: Bench) -> Iterator[CcFinding]:
    """Two flows share a link, though one starts later."""
    import pyfabric as pf

    flows = [pf.Flow(1, 0, None), pf.Flow(2, 0, None, start="200us")]
    gained = _gained(bench, bench.scenario(3, pf.flows(flows)))
    index = float(gained.sum() ** 2 / (2 * (gained**2).sum())) if gained.any() else 0.0
    bench.measured["jain_index_of_two"] = index
    if index < GOOD_INDEX:
        severity = "error" if index < LEAST_INDEX else "warning"
        shares = " and ".join(f"{share:.0%}" for share in gained / max(gained.sum(), 1))
        message = f"of two flows, one 200 us later, the shares are {shares} (Jain {index:.2f})"
        yield CcFinding(severity, "fairness", message)


def starvation(bench: Bench) -> Iterator[CcFinding]:
    """No flow of an incast goes without, and the link stays in use."""
    import pyfabric as pf

    gained = _gained(bench, bench.scenario(9, pf.incast(0, senders=range(1, 9), size=None)))
    shares = gained / (100e9 / 8 / 1e3 / 8)  # of 1 ms at 100 Gb/s, by eight
    bench.measured["least_share_of_eight"] = float(shares.min())
    bench.measured["use_by_eight"] = float(shares.mean())
    if shares.min() < LEAST_SHARE:
        message = f"a flow of eight gets {shares.min():.1%} of its fair share"
        yield CcFinding("error", "starvation", message)
    if shares.mean() < GOOD_USE:
        severity = "error" if shares.mean() < LEAST_SHARE else "warning"
        message = f"eight flows together use {shares.mean():.0%} of their link"
        yield CcFinding(severity, "starvation", message)


def reaction(bench: Bench) -> Iterator[CcFinding]:
    """What it reacts to: marks, delay, loss. Marks must not make it send more."""
    import pyfabric as pf

    incast = pf.incast(0, senders=range(1, 9), size=None)
    blind = pf.Switch(ecn=None)
    idle = _wishes(bench.run(bench.scenario(2, pf.Flow(1, 0, None), until=WHOLE)))
    marked = _wishes(bench.run(bench.scenario(9, incast, until=WHOLE)))
    unmarked = _wishes(bench.run(bench.scenario(9, incast, until=WHOLE, switch=blind)))
    edges = [(f"host{i}", "switch0", "100Gbps", "1us", 1e-3) for i in range(2)]
    lossy = pf.Topology.from_edges(2, 1, edges)
    lost = _wishes(bench.run(bench.scenario(2, pf.Flow(1, 0, None), until=WHOLE, topology=lossy)))
    reacts = {
        "marks": not np.array_equal(marked, unmarked),
        "delay": bool((unmarked != idle[0]).any()),
        "loss": not np.array_equal(lost, idle),
    }
    bench.measured |= {f"reacts_to_{what}": float(yes) for what, yes in reacts.items()}
    named = [what for what, yes in reacts.items() if yes]
    told = f"reacts to {', '.join(named)}" if named else "reacts to nothing: only PFC holds it back"
    yield CcFinding("note", "reaction", told)
    more = marked[:, 0].sum() > 1.01 * unmarked[:, 0].sum()
    if reacts["marks"] and not reacts["delay"] and more:
        yield CcFinding("error", "reaction", "it sends faster when packets are marked")


def survival(bench: Bench) -> Iterator[CcFinding]:
    """Incast, loss, odd NICs and one-byte messages: every flow ends."""
    import pyfabric as pf

    incast = pf.incast(0, size="100kB")
    edges = [(f"host{i}", "switch0", "100Gbps", "1us", 1e-3) for i in range(4)]
    cases: dict[str, Scenario] = {
        "an incast of 32": bench.scenario(33, incast),
        "an incast without PFC": bench.scenario(
            9, incast, switch=pf.Switch(buffer="1MB", lossless_priorities=(), ecn=None)
        ),
        "damaged frames": bench.scenario(4, incast, topology=pf.Topology.from_edges(4, 1, edges)),
        "one-byte messages": bench.scenario(4, pf.all_to_all(1)),
        "one ACK in 16 packets": bench.scenario(5, incast, nic=pf.Nic(ack_every=16)),
        "CNPs on ACKs": bench.scenario(5, incast, nic=pf.Nic(cnp_style="ack")),
    }
    for name, scenario in cases.items():
        result = bench.run(scenario)
        open_flows = int((~result.flows["finished"]).sum())
        if open_flows:
            message = f"{name}: {open_flows} of {len(result.flows)} flows do not end in {LONGEST} "
            yield CcFinding("error", "survival", f"{message}({result.stop_reason})")
        hops = result.stats["events"] / max(result.stats["packet_hops"], 1)
        if hops > MOST_EVENTS:
            message = f"{name}: {hops:.0f} events per packet-hop; its timers are busy"
            yield CcFinding("warning", "survival", message)


def determinism(bench: Bench) -> Iterator[CcFinding]:
    """Equal runs, also on several threads, give equal fingerprints; memory does not grow."""
    import pyfabric as pf

    work = pf.incast(0, size="200kB") + pf.permutation("100kB", start="20us")
    scenario = bench.scenario(9, work)
    prints = {}
    for name, threads in (("once", 1), ("again", 1), ("on threads", bench.threads)):
        prints[name] = bench.run(scenario, threads=threads).fingerprint
    for name, found in prints.items():
        if found != prints["once"]:
            message = f"the same scenario run {name} gives another fingerprint: state is shared"
            yield CcFinding("error", "determinism", message)
    endless = bench.scenario(3, pf.incast(0, size=None))
    short, long = (
        bench.run(endless.replace(until=until)).stats["engine_memory_bytes"]
        for until in (HALF, "4ms")
    )
    if long > 2 * short:
        message = f"the engine's memory grows from {short:,} B in {HALF} to {long:,} B in 4ms"
        yield CcFinding("warning", "determinism", message)


#: In the order of the report.
LAWS: Final[dict[str, Callable[[Bench], Iterator[CcFinding]]]] = {
    law.__name__: law
    for law in (utilisation, fairness, starvation, reaction, survival, determinism)
}


def _gained(bench: Bench, scenario: Scenario) -> NDArray[np.float64]:
    """Payload bytes of each flow in the second half of the time."""
    half, whole = (
        bench.run(scenario.replace(until=until)).flows["delivered_bytes"] for until in (HALF, WHOLE)
    )
    gained: NDArray[np.float64] = (whole - half).astype(np.float64)
    return gained


def _wishes(result: Result) -> NDArray[np.int64]:
    """(rate, window) of each queue pair at the end."""
    columns = result.queue_pairs
    return np.stack([columns["rate_bps"], columns["window_bytes"]], axis=1)
