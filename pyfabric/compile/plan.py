"""The compiled plan: every default made explicit, every name an index, as flat numpy columns.

A plan is all the engine is given. Its columns are described once, in :data:`COLUMNS`; the native
side reads the same names (``csrc/fabric/engine/plan.h``). Conventions: ``*_ps`` picoseconds,
``*_bytes`` bytes, ``*_bps`` bit/s, ``*_q32`` a probability times 2**32. Nodes are numbered hosts
first, then switches; the ports of a node are consecutive and in the order of the topology's edges.
-1 means "none" in signed columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyfabric.cc.plugin import Plugin

#: Version of docs/model.md that the plan was compiled for; part of every fingerprint.
MODEL_VERSION: Final = 1

#: Values of ``flow_op``.
OPS: Final = {"write": 0, "send": 1, "read": 2}


@dataclass(frozen=True)
class Column:
    """One column of a plan: its dtype, the dimension it runs over, what it means."""

    dtype: str
    dimension: str
    meaning: str


#: name -> column. Dimensions: N nodes, P ports, A addresses, Q queue pairs, F flows,
#: S pause storms, C congestion-control profiles, K qos profiles of switches.
COLUMNS: Final[dict[str, Column]] = {
    # -- nodes (N)
    "node_is_switch": Column("u1", "N", "0 host, 1 switch"),
    "node_first_port": Column("u4", "N+1", "first global port index of each node"),
    "node_latency_ps": Column("i8", "N", "pipeline latency of a data frame received by this node"),
    "node_lossless_mask": Column("u1", "N", "bit c set: class c is lossless at this node"),
    "node_strict_mask": Column(
        "u1", "N", "bit c set: class c is served strictly, highest class first"
    ),
    "node_weights": Column(
        "u4", "N,8", "DWRR weight of each class, in units of dwrr_quantum_bytes"
    ),
    "node_pfc_mode": Column("u1", "N", "0 off, 1 quanta, 2 on/off; governs sending and obeying"),
    "node_pfc_quanta": Column(
        "u2", "N", "pause time written into XOFF frames, quanta of 512 bit times"
    ),
    "node_pfc_reaction_ps": Column(
        "i8", "N", "from receiving XOFF to it binding at the next frame boundary"
    ),
    "node_shared_bytes": Column(
        "i8", "N", "switch: shared pool = buffer - reserves - headrooms; host 0"
    ),
    "node_alpha_shift": Column(
        "i1", "N", "dynamic threshold = free >> shift (negative: << -shift)"
    ),
    "node_lossy_alpha_shift": Column(
        "i1", "N", "the same for the egress threshold of lossy classes"
    ),
    "node_reserve_bytes": Column("i8", "N", "switch: reserve of every (port, class in use)"),
    "node_xoff_bytes": Column(
        "i8", "N", "switch: static XOFF threshold on shared bytes, -1: dynamic"
    ),
    "node_xon_offset_bytes": Column(
        "i8", "N", "switch: XON when shared bytes + offset <= threshold"
    ),
    "node_ecn_mask": Column("u1", "N", "bit c set: class c is ECN-marked at this switch"),
    "node_ecn_at_enqueue": Column("u1", "N", "0: mark at dequeue, 1: at enqueue"),
    "node_rto_ps": Column("i8", "N", "host: retransmission timeout, 0: none"),
    "node_retries": Column(
        "u1", "N", "host: retry count; one more timeout without progress fails the QP"
    ),
    "node_ack_every": Column(
        "u4", "N", "host: data packets per acknowledgement (message end always acks)"
    ),
    "node_ack_class": Column("i1", "N", "host: class of ACK and NAK, -1: the class of the data"),
    "node_cnp_class": Column("i1", "N", "host: class of CNP frames"),
    "node_cnp_interval_ps": Column(
        "i8", "N", "host: smallest spacing of CNPs in one cnp_scope, 0: every mark"
    ),
    "node_cnp_scope": Column(
        "u1", "N", "host: CNP spacing per 0 queue pair, 1 destination, 2 port"
    ),
    "node_cnp_on_ack": Column(
        "u1", "N", "host: 0 CNP frames; 1 no CNP frames, the CE echo of an ACK counts as CNP"
    ),
    "node_receive_rate_bps": Column(
        "i8", "N", "host: rate at which received data reach the host, 0: at once"
    ),
    "node_go_back_zero": Column("u1", "N", "host: 1: a gap restarts the message (go-back-0)"),
    "node_watchdog_poll_ps": Column("i8", "N", "switch: distance of watchdog polls, 0: none"),
    "node_watchdog_detection_ps": Column("i8", "N", "switch: stuck for so long: a storm begins"),
    "node_watchdog_restoration_ps": Column("i8", "N", "switch: no pause for so long: it ends"),
    "node_watchdog_action": Column("u1", "N", "switch: 1 drop, 2 forward, 3 alert; 0: no watchdog"),
    "node_pause_limit_ps": Column(
        "i8", "N", "host: XOFF in force for so long mutes the port in that class, 0: never"
    ),
    "node_rto_low_ps": Column(
        "i8", "N", "host: retransmission timeout while few packets are in flight, 0: none"
    ),
    "node_rto_low_packets": Column("u4", "N", "host: how few; selective repeat only"),
    "node_nak_interval_ps": Column(
        "i8", "N", "host: repeat of a NAK for the same PSN after this time, 0: never"
    ),
    "node_ttl": Column("u1", "N", "host: time to live of the frames that it sends"),
    "node_qos": Column(
        "i4", "N", "switch: its qos profile, -1: none; all switches of a plan have one, or none has"
    ),
    # -- maps, pools and WRED of switches (K); node columns about buffers then sum up the first
    # lossless group. Priorities, classes, groups and queues are 8 each, pools 4 of ingress and 4 of
    # egress.
    "priority_dscp": Column("u1", "8", "DSCP of each priority's frames, as hosts send them"),
    "qos_dscp_to_tc": Column("u1", "K,64", "traffic class of each DSCP"),
    "qos_tc_to_pg": Column("u1", "K,8", "ingress priority group of each traffic class"),
    "qos_tc_to_queue": Column("u1", "K,8", "egress queue of each traffic class"),
    "qos_pfc_to_pg": Column("u1", "K,8", "group that each PFC priority stands for"),
    "qos_pfc_to_queue": Column("u1", "K,8", "queue that each PFC priority stands for"),
    "qos_pfc_mask": Column("u1", "K", "bit p set: priority p is under PFC"),
    "qos_bounce": Column("u1", "K,64", "DSCP after a bounce, of each DSCP"),
    "qos_pool_bytes": Column("i8", "K,8", "size of each pool"),
    "qos_shared_headroom_bytes": Column(
        "i8", "K,4", "headroom that the groups of an ingress pool share, -1: each has its own"
    ),
    "qos_pg_pool": Column("u1", "K,8", "ingress pool of each group"),
    "qos_pg_reserve_bytes": Column("i8", "K,8", "reserve of each (port, group)"),
    "qos_pg_static_bytes": Column("i8", "K,8", "static threshold of each (port, group), -1: alpha"),
    "qos_pg_alpha_shift": Column("i1", "K,8", "threshold = free >> shift, 127: unlimited"),
    "qos_pg_headroom_bytes": Column(
        "i8", "K,8", "headroom of each (port, lossless group), -1: port_headroom_bytes"
    ),
    "qos_pg_xon_bytes": Column("i8", "K,8", "XON at or below this in any case"),
    "qos_pg_xon_offset_bytes": Column("i8", "K,8", "XON at or below threshold - offset"),
    "qos_queue_pool": Column(
        "u1", "K,8", "pool of each queue: 4 to 7 egress, 0 to 3 that of groups, 255: none"
    ),
    "qos_queue_reserve_bytes": Column("i8", "K,8", "reserve of each (port, queue)"),
    "qos_queue_static_bytes": Column("i8", "K,8", "its static threshold, -1: alpha"),
    "qos_queue_alpha_shift": Column("i1", "K,8", "threshold = free >> shift, 127: unlimited"),
    "qos_wred_mask": Column("u1", "K", "bit q set: queue q drops early"),
    "qos_wred_kmin_bytes": Column("i8", "K,8", "queue above which frames may be dropped"),
    "qos_wred_kmax_bytes": Column("i8", "K,8", "queue above which all are dropped"),
    "qos_wred_pmax_q32": Column("u8", "K,8", "drop probability at kmax, x 2**32"),
    # -- ports (P)
    "port_peer": Column("u4", "P", "global index of the port at the other end of the link"),
    "port_rate_bps": Column("i8", "P", "line rate of this direction"),
    "port_delay_ps": Column("i8", "P", "one-way propagation delay, > 0"),
    "port_error_q32": Column(
        "u8", "P", "probability that a frame that arrives at this port is damaged, x 2**32"
    ),
    "port_goes_up": Column("u1", "P", "1: the peer is a switch farther from hosts; 0 if unneeded"),
    "port_headroom_bytes": Column(
        "i8", "P", "switch: private headroom of each lossless class of this ingress port"
    ),
    "port_ecn_kmin_bytes": Column("i8", "P", "switch: egress queue above which marking begins"),
    "port_ecn_kmax_bytes": Column(
        "i8", "P", "switch: egress queue above which every frame is marked"
    ),
    "port_ecn_pmax_q32": Column("u8", "P", "switch: marking probability at kmax, x 2**32"),
    "port_alpha_shift": Column(
        "i1",
        "ns3 ports",
        "in the order of creation: threshold = free >> shift of each port, else empty",
    ),
    "port_credit_rate_bps": Column(
        "i8", "credit ports", "host: rate at which the port grants, 0: nothing; empty without any"
    ),
    "port_credit_packets": Column(
        "u4", "credit ports", "host: most packets granted and not got over all its senders"
    ),
    # -- routes
    # The address of a frame is (group, rank): addresses reachable over the same switches share a
    # group, rank counts inside it. With i = (group >> route_shift) - route_first, a switch's entry
    # is route_entry[route_base + i] if 0 <= i < route_count, else route_default. An entry is
    #   0xffffffff: unreachable;
    #   bits 31, 30 = 1, 1: the local port (entry & 0x3fffffff) + rank;
    #   1, 0: the entry local_entry[(entry & 0x3fffffff) + rank], which has none of these two forms;
    #   0, 1: the ECMP set of local ports first .. first + count - 1, with first = entry & 0x7fff
    #         and count - 1 = entry >> 15 & 0x7fff;
    #   0, 0: the ECMP set ecmp_port[ecmp_first[entry] : ecmp_first[entry + 1]] of local ports.
    "address_group": Column("u4", "A", "group of each address (address = NIC of a host)"),
    "address_rank": Column("u2", "A", "rank of each address in its group"),
    "route_base": Column(
        "u4", "N", "start of each switch's row in route_entry; equal rows may share"
    ),
    "route_first": Column("u4", "N", "group >> route_shift of the row's first entry"),
    "route_count": Column("u4", "N", "entries of the row"),
    "route_shift": Column("u1", "N", "low bits of groups that the row does not look at, up to 31"),
    "route_default": Column("u4", "N", "entry of groups outside of the row, not by rank"),
    "route_entry": Column("u4", "routes", "entries of all rows"),
    "local_entry": Column("u4", "locals", "entries of (switch, attached group, rank)"),
    "ecmp_first": Column("u4", "entries+1", "start of each numbered set's ports"),
    "ecmp_port": Column("u2", "members", "local port numbers, in the order the hash selects from"),
    "node_ecmp_seed": Column("u4", "N", "ECMP hash seed of each switch"),
    "node_ip": Column("u4", "ns3 nodes", "in the order of creation: IPv4 address, else empty"),
    # -- queue pairs (Q), named by the direction of the data
    "qp_tx_node": Column("u4", "Q", "host that sends the data (for READ: the responder)"),
    "qp_tx_port": Column("u2", "Q", "its local port"),
    "qp_tx_address": Column("u4", "Q", "its address: where ACK, NAK, CNP and READ requests go"),
    "qp_rx_node": Column("u4", "Q", "host that receives the data"),
    "qp_rx_port": Column("u2", "Q", "its local port"),
    "qp_rx_address": Column("u4", "Q", "its address: where data goes"),
    "qp_entropy": Column(
        "u4", "Q", "hashed by ECMP; stands for the UDP source port and the rest of the 5-tuple"
    ),
    "qp_udp_ports": Column(
        "u4",
        "ns3 pairs",
        "in the order of creation: UDP source port | destination port << 16, else empty",
    ),
    "qp_class": Column("u1", "Q", "class of the data"),
    "qp_read": Column("u1", "Q", "1: the data are READ responses"),
    "qp_cc": Column("u2", "Q", "congestion-control profile"),
    "qp_window_bytes": Column(
        "i8", "Q", "window handed to the congestion control at start, 0: none"
    ),
    "qp_base_rtt_ps": Column(
        "i8", "Q", "round trip of one full data packet and its ACK on the idle path"
    ),
    "qp_hops": Column("u1", "Q", "switches on the way of the data"),
    "qp_reorder_packets": Column(
        "u4", "Q", "selective repeat: PSNs that may be sent beyond a gap, 0: go-back"
    ),
    "qp_bdp_bytes": Column("i8", "Q", "selective repeat: cap on payload in flight, 0: none"),
    "qp_credit_packets": Column(
        "u4",
        "credit pairs",
        "most packets that the receiver has granted and not got, 0: no credits; empty without any",
    ),
    "qp_unsolicited_packets": Column(
        "u4", "credit pairs", "packets that a quiet queue pair sends unasked"
    ),
    "qp_credit_port": Column(
        "u2", "credit pairs", "local port of the receiver at which the data arrive: its pacer"
    ),
    "qp_message_first": Column("u4", "Q+1", "start of the QP's messages in message_flow"),
    "message_flow": Column("u4", "F", "flows grouped by QP, in the order (start, flow)"),
    # -- flows = messages (F), in plan order
    "flow_qp": Column("u4", "F", "queue pair"),
    "flow_op": Column("u1", "F", "0 write, 1 send, 2 read"),
    "flow_size_bytes": Column("i8", "F", "payload, -1: endless"),
    "flow_start_ps": Column("i8", "F", "when the operation is posted (jitter included)"),
    "flow_first_psn": Column(
        "u4", "F", "PSN of the first packet; messages of a QP follow each other"
    ),
    "flow_packets": Column("u4", "F", "number of packets, 0xffffffff: endless"),
    "start_first": Column("u4", "N+1", "start of each node's operations in start_flow"),
    "start_flow": Column(
        "u4", "F", "flows by posting node (the requester), in the order (start, flow)"
    ),
    # -- pause storms (S)
    "storm_port": Column("u4", "S", "global index of the host port that pauses its peer"),
    "storm_class": Column("u1", "S", "class"),
    "storm_start_ps": Column("i8", "S", "begin"),
    "storm_end_ps": Column("i8", "S", "end, -1: never"),
    # -- congestion control (C)
    "cc_algorithm": Column(
        "u4",
        "C",
        "index into the native registry (csrc/fabric/cc/registry.cc); 65536 + i: plugins[i]",
    ),
    "cc_parameters": Column(
        "f8", "C,32", "parameters in the order of the algorithm's native struct"
    ),
}

#: name -> meaning. All are int64.
SCALARS: Final[dict[str, str]] = {
    "model_version": "MODEL_VERSION",
    "model_seed": "seed of the model's own draws (ECN, link errors, tie rotation)",
    "mtu_bytes": "RDMA payload of a full packet",
    "header_bytes": "L2 bytes of data beside payload (Ethernet, FCS, IPv4, UDP, BTH, ICRC, INT)",
    "reth_bytes": "extra bytes of the first packet of a WRITE, and of a READ request",
    "aeth_bytes": "extra bytes of the first, last or only packet of a READ response",
    "ack_bytes": "L2 bytes of ACK and NAK",
    "cnp_bytes": "L2 bytes of a CNP",
    "pfc_bytes": "L2 bytes of a PFC frame",
    "gap_bytes": "bytes a frame occupies on the wire beside L2 (preamble and gap)",
    "pad_bytes": "payload is padded to a multiple of this",
    "truncate_ns": "serialisation, pacing: 1 floored to 1 ns, 2 in fixed point, 0 ps, rounded up",
    "creation_order": "1: events of the whole network by (time, creation), as docs/ns3.md has it",
    "rate_moves_packet": "1, then only: a change of rate moves the pacing time already set",
    "first_stream": "then only: number of the random stream of the first draw there",
    "int_hops": "most records of in-band telemetry (INT) on a data packet and its ACK, 0: none",
    "credit_quantum_packets": "packets of one grant of a receiver",
    "credit_reclaim_ps": "silence after which a sender's credit no longer counts as outstanding",
    "dwrr_quantum_bytes": "bytes that one unit of weight adds per DWRR round",
    "stop_grid_ps": "the run may end only at multiples of this",
    "stall_grid_ps": "deadlock is looked for at multiples of this",
    "until_ps": "the run ends exactly here, -1: when all work is done",
}


@dataclass(frozen=True)
class Plan:
    """Columns and scalars of one run, with the names needed to report on it.

    ``columns`` has exactly the keys of :data:`COLUMNS`, ``scalars`` those of :data:`SCALARS`.
    ``labels`` is for results only and never reaches the engine: ``node_names``, ``port_names``
    (lists of str), and per-flow columns ``src``, ``dst`` (endpoints), ``priority``, ``workload``
    (index into ``workload_names``), ``ideal_fct_ps``; ``endpoint_names``. ``plugins`` names the
    congestion controls from outside of the package.
    """

    columns: Mapping[str, NDArray[Any]]
    scalars: Mapping[str, int]
    labels: Mapping[str, Any] = field(default_factory=dict)
    plugins: tuple[Plugin, ...] = ()

    def __post_init__(self) -> None:
        if set(self.columns) != set(COLUMNS):
            raise ValueError(f"plan columns differ: {sorted(set(self.columns) ^ set(COLUMNS))}")
        if set(self.scalars) != set(SCALARS):
            raise ValueError(f"plan scalars differ: {sorted(set(self.scalars) ^ set(SCALARS))}")
        fixed = {}
        for name, column in COLUMNS.items():
            array = np.ascontiguousarray(self.columns[name], dtype=column.dtype)
            array.flags.writeable = False
            fixed[name] = array
        object.__setattr__(self, "columns", fixed)

    @property
    def hash(self) -> str:
        """SHA-256 over all columns and scalars (labels excluded): equal hash, equal run.

        Of plug-ins it takes name, version and names of parameters: what they say of themselves.
        """
        digest = hashlib.sha256()
        for plugin in self.plugins:
            digest.update(f"{plugin.name!r} {plugin.version!r} {plugin.parameters!r};".encode())
        for name in sorted(SCALARS):
            digest.update(f"{name}={int(self.scalars[name])};".encode())
        for name in sorted(COLUMNS):
            array = self.columns[name]
            digest.update(f"{name}:{array.dtype.str}{array.shape};".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()

    def save(self, path: str | PathLike[str]) -> None:
        """Write the plan, labels included, to a file that :meth:`load` reads."""
        from pyfabric.compile.plan_files import save_plan

        save_plan(self, path)

    @staticmethod
    def load(path: str | PathLike[str]) -> Plan:
        """A saved plan; ScenarioError when damaged or of another version of the model."""
        from pyfabric.compile.plan_files import load_plan

        return load_plan(path)
