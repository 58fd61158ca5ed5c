"""The headroom formula at its edge: no drop at H, drops one largest frame below, over all phases.

Frames are granular and phases matter: a largest frame of the reverse direction may have started
just before XOFF is due. The sender's phase and the reverse frame's phase are swept over one frame.
"""

from __future__ import annotations

import pytest
from oracle_tools import run_scenario

import pyfabric as pf

#: Without RETH every full packet is a largest frame.
LARGEST = 4096 + 62
PHASES = 12


def scenario(
    rate: str, delay: str, reaction: str, headroom: int | str, phase_ps: int
) -> pf.Scenario:
    """host0 sends at line rate into a slow egress; host2 fills host0's own downlink."""
    edges = [
        ("host0", "switch0", rate, delay),
        ("switch0", "host1", "1Gbps", delay),
        ("switch0", "host2", rate, delay),
    ]
    forward = pf.Flow("host0", "host1", 400_000, op="send")
    reverse = pf.Flow("host2", "host0", 4_000_000, op="send", start=phase_ps)
    return pf.Scenario(
        topology=pf.Topology.from_edges(3, 1, edges),
        workload=pf.flows([forward, reverse]),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(
            reserve=0, headroom=headroom, ecn=None, pfc=pf.PFC(xoff="50kB", reaction=reaction)
        ),
        # No acknowledgement but the last: only data frames meet the PFC frame on the reverse link.
        nic=pf.Nic(start_jitter=0, pfc_reaction=reaction, ack_every=10_000, rto="100ms"),
        framing=pf.Framing(reth=0),
        until="100us",
    )


def drops_and_peak(rate: str, delay: str, reaction: str, headroom: int | str) -> tuple[int, int]:
    """Most drops, and most headroom used, over the phases."""
    frame_ps = (LARGEST + 20) * 8 * 10**12 // pf.units.parse_rate(rate)
    drops = peak = 0
    for phase in range(PHASES):
        done = run_scenario(scenario(rate, delay, reaction, headroom, phase * frame_ps // PHASES))
        drops = max(drops, len(done.column("drops", "time_ps")))
        index = done.port("switch0->host0") * 8 + 3
        peak = max(peak, done.column("classes", "peak_headroom_bytes")[index])
    return drops, peak


@pytest.mark.parametrize(
    ("rate", "delay", "reaction"),
    [
        ("100Gbps", "1us", "200ns"),
        ("400Gbps", "500ns", "200ns"),
        ("400Gbps", "1us", "0ns"),
        ("25Gbps", "2us", "200ns"),
        ("100Gbps", "10us", "1us"),
    ],
)
def test_no_drop_at_the_formula_and_drops_one_frame_below(
    rate: str, delay: str, reaction: str
) -> None:
    probe = run_scenario(scenario(rate, delay, reaction, "auto", 0))
    formula = int(probe.plan.columns["port_headroom_bytes"][probe.port("switch0->host0")])
    drops, peak = drops_and_peak(rate, delay, reaction, "auto")
    assert drops == 0
    assert peak <= formula
    below, _ = drops_and_peak(rate, delay, reaction, formula - LARGEST)
    assert below > 0, f"formula {formula} B, peak {peak} B: a whole frame of slack"
