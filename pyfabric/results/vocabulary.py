"""Words for the native codes, and which columns can be without a value.

The codes are those of ``csrc/fabric`` (trace/tables.h, trace/observe.h, packet/frame.h).
"""

from __future__ import annotations

from typing import Final

#: Status of a flow. ``delivered``: the last byte has arrived, its acknowledgement has not.
STATUSES: Final = ("not_started", "running", "delivered", "finished", "failed")
NOT_STARTED, RUNNING, DELIVERED, FINISHED, FAILED = range(5)

OPS: Final = ("write", "send", "read")
PFC_MODES: Final = ("off", "quanta", "on_off")
KINDS: Final = ("data", "ack", "nak", "cnp", "read_request", "pfc", "credit", "credit_request")
EVENTS: Final = (
    *("", "transmit", "drop", "xoff", "xon", "complete", "sender_complete"),
    *("fail", "storm_begin", "storm_end"),
)
ECN: Final = ("not_ect", "ect1", "ect0", "ce")

#: Actions of watchdogs; "mute" is that of a NIC.
ACTIONS: Final = ("", "drop", "forward", "alert", "mute")

#: Cause of a drop, by native code.
CAUSES: Final = (
    *("", "headroom_exhausted", "ingress_threshold", "egress_threshold"),
    *("link_error", "ttl_expired", "no_route", "wred", "shared_headroom_exhausted", "watchdog"),
)
#: The same in words.
CAUSE_TEXTS: Final = {
    "headroom_exhausted": "share of the pool and headroom of the ingress port were full",
    "ingress_threshold": "the ingress port was over its share of the pool",
    "egress_threshold": "the egress queue was over its share of the pool",
    "link_error": "damaged on the wire",
    "ttl_expired": "the time to live ran out (a routing loop)",
    "no_route": "no route to the destination",
    "wred": "dropped early, by the length of the egress queue (WRED)",
    "shared_headroom_exhausted": "the headroom that all ingress ports share was full",
    "watchdog": "the PFC watchdog took the queue, or the port, for stuck in a pause storm",
}

#: Columns of the table of flows, in order.
FLOW_COLUMNS: Final = (
    *("name", "workload", "src", "src_name", "dst", "dst_name", "size_bytes", "start_ps"),
    *("fct_ps", "sender_fct_ps", "ideal_fct_ps", "slowdown", "finished", "status"),
    *("delivered_bytes", "priority", "op", "qp", "first_psn", "retransmitted_packets"),
)

#: Table -> columns that hold -1 (floats: NaN) where there is no value.
NULLABLE: Final[dict[str, tuple[str, ...]]] = {
    "flows": ("fct_ps", "sender_fct_ps", "ideal_fct_ps", "slowdown", "size_bytes"),
    "ports": ("headroom_bytes", "peak_headroom_bytes", "headroom_needed_bytes", "margin_bytes"),
    "pauses": ("end_ps", "xoff"),
    "drops": ("xoff_since_ps",),
    "watchdog": ("end_ps",),
    "livelocks": ("end_ps",),
    "classes": ("xoff_at_bytes", "kmin_bytes"),
    "xoffs": ("xon_ps", "egress_port", "egress_priority"),
}
