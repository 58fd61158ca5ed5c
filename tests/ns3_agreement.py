"""Runs under model="ns3" held against the plain model: every completion, pause and resume."""

from __future__ import annotations

from pathlib import Path

from ns3_reference import Network

import pyfabric as pf
from pyfabric.io import ns3

_GBPS = 10**9


def plain_run(
    made: ns3.Experiment,
    buffer: int,
    window: int,
    urgent: bool = False,
    model: type[Network] = Network,
) -> Network:
    """The plain model after its run of an experiment; buffer and window in bytes."""
    network, f = made.network, made.flows
    links = [(li.a, li.b, li.rate_bps // _GBPS, li.delay_ps // 1000) for li in network.links]
    flows = list(zip(f.src, f.dst, f.size_bytes, f.pg, f.start_ns, strict=True))
    run = model(len(network.host_ids), links, flows, buffer, window, urgent)
    run.run()
    return run


def agree(made: ns3.Experiment, wanted: Network, tmp_path: Path) -> None:
    """Nothing was lost, and both have the same completions and PFC frames, to the ns."""
    result = pf.simulate(made.scenario)
    made.write(result, tmp_path)
    fct = {row: int(ps) // 1000 for row, ps in enumerate(result.flows["sender_fct_ps"])}
    assert fct == wanted.fct
    lines = [line.split() for line in (tmp_path / "pfc.txt").read_text().splitlines()]
    pfc = sorted((int(t), int(node), int(kind), int(what)) for t, node, kind, _, what in lines)
    assert pfc == sorted(wanted.pfc)
    assert len(result.drops) == wanted.drops == 0
