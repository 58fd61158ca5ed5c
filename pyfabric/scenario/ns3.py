"""A run by the rules of the simulator published with HPCC instead of pyfabric's own."""

from __future__ import annotations

from collections.abc import Sequence

from pyfabric.spec import Faults, Spec, spec

_NODES_MAX = 65_536  # addresses are 11.x.y.1 with x * 256 + y the number of the node
_PORT_MAX = 65_535
_STREAM_MAX = 2**53
#: Random streams that its program takes before a run: for each node, and beside.
_NODE_STREAMS = 6
_OTHER_STREAMS = 2
#: And for each link with an error rate of its own.
_ERROR_STREAMS = 2


def streams_taken(nodes: int, error_links: int = 0) -> int:
    """How many random streams its program takes before the first draw of a run."""
    return _NODE_STREAMS * nodes + _OTHER_STREAMS + _ERROR_STREAMS * error_links


@spec
class Ns3(Spec):
    """Arithmetic and order of events of the ns-3 simulator published with HPCC (Li et al.,
    SIGCOMM'19), where they differ from pyfabric's own (docs/ns3.md); with it a run has one thread.

    node_ids: number of each node there, hosts first, then switches (None: 0, 1, ...); it decides
        addresses, ECMP seeds and the order of next hops.
    destination_ports: UDP destination port of all flows, or of each flow (100). The source port is
        10000 + the number of earlier flows of the same pair.
    global_base_rtt: every queue pair is told the largest base round trip of all pairs of hosts; if
        not, its own (True).
    first_stream: number of the random stream that its first draw takes; each draw takes the next
        one (None: 6 for each node and 2, as its program uses before a run).
    """

    node_ids: Sequence[int] | None = None
    destination_ports: int | Sequence[int] = 100
    global_base_rtt: bool = True
    first_stream: int | None = None

    def check(self, faults: Faults) -> None:
        ids = self.node_ids
        if ids is not None:
            good = isinstance(ids, tuple) and all(
                isinstance(i, int) and 0 <= i < _NODES_MAX for i in ids
            )
            if not good or len(set(ids)) != len(ids):
                faults.add("node_ids", f"must be different integers from 0 to {_NODES_MAX - 1}")
        ports = self.destination_ports
        if isinstance(ports, tuple):
            if not all(isinstance(port, int) and 0 <= port <= _PORT_MAX for port in ports):
                faults.add("destination_ports", f"must be integers from 0 to {_PORT_MAX}")
        else:
            faults.integer("destination_ports", ports, 0, _PORT_MAX)
        faults.boolean("global_base_rtt", self.global_base_rtt)
        if self.first_stream is not None:
            faults.integer("first_stream", self.first_stream, 0, _STREAM_MAX)
