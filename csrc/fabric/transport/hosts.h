// State of all NICs and queue pairs, and the parameters they share.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "fabric/net/worker.h"
#include "fabric/transport/qp.h"
#include "fabric/transport/receiver_credits.h"
#include "fabric/transport/selective_repeat.h"

namespace fabric {

// A queue pair that waits for its pacing time at a NIC port.
struct Paced {
  Ps ready_at;
  std::uint32_t qp;
};

// Lists of the queue pairs of one NIC port that have something to send.
struct NicPort {
  std::vector<Paced> pacing;            // heap, earliest first, ties by queue pair
  Ring<std::uint32_t> ready[kClasses];  // round-robin order
  Ring<Frame> received;                 // waiting for a receive service below line rate
};

struct Nic {
  Ps rto = 0, rto_low = 0, cnp_interval = 0, nak_interval = 0;
  std::int64_t receive_rate_bps = 0;  // 0: data is handed to the host at once
  std::uint32_t ack_every = 1;
  std::uint32_t rto_low_packets = 0;
  std::uint8_t retries = 7, cnp_scope = 0, cnp_class = 6;
  std::int8_t ack_class = -1;
  bool cnp_on_ack = false;
  bool go_back_zero = false;  // a gap restarts the message
  std::unordered_map<std::uint32_t, Ps>
      cnp_at;  // per destination address, when so scoped; looked up, never walked
};

struct CcProfile {
  const CcAlgorithm* algorithm = nullptr;
  double parameters[PF_CC_PARAMETERS] = {};
};

// What congestion control has in force at a queue pair.
struct CcInForce {
  std::int64_t rate_bps = 0, window_bytes = 0;
  std::array<double, kObservedValues> values{};
};

// Where the trace of a queue pair's congestion control stands.
struct CcTrace {
  CcState state;            // a copy, made at the last fact, on which lazy timers are replayed
  CcInForce told, now;      // in the last row; as last looked at
  Ps told_at = -1;          // -1: no row
  Ps next_change = kNever;  // of what is in force, without a fact
  bool pending = false;     // `now` differs, and waits until another row may come
};

struct Framing {
  std::int64_t mtu_bytes = 0, header_bytes = 0, reth_bytes = 0, aeth_bytes = 0, ack_bytes = 0,
               cnp_bytes = 0, pad_bytes = 1;
  std::int64_t full_bytes = 0;  // of a data packet that neither begins nor ends a message

  std::int64_t padded(std::int64_t payload) const {
    return (payload + pad_bytes - 1) / pad_bytes * pad_bytes;
  }
};

struct Hosts {
  std::vector<Nic> nics;           // by node
  std::vector<NicPort> nic_ports;  // by global port; switch ports have none (hosts come first)
  std::vector<SendQp> send;
  std::vector<RecvQp> recv;
  std::vector<CcState> cc;
  std::vector<CcTrace> cc_traces;       // by queue pair; none unless recorded
  Ps cc_spacing = -1;                   // between two rows of one; -1: not recorded
  std::vector<Scoreboard> scoreboards;  // by queue pair; none if no queue pair is selective
  std::vector<PsnSet> kept;             // the same, at the receiver
  // By queue pair and by global port; none if no queue pair has credits.
  std::vector<CreditSender> credit_senders;
  std::vector<CreditReceiver> credit_receivers;
  std::vector<CreditPort> credit_ports;
  CreditRules credit_rules;
  std::vector<SendCounters> send_counters;
  std::vector<RecvCounters> recv_counters;
  std::vector<CcAlgorithm> plugins;  // that profiles refer to
  std::vector<CcProfile> profiles;
  std::vector<Message> messages;                    // by flow
  std::vector<std::uint32_t> message_flow;          // flows grouped by QP
  std::vector<std::uint32_t> start_flow;            // flows by posting node
  std::vector<Ps> complete_at, sender_complete_at;  // by flow, -1: not yet
  std::vector<FlowStatus> status;
  Framing framing;
  Rounding rounding = Rounding::kPs;

  bool traces_cc() const { return cc_spacing >= 0; }
};

// What a frame bears from its host on.
inline void set_priority(const Worker& w, Frame& f, unsigned priority) {
  f.cls = f.pg = std::uint8_t(priority);
  f.dscp = w.net.dscp[priority];
}

// A flow that finished or failed, and when.
struct ClosedFlow {
  Ps time;
  std::uint32_t flow;

  friend auto operator<=>(const ClosedFlow&, const ClosedFlow&) = default;
};

// A worker that may run hosts as well as switches.
struct HostWorker : Worker {
  HostWorker(Network& network, Hosts& all) : Worker(network), hosts(all) {}

  Hosts& hosts;
  std::uint64_t closed_flows = 0;  // flows finished or failed since the caller last looked
  bool lists_closed = false;
  std::uint32_t echo = 0;          // telemetry of the data frame at hand, for its ACK or NAK
  std::vector<ClosedFlow> closed;  // since they were last forgotten; empty unless listed

  Nic& nic() const { return hosts.nics[node->id]; }
  NicPort& nic_port(std::uint32_t local) const { return hosts.nic_ports[node->first_port + local]; }
  void close_flow(std::uint32_t flow, FlowStatus status) {
    hosts.status[flow] = status;
    ++closed_flows;
    if (lists_closed) [[unlikely]]
      closed.push_back({now, flow});
  }
};

}  // namespace fabric
