#include "fabric/transport/requester.h"

#include "fabric/transport/congestion.h"
#include "fabric/transport/congestion_trace.h"
#include "fabric/transport/messages.h"
#include "fabric/transport/nic.h"
#include "fabric/transport/retransmission_timer.h"

namespace fabric::requester {

namespace {

using congestion::Fact, congestion::pacing_gap, congestion::tell;

// Everything before `psn` has arrived.
[[gnu::always_inline]] inline std::int64_t acknowledge(HostWorker& h, std::uint32_t qp,
                                                       std::uint32_t psn) {
  SendQp& q = h.hosts.send[qp];
  while (q.una.index < q.message_end && psn >= q.una.end_psn) {
    if (!q.read) {  // a READ is complete at its requester
      const std::uint32_t flow = h.hosts.message_flow[q.una.index];
      h.hosts.sender_complete_at[flow] = h.now;
      h.close_flow(flow, FlowStatus::kFinished);
      observe_flow(h, Observable::kSenderComplete, qp, psn);
    }
    step_forward(h.hosts, q.una, q.message_end);
  }
  const std::int64_t before = q.una_bytes;
  q.una_psn = psn;
  q.una_bytes = bytes_before(h.hosts, q.una, psn);
  q.retries = 0;
  if (psn > q.next_psn && !h.net.devices) {  // an earlier transmission arrived after all
    q.next_psn = psn;
    q.next_bytes = q.una_bytes;
    q.next = q.una;
  }
  if (q.next_psn > q.una_psn || q.awaits_credit())
    arm_rto(h, qp);
  else
    q.rto_deadline = kNever;
  return q.una_bytes - before;
}

void go_back(SendQp& q) {
  q.next_psn = q.una_psn;
  q.next_bytes = q.una_bytes;
  q.next = q.una;
  q.rto_deadline = kNever;
}

// Go-back-0: the receiver threw away what it had of the message, or may have.
void forget(SendQp& q) {
  q.una_psn = q.una.first_psn;
  q.una_bytes = q.una.base_bytes;
}

void fail(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  q.failed = true;
  q.rto_deadline = kNever;
  while (!q.read && q.una.index < q.message_end && q.una.first_psn < q.posted_psn) {
    h.close_flow(h.hosts.message_flow[q.una.index], FlowStatus::kFailed);
    observe_flow(h, Observable::kFail, qp, q.una.first_psn);
    step_forward(h.hosts, q.una, q.message_end);
  }
}

// Timeouts and NAKs share the retry counter, which new acknowledgements reset (IBTA volume 1,
// chapter 9.9). False: the counter is used up and the queue pair has failed.
bool count_retry(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  if (q.retries == h.nic().retries && !h.net.devices) {
    fail(h, qp);
    return false;
  }
  ++q.retries;
  return true;
}

bool retry(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  if (!count_retry(h, qp)) return false;
  if (q.selective) {
    q.rto_deadline = kNever;
    selective::on_expiry(h, qp);
  } else {
    // The NAK that told of it may be lost, and is not sent again.
    if (h.nic().go_back_zero) forget(q);
    go_back(q);
  }
  return true;
}

void start(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  if (q.started) return;
  q.started = true;
  tell(h, qp, &CcAlgorithm::init, {});
  if (h.hosts.traces_cc()) congestion_trace::begin(h, qp);
}

}  // namespace

void post(HostWorker& h, std::uint32_t qp, std::uint32_t end_psn) {
  SendQp& q = h.hosts.send[qp];
  start(h, qp);
  const bool quiet = q.una_psn == q.posted_psn;
  q.posted_psn = q.limit_psn = std::max(q.posted_psn, end_psn);
  if (q.failed) return fail(h, qp);
  if (q.credited) [[unlikely]]
    credits::posted(h, qp, quiet);
  nic::list_qp(h, qp);
}

void sent(HostWorker& h, std::uint32_t qp, const Frame& f) {
  SendQp& q = h.hosts.send[qp];
  if (q.has_lost) [[unlikely]] {
    selective::resent(h, qp);
    ++h.hosts.send_counters[qp].retransmitted_packets;
  } else {
    ++q.next_psn;
    if (q.next_psn > q.high_psn)
      q.high_psn = q.next_psn;
    else
      ++h.hosts.send_counters[qp].retransmitted_packets;
    if (q.next_psn < q.next.end_psn) [[likely]]  // it was a full one
      q.next_bytes += h.hosts.framing.mtu_bytes;
    else
      q.next_bytes = bytes_before(h.hosts, q.next, q.next_psn);
  }
  if (q.read && !q.selective) {  // READ responses are not acknowledged
    q.una_psn = q.next_psn;
    q.una_bytes = q.next_bytes;
  } else if (q.rto_deadline == kNever) {
    arm_rto(h, qp);
  }
  tell(h, qp, &CcAlgorithm::on_send, {.bytes = f.size_bytes});
  const Ps gap = pacing_gap(h, q, f.size_bytes + h.net.gap_bytes);
  q.ready_at = gap == kNever ? kNever : h.now + gap;
}

namespace {

[[gnu::noinline]] void on_selective_ack(HostWorker& h, const Frame& f, Fact& fact) {
  SendQp& q = h.hosts.send[f.qp];
  if (f.psn > q.una_psn) {
    fact.bytes = -selective::forget_below(h, f.qp, f.psn);
    fact.bytes += acknowledge(h, f.qp, f.psn);
  }
  if (f.kind == Kind::kNak) {
    ++h.hosts.send_counters[f.qp].naks_received;
    const std::int64_t news = selective::mark(h, f.qp, selective::cause(h, f));
    fact.bytes += news;
    if (news > 0) {
      q.retries = 0;
      arm_rto(h, f.qp);
    }
  }
  selective::learn(h, f.qp, f.stamp);
  const bool recovery = selective::look_for_losses(h, f.qp) && f.kind == Kind::kNak;
  tell(h, f.qp, recovery ? &CcAlgorithm::on_nack : &CcAlgorithm::on_ack, fact);
}

[[gnu::always_inline]] inline void on_cumulative_ack(HostWorker& h, const Frame& f, Fact& fact) {
  SendQp& q = h.hosts.send[f.qp];
  if (f.psn > q.una_psn) fact.bytes = acknowledge(h, f.qp, f.psn);
  if (f.kind == Kind::kNak && h.nic().go_back_zero && f.psn == q.una.first_psn) forget(q);
  if (f.kind == Kind::kNak) {
    ++h.hosts.send_counters[f.qp].naks_received;
    if (f.psn == q.una_psn && q.next_psn > q.una_psn && !retry(h, f.qp)) return;
    tell(h, f.qp, &CcAlgorithm::on_nack, fact);
  } else {
    tell(h, f.qp, &CcAlgorithm::on_ack, fact);
  }
}

}  // namespace

void on_ack(HostWorker& h, const Frame& f) {
  const SendQp& q = h.hosts.send[f.qp];
  if (q.failed) return;
  Fact fact{.rtt = h.now - f.stamp, .ecn_echo = (f.flags & kEchoCe) != 0};
  if (h.net.telemetry.hops() != 0) fact.tail = f.tail();
  q.selective ? on_selective_ack(h, f, fact) : on_cumulative_ack(h, f, fact);
  if (q.failed) return;
  if (fact.ecn_echo && h.nic().cnp_on_ack) {
    ++h.hosts.send_counters[f.qp].cnps_received;
    tell(h, f.qp, &CcAlgorithm::on_cnp, {});
  }
  nic::list_qp(h, f.qp);
}

void on_cnp(HostWorker& h, const Frame& f) {
  ++h.hosts.send_counters[f.qp].cnps_received;
  tell(h, f.qp, &CcAlgorithm::on_cnp, {});
  nic::list_qp(h, f.qp);
}

void on_read_request(HostWorker& h, const Frame& f) {
  SendQp& q = h.hosts.send[f.qp];
  start(h, f.qp);
  q.posted_psn = q.limit_psn = std::max(q.posted_psn, std::uint32_t(f.stamp));
  if (f.psn < q.next_psn && !q.selective) {  // the requester misses responses from here on
    ++h.hosts.send_counters[f.qp].naks_received;
    while (f.psn < q.next.first_psn) step_back(h.hosts, q.next);
    q.next_psn = q.una_psn = f.psn;
    q.next_bytes = q.una_bytes = bytes_before(h.hosts, q.next, f.psn);
    tell(h, f.qp, &CcAlgorithm::on_nack, {});
  }
  nic::list_qp(h, f.qp);
}

void on_timeout(HostWorker& h, std::uint32_t qp) {
  if (!rto_expired(h, qp)) return;
  ++h.hosts.send_counters[qp].timeouts;
  if (h.hosts.send[qp].awaits_credit()) [[unlikely]] {
    if (!count_retry(h, qp)) return;
    credits::ask(h, qp);
    return arm_rto(h, qp);
  }
  if (!retry(h, qp)) return;
  tell(h, qp, &CcAlgorithm::on_timeout, {});
  nic::list_qp(h, qp);
}

}  // namespace fabric::requester
