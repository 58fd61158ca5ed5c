# cython: cdivision=True
"""The algorithm in Cython: the module itself is what a scenario takes."""

from libc.math cimport fmax, nearbyint
from libc.stdint cimport int64_t

from pyfabric.cc cimport (
    PF_CC_NEVER,
    capsule,
    describe,
    pf_cc_algorithm,
    pf_cc_event,
    pf_cc_wishes,
)


cdef struct State:
    double window
    int64_t cut_after_ps


cdef int init(
    const double* parameters, void* block, const pf_cc_event* event, pf_cc_wishes* wishes
) noexcept nogil:
    cdef State* s = <State*>block
    s.window = <double>event.line_rate_bps * <double>event.base_rtt_ps / 8e12
    wishes.window_bytes = <int64_t>nearbyint(s.window)
    return 0


cdef int on_ack(
    const double* parameters, void* block, const pf_cc_event* event, pf_cc_wishes* wishes
) noexcept nogil:
    cdef State* s = <State*>block
    cdef double increase = parameters[0], decrease = parameters[1]
    if not event.ecn_echo:
        s.window += increase * <double>event.mtu_bytes * <double>event.bytes / s.window
    elif event.now_ps >= s.cut_after_ps:
        s.window = fmax(s.window * decrease, <double>event.mtu_bytes)
        s.cut_after_ps = event.now_ps + event.base_rtt_ps
    wishes.window_bytes = <int64_t>nearbyint(s.window)
    return 0


cdef int64_t observe(
    const double* parameters,
    void* block,
    const pf_cc_event* event,
    pf_cc_wishes* wishes,
    double* values,
) noexcept nogil:
    cdef const State* s = <const State*>block
    values[0] = s.window
    values[1] = <double>s.cut_after_ps
    return PF_CC_NEVER


cdef pf_cc_algorithm algorithm
describe(&algorithm, b"Aimd", sizeof(State))
algorithm.parameters = b"increase=1.0 decrease=0.5"
algorithm.init = init
algorithm.on_ack = on_ack
algorithm.observed = b"window cut_after_ps"
algorithm.observe = observe


def __pyfabric_cc__():
    return capsule(&algorithm)
