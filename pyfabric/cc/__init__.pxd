"""The congestion-control contract for Cython: ``from pyfabric.cc cimport pf_cc_event, ...``.

``include_dirs=[pyfabric.get_include()]`` in the build finds the header. The page
docs/write-your-own.md has an example.
"""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int64_t, uint32_t


cdef extern from "pyfabric/cc.h":
    const int PF_CC_ABI_VERSION
    const int PF_CC_STATE_BYTES
    const int PF_CC_PARAMETERS
    const int PF_CC_OBSERVED
    const int64_t PF_CC_NEVER
    const char* PF_CC_CAPSULE

    ctypedef struct pf_cc_hop:
        int64_t time_ps
        int64_t tx_bytes
        int64_t queue_bytes
        int64_t rate_bps

    ctypedef struct pf_cc_event:
        int64_t now_ps
        int64_t line_rate_bps
        int64_t base_rtt_ps
        int64_t mtu_bytes
        int64_t bytes
        int64_t rtt_ps
        int64_t inflight_bytes
        uint32_t acked_psn
        uint32_t next_psn
        uint32_t ecn_echo
        uint32_t hop_count
        const pf_cc_hop* hops
        uint32_t queue_pair
        uint32_t path_hops

    ctypedef struct pf_cc_wishes:
        int64_t rate_bps
        int64_t window_bytes
        int64_t timer_ps

    ctypedef int (*pf_cc_callback)(const double*, void*, const pf_cc_event*,
                                   pf_cc_wishes*) noexcept nogil

    ctypedef int64_t (*pf_cc_observe)(const double*, void*, const pf_cc_event*,
                                      pf_cc_wishes*, double*) noexcept nogil

    ctypedef struct pf_cc_algorithm:
        uint32_t abi_version
        uint32_t struct_size
        const char* name
        pf_cc_callback init
        pf_cc_callback on_send
        pf_cc_callback on_ack
        pf_cc_callback on_cnp
        pf_cc_callback on_nack
        pf_cc_callback on_timeout
        pf_cc_callback on_timer
        uint32_t event_size
        uint32_t wishes_size
        uint32_t hop_size
        uint32_t state_bytes
        const char* version
        const char* parameters
        void* context
        const char* observed
        pf_cc_observe observe


cdef inline void describe(
    pf_cc_algorithm* algorithm, const char* name, size_t state_bytes
) noexcept nogil:
    """What every algorithm says of itself; ``name`` must stay in memory."""
    algorithm.abi_version = PF_CC_ABI_VERSION
    algorithm.struct_size = sizeof(pf_cc_algorithm)
    algorithm.event_size = sizeof(pf_cc_event)
    algorithm.wishes_size = sizeof(pf_cc_wishes)
    algorithm.hop_size = sizeof(pf_cc_hop)
    algorithm.state_bytes = <uint32_t>state_bytes
    algorithm.name = name


cdef inline object capsule(const pf_cc_algorithm* algorithm):
    """The capsule that ``CustomCongestionControl`` takes; ``algorithm`` must stay in memory."""
    return PyCapsule_New(<void*>algorithm, PF_CC_CAPSULE, NULL)
