"""Results in the formats of the HPCC simulator: fct.txt and pfc.txt.

Times are cut to whole ns, as that simulator's are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from pyfabric.io.ns3.base_rtt import PathTime, PathTimes

if TYPE_CHECKING:
    from pyfabric.io.ns3.flows import FlowFile
    from pyfabric.io.ns3.topology import NetworkFile
    from pyfabric.results import Result

_LOG: Final = logging.getLogger(__name__)
_NS_PS: Final = 1000
_SECOND_NS: Final = 10**9
#: Bytes of a data packet beside its payload: Ethernet 14, IPv4 20, UDP 8, number and group 6.
HEADER_BYTES: Final = 48
FIRST_PORT: Final = 10_000
PAUSE, RESUME = 1, 0


def address(node: int) -> int:
    """IPv4 address of a node, 11.x.y.1, as a number."""
    return 0x0B000001 + (node // 256 << 16) + (node % 256 << 8)


def standalone_fct_ns(path: PathTime, size_bytes: int, payload_bytes: int) -> int:
    """Completion time of a flow alone, the denominator of the HPCC paper's slowdown.

    Base round trip + all bytes with headers (no telemetry) at the bottleneck's rate, cut to ns.
    """
    packets = -(-size_bytes // payload_bytes)
    wire_bytes = size_bytes + packets * HEADER_BYTES
    return path.rtt_ns + wire_bytes * 8 * _SECOND_NS // path.rate_bps


def fct_lines(
    result: Result, network: NetworkFile, flows: FlowFile, payload_bytes: int
) -> Iterator[str]:
    """Lines of fct.txt, one per flow whose sender has processed the last acknowledgement, in the
    order of these moments: ``src_ip dst_ip sport dport size start_ns fct_ns ideal_ns``.

    The source port is 10000 + the number of earlier flows of the same pair.
    """
    if len(result.flows) != len(flows):
        message = f"the result has {len(result.flows)} flows, {flows.path} has {len(flows)}"
        raise ValueError(message)
    ports = _source_ports(flows)
    times = PathTimes(network, payload_bytes)
    fct = result.flows["sender_fct_ps"]
    done = np.flatnonzero(fct >= 0)
    order = done[np.argsort((result.flows["start_ps"] + fct)[done], kind="stable")]
    known: dict[tuple[int, int], PathTime | None] = {}
    for row in order.tolist():
        pair = src, dst = flows.src[row], flows.dst[row]
        if pair not in known:
            known[pair] = times.between(src, dst)
        path, size = known[pair], flows.size_bytes[row]
        ideal = 0 if path is None else standalone_fct_ns(path, size, payload_bytes)
        yield (
            f"{address(src):08x} {address(dst):08x} {ports[row]} {flows.dport[row]} {size} "
            f"{flows.start_ns[row]} {int(fct[row]) // _NS_PS} {ideal}\n"
        )


def _source_ports(flows: FlowFile) -> list[int]:
    count: dict[tuple[int, int], int] = {}
    ports = []
    for pair in zip(flows.src, flows.dst, strict=True):
        count[pair] = count.get(pair, 0) + 1
        ports.append(FIRST_PORT + count[pair] - 1)
    return ports


def pfc_lines(result: Result, network: NetworkFile) -> Iterator[str]:
    """Lines of pfc.txt in order of time: ``time_ns node node_type port type``.

    The node is the one that has to stop (type 0 host, 1 switch), the moment that at which the frame
    reaches it; type 1 is a pause, 0 the resume that ends it. Repeated pauses are not listed, and
    nothing tells classes apart, as in that simulator.
    """
    lost = result.rows_not_kept.get("pauses", 0)
    if lost:
        _LOG.warning("pfc.txt lacks %d pauses beyond the bound of the table", lost)
    pauses = result.pauses
    ids = np.asarray(network.node_ids, dtype=np.int64)
    node = pauses["node"]
    local = pauses["port"] - _first_ports(network)[node] + 1
    starts, ends = pauses["start_ps"], pauses["end_ps"]
    times = np.stack([starts, ends], axis=1).ravel()
    kinds = np.tile([PAUSE, RESUME], len(pauses))
    node, local = np.repeat(node, 2), np.repeat(local, 2)
    kept = np.flatnonzero(times >= 0)  # a pause still in force at the end has no resume
    order = kept[np.lexsort((local[kept], node[kept], times[kept]))]
    hosts = len(network.host_ids)
    for row in order.tolist():
        index = int(node[row])
        yield (
            f"{int(times[row]) // _NS_PS} {int(ids[index])} {int(index >= hosts)} "
            f"{int(local[row])} {int(kinds[row])}\n"
        )


def _first_ports(network: NetworkFile) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """[N] number of the first port of each node in the plan."""
    place = {node: index for index, node in enumerate(network.node_ids)}
    degree = np.zeros(len(place), dtype=np.int64)
    for link in network.links:
        degree[place[link.a]] += 1
        degree[place[link.b]] += 1
    return np.cumsum(degree) - degree
