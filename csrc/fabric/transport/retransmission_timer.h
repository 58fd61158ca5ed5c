// The retransmission timer of a queue pair: one deadline that moves, at most one timer that
// matters.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::requester {

// IRN (SIGCOMM'18, section 3.1) waits less when few packets are left that could tell of a loss.
inline Ps selective_timeout(const HostWorker& h, std::uint32_t qp) {
  const SendQp& q = h.hosts.send[qp];
  const Nic& nic = h.nic();
  if (nic.rto_low == 0) return nic.rto;
  const std::uint32_t packets = q.next_psn - q.una_psn - h.hosts.scoreboards[qp].marked.count();
  return packets <= nic.rto_low_packets ? nic.rto_low : nic.rto;
}

[[gnu::noinline]] inline void set_rto_timer(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  q.rto_timer = q.rto_deadline;
  h.add_timer(q.rto_timer, TimerKind::kRetransmit, qp);
}

[[gnu::always_inline]] inline void arm_rto(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  const Ps rto = h.nic().rto;
  if (rto == 0 || (q.read && !q.selective)) return;
  q.rto_deadline = h.now + (q.selective ? selective_timeout(h, qp) : rto);
  if (q.rto_deadline < q.rto_timer) set_rto_timer(h, qp);
}

// The timer fires. False: it was not the one that mattered, or the deadline has moved on.
inline bool rto_expired(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  if (q.rto_timer != h.now) return false;  // an earlier one took its place
  q.rto_timer = kNever;
  if (q.rto_deadline == kNever) return false;
  if (q.rto_deadline <= h.now) return true;
  set_rto_timer(h, qp);  // none is set
  return false;
}

}  // namespace fabric::requester
