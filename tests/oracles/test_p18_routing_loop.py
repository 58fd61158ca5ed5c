"""P18, deadlock of a routing loop (Hu et al., "Deadlocks in datacenter networks: why do they form,
and how to avoid them", HotNets'16).

n switches send the frames for one host round, at link rate B; each frame is dropped after TTL
switches. A frame that comes in at one of them passes TTL links of the loop, so injecting at rate r
loads each link with r * TTL / n, and the loop locks up if and only if r > n * B / TTL. If n does
not divide TTL, the link behind the switch where they come in carries each ceil(TTL / n) times, and
the bound is B / ceil(TTL / n). The host's link paces the source: its rate is r, gaps between frames
counted as in B.
"""

from __future__ import annotations

import pytest

import pyfabric as pf

B = 40_000_000_000
LOOPS = [(2, 16), (2, 8), (3, 24), (3, 16), (4, 64)]


def loop(n: int, ttl: int, rate: int, until: str = "100ms", **pfc: str) -> pf.Scenario:
    """host0 sends to host1, at the last switch of n, which sends on to the first, as do all."""
    edges = [(f"switch{i}", f"switch{(i + 1) % n}", "40G", "1us") for i in range(n if n > 2 else 1)]
    edges += [("host0", "switch0", rate, "1us"), ("host1", f"switch{n - 1}", "40G", "1us")]
    return pf.Scenario(
        topology=pf.Topology.from_edges(2, n, edges),
        workload=pf.Flow(0, 1, None),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(pfc=pf.PFC(**({"xoff": "40kB"} | pfc)), ecn=None),
        nic=pf.Nic(ttl=ttl, rto=None),
        routes=[pf.Route(f"switch{i}", "host1", f"switch{(i + 1) % n}") for i in range(n)],
        until=until,
    )


def test_the_figures_of_the_paper() -> None:
    """Two switches, 40 Gb/s, TTL 16: 5 Gb/s is the bound."""
    assert pf.simulate(loop(2, 16, 4_500_000_000)).stop_reason == "until"
    result = pf.simulate(loop(2, 16, 5_500_000_000))
    assert result.stop_reason == "deadlock"
    verdict = str(result.lossless())
    assert "switch0->switch1" in verdict
    assert "switch1->switch0" in verdict


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("n", "ttl"), LOOPS)
def test_a_loop_locks_up_above_the_bound_and_never_below(n: int, ttl: int, seed: int) -> None:
    bound = B // -(-ttl // n)
    below = pf.simulate(loop(n, ttl, bound * 97 // 100).replace(seed=seed))
    assert below.stop_reason == "until"
    assert set(below.drops["cause"].tolist()) == {"ttl_expired"}
    above = pf.simulate(loop(n, ttl, bound * 103 // 100).replace(seed=seed))
    assert above.stop_reason == "deadlock"


def test_the_bound_does_not_depend_on_thresholds() -> None:
    """With dynamic thresholds of the default 32 MB it only takes longer."""
    assert pf.simulate(loop(2, 16, 5_500_000_000, "100ms", xoff="dynamic")).stop_reason == (
        "deadlock"
    )
    assert pf.simulate(loop(2, 16, 4_500_000_000, "100ms", xoff="dynamic")).stop_reason == "until"


@pytest.mark.parametrize(("n", "ttl"), LOOPS)
def test_verify_names_the_loop_and_the_bound(n: int, ttl: int) -> None:
    report = pf.verify(loop(n, ttl, B))
    (found,) = (f for f in report.findings if f.check == "routes")
    assert found.severity == "error"
    assert found.places == tuple(f"switch{i}" for i in range(n))
    assert found.numbers["deadlock_rate_bps"] == B // -(-ttl // n)
    assert "frames for host1" in found.message
    assert {f.check for f in report.findings if f.severity == "error"} == {"routes", "dependency"}
