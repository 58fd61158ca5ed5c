/* The congestion-control contract: facts in, wishes out. Plain C, fixed layout, no pointer kept
 * between calls.
 *
 * One queue pair has one state block of PF_CC_STATE_BYTES, zeroed before `init` (with a `context`,
 * its first 8 bytes hold that pointer). Every call carries
 * the present time; an algorithm first brings itself up to it (timers whose effect is invisible
 * until the next fact cost no events: apply them lazily, as the same repeated arithmetic), then
 * uses the fact, then writes the wishes it wants to change. The wishes come in filled with what is
 * in force. A callback that is NULL is not called. Return 0, or an error number that ends the run
 * with an EngineError naming the algorithm. Arithmetic: + - * / sqrt on doubles only, so that
 * results are equal on every machine; rates leave as integers (nearest, ties to even).
 *
 * Callbacks run on the engine's threads, without Python's lock; queue pairs of different nodes at
 * the same time. What is shared between queue pairs must be constant.
 *
 * Versions. Structs only grow at their ends, except for pf_cc_hop, which stays. An algorithm says
 * with PF_CC_SIZES which header it was built against; one built against an older header of the same
 * PF_CC_ABI_VERSION runs, one built against a newer header than the engine's is refused. The
 * version rises when a field moves or changes its meaning; other versions are refused.
 */
#ifndef PYFABRIC_CC_H
#define PYFABRIC_CC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PF_CC_ABI_VERSION 1
#define PF_CC_STATE_BYTES 256
#define PF_CC_PARAMETERS 32
#define PF_CC_OBSERVED 4 /* values of its own that an algorithm may show in a trace */
#define PF_CC_NEVER INT64_MAX
#define PF_CC_CAPSULE "pyfabric.cc.algorithm.v1" /* name of a PyCapsule of a pf_cc_algorithm */

typedef struct pf_cc_hop { /* one switch of the path, by its telemetry */
  int64_t time_ps;
  int64_t tx_bytes;
  int64_t queue_bytes;
  int64_t rate_bps;
} pf_cc_hop;

typedef struct pf_cc_event {
  int64_t now_ps;
  int64_t line_rate_bps;  /* of the sender's port */
  int64_t base_rtt_ps;    /* of the idle path, one full packet and its ACK */
  int64_t mtu_bytes;      /* payload of a full packet */
  int64_t bytes;          /* on_send: L2 bytes; on_ack, on_nack: payload newly acknowledged */
  int64_t rtt_ps;         /* on_ack, on_nack: now - transmit start of the packet answered; else 0 */
  int64_t inflight_bytes; /* payload sent and not acknowledged, after the fact */
  uint32_t acked_psn;     /* oldest PSN not acknowledged, after the fact */
  uint32_t next_psn;      /* next PSN to send, after the fact */
  uint32_t ecn_echo;      /* on_ack, on_nack: data marked CE arrived since the last ACK */
  uint32_t hop_count;     /* number of hops; 0 without INT */
  const pf_cc_hop* hops;
  uint32_t queue_pair; /* its number in the run: to tell streams of random numbers apart */
  uint32_t path_hops;  /* switches on the way of the data */
} pf_cc_event;

typedef struct pf_cc_wishes {
  int64_t rate_bps; /* pacing rate over L2 bytes and gap, 0..line rate; 0 stops sending until the
                       next wish */
  int64_t window_bytes; /* limit on inflight_bytes, up to 2^60; 0: none */
  int64_t timer_ps;     /* absolute time of on_timer, not before now (in on_timer: after now);
                           PF_CC_NEVER: none */
} pf_cc_wishes;

typedef int (*pf_cc_callback)(const double* parameters, void* state, const pf_cc_event* event,
                              pf_cc_wishes* wishes);

/* For traces of congestion control: what is in force at event->now_ps, which is not before the last
 * fact. Of the event only now_ps, line_rate_bps, base_rtt_ps, mtu_bytes, queue_pair and path_hops
 * are filled. `wishes` come in as they were after the last fact; rate and window are corrected
 * where timers that are applied lazily have changed them since. `values` come in as NaN, which
 * stands for no value, and leave in the order of `observed`. `state` is a copy of the state block,
 * made at the last fact: what is replayed may stay in it until the next one. Nothing of a run
 * depends on whether it is traced. Returns the next time after now_ps at which any of this changes
 * although no fact comes, PF_CC_NEVER: none. */
typedef int64_t (*pf_cc_observe)(const double* parameters, void* state, const pf_cc_event* event,
                                 pf_cc_wishes* wishes, double* values);

typedef struct pf_cc_algorithm {
  uint32_t abi_version; /* PF_CC_ABI_VERSION */
  uint32_t struct_size; /* sizeof(pf_cc_algorithm) */
  const char* name;
  pf_cc_callback
      init; /* the queue pair's first message is posted; wishes: line rate, plan window, no timer */
  pf_cc_callback on_send; /* a data packet starts on the wire; the rate wished paces the next one */
  pf_cc_callback on_ack;  /* an ACK arrived, new data acknowledged or not */
  pf_cc_callback on_cnp;  /* a CNP arrived, or an ACK with CE echo where the NIC is set so */
  pf_cc_callback on_nack; /* a NAK arrived; with selective repeat: one that begins a recovery */
  pf_cc_callback on_timeout; /* the retransmission timer ran out */
  pf_cc_callback on_timer;   /* the wished timer */
  /* Of algorithms from outside of the engine; PF_CC_SIZES fills the first four. */
  uint32_t event_size;    /* sizeof(pf_cc_event) */
  uint32_t wishes_size;   /* sizeof(pf_cc_wishes) */
  uint32_t hop_size;      /* sizeof(pf_cc_hop) */
  uint32_t state_bytes;   /* what the algorithm uses of a state block, up to PF_CC_STATE_BYTES */
  const char* version;    /* NULL or a text that changes when results do; part of a plan's hash */
  const char* parameters; /* NULL, or names with defaults in their order: "gain=0.5 step_bps=4e7";
                             a name without a default has to be given */
  void* context;          /* NULL, or what a state block begins with when `init` is called */
  const char* observed;   /* NULL, or names of up to PF_CC_OBSERVED values: "alpha target_rate_bps";
                             the unit is the last word of a name */
  pf_cc_observe observe;  /* NULL, or reads them */
} pf_cc_algorithm;

/* First and last in an initialiser: {PF_CC_ABI, .name = "mine", .on_ack = on_ack,
 * PF_CC_SIZES(struct mine)}. */
#define PF_CC_ABI .abi_version = PF_CC_ABI_VERSION, .struct_size = sizeof(pf_cc_algorithm)
#define PF_CC_SIZES(state)                                                \
  .event_size = sizeof(pf_cc_event), .wishes_size = sizeof(pf_cc_wishes), \
  .hop_size = sizeof(pf_cc_hop), .state_bytes = sizeof(state)

#ifdef __cplusplus
}
#endif
#endif
