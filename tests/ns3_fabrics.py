"""Small experiments under that simulator's own rules: its files, run with model="ns3"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ns3_files import with_keys, write_files

import pyfabric as pf
from pyfabric.io import ns3

#: (src, dst, size) or with priority group; all start at START unless a start follows.
Flow = Sequence[object]
START = "2.0"
START_NS = 2_000_000_000
#: Marking thresholds that no queue reaches.
NO_MARKS = {
    "KMAX_MAP": "2 100000000000 90000 400000000000 90000",
    "KMIN_MAP": "2 100000000000 90000 400000000000 90000",
}
#: CC_MODE 3 with the keys of the runs that were published.
HPCC = {
    "CC_MODE": "3",
    "HAS_WIN": "1",
    "VAR_WIN": "1",
    "U_TARGET": "0.95",
    "MI_THRESH": "0",
    "INT_MULTI": "4",
    "MULTI_RATE": "0",
    "SAMPLE_FEEDBACK": "0",
    "RATE_AI": "50Mb/s",
}


def star(hosts: int, rate: str = "100Gbps") -> str:
    """Hosts 0 .. hosts - 1 at one switch, number ``hosts``; links of 1 us."""
    links = "".join(f"{host} {hosts} {rate} 1000ns 0\n" for host in range(hosts))
    return f"{hosts + 1} 1 {hosts}\n{hosts}\n{links}"


def leaf_spine(leaves: int, hosts_per_leaf: int, spines: int) -> str:
    """Hosts, then leaves, then spines; 100G below, 400G above, links of 1 us."""
    hosts = leaves * hosts_per_leaf
    below = [f"{host} {hosts + host // hosts_per_leaf} 100Gbps" for host in range(hosts)]
    above = [
        f"{hosts + leaf} {hosts + leaves + spine} 400Gbps"
        for leaf in range(leaves)
        for spine in range(spines)
    ]
    links = "".join(f"{link} 1000ns 0\n" for link in below + above)
    switches = range(hosts, hosts + leaves + spines)
    names = " ".join(map(str, switches))
    return f"{hosts + len(switches)} {len(switches)} {len(below + above)}\n{names}\n{links}"


def flow_text(flows: Sequence[Flow]) -> str:
    """A flow file; a flow is (src, dst, size[, pg[, start]])."""
    lines = [f"{len(flows)}\n"]
    for src, dst, size, *rest in flows:
        pg, start = (*rest, *(3, START)[len(rest) :])
        lines.append(f"{src} {dst} {pg} 100 {size} {start}\n")
    return "".join(lines)


def experiment(
    folder: Path, topology: str, flows: Sequence[Flow], **keys: str | None
) -> ns3.Experiment:
    """The experiment in ``folder``, which is the working directory."""
    config = with_keys(**{**NO_MARKS, **keys})
    write_files(folder, config=config, topology=topology, flows=flow_text(flows))
    return ns3.load("config.txt", model="ns3")


def completions(
    folder: Path, topology: str, flows: Sequence[Flow], **keys: str | None
) -> dict[tuple[int, int], int]:
    """(src, dst) -> fct_ns as fct.txt has it; pairs must differ."""
    made = experiment(folder, topology, flows, **keys)
    made.write(pf.simulate(made.scenario), folder)
    rows = [line.split() for line in (folder / "fct.txt").read_text().splitlines()]
    return {(_node(row[0]), _node(row[1])): int(row[6]) for row in rows}


def _node(address: str) -> int:
    return int(address, 16) >> 8 & 0xFFFF
