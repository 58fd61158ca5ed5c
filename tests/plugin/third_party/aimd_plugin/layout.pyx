"""Sizes and offsets as the header and the .pxd have them, for a test."""

from pyfabric.cc cimport pf_cc_algorithm, pf_cc_event, pf_cc_hop, pf_cc_wishes

cdef pf_cc_event event
cdef pf_cc_wishes wishes
cdef pf_cc_hop hop
cdef pf_cc_algorithm algorithm


cdef size_t at(void* field, void* start):
    return <size_t>field - <size_t>start


SIZES = {
    "pf_cc_hop": sizeof(pf_cc_hop),
    "pf_cc_event": sizeof(pf_cc_event),
    "pf_cc_wishes": sizeof(pf_cc_wishes),
    "pf_cc_algorithm": sizeof(pf_cc_algorithm),
}
OFFSETS = {
    "pf_cc_event.now_ps": at(&event.now_ps, &event),
    "pf_cc_event.line_rate_bps": at(&event.line_rate_bps, &event),
    "pf_cc_event.base_rtt_ps": at(&event.base_rtt_ps, &event),
    "pf_cc_event.mtu_bytes": at(&event.mtu_bytes, &event),
    "pf_cc_event.bytes": at(&event.bytes, &event),
    "pf_cc_event.rtt_ps": at(&event.rtt_ps, &event),
    "pf_cc_event.inflight_bytes": at(&event.inflight_bytes, &event),
    "pf_cc_event.acked_psn": at(&event.acked_psn, &event),
    "pf_cc_event.next_psn": at(&event.next_psn, &event),
    "pf_cc_event.ecn_echo": at(&event.ecn_echo, &event),
    "pf_cc_event.hop_count": at(&event.hop_count, &event),
    "pf_cc_event.hops": at(&event.hops, &event),
    "pf_cc_event.queue_pair": at(&event.queue_pair, &event),
    "pf_cc_event.path_hops": at(&event.path_hops, &event),
    "pf_cc_wishes.rate_bps": at(&wishes.rate_bps, &wishes),
    "pf_cc_wishes.window_bytes": at(&wishes.window_bytes, &wishes),
    "pf_cc_wishes.timer_ps": at(&wishes.timer_ps, &wishes),
    "pf_cc_hop.time_ps": at(&hop.time_ps, &hop),
    "pf_cc_hop.tx_bytes": at(&hop.tx_bytes, &hop),
    "pf_cc_hop.queue_bytes": at(&hop.queue_bytes, &hop),
    "pf_cc_hop.rate_bps": at(&hop.rate_bps, &hop),
    "pf_cc_algorithm.name": at(&algorithm.name, &algorithm),
    "pf_cc_algorithm.init": at(&algorithm.init, &algorithm),
    "pf_cc_algorithm.on_send": at(&algorithm.on_send, &algorithm),
    "pf_cc_algorithm.on_ack": at(&algorithm.on_ack, &algorithm),
    "pf_cc_algorithm.on_cnp": at(&algorithm.on_cnp, &algorithm),
    "pf_cc_algorithm.on_nack": at(&algorithm.on_nack, &algorithm),
    "pf_cc_algorithm.on_timeout": at(&algorithm.on_timeout, &algorithm),
    "pf_cc_algorithm.on_timer": at(&algorithm.on_timer, &algorithm),
    "pf_cc_algorithm.event_size": at(&algorithm.event_size, &algorithm),
    "pf_cc_algorithm.wishes_size": at(&algorithm.wishes_size, &algorithm),
    "pf_cc_algorithm.hop_size": at(&algorithm.hop_size, &algorithm),
    "pf_cc_algorithm.state_bytes": at(&algorithm.state_bytes, &algorithm),
    "pf_cc_algorithm.version": at(&algorithm.version, &algorithm),
    "pf_cc_algorithm.parameters": at(&algorithm.parameters, &algorithm),
    "pf_cc_algorithm.observed": at(&algorithm.observed, &algorithm),
    "pf_cc_algorithm.observe": at(&algorithm.observe, &algorithm),
    "pf_cc_algorithm.context": at(&algorithm.context, &algorithm),
}
