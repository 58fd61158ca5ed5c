// Between a queue pair and its congestion control: facts go in, wishes are put into force
// (pyfabric/include/pyfabric/cc.h).
#pragma once

#include "fabric/cc/dcqcn_timers.h"
#include "fabric/transport/hosts.h"

namespace fabric::congestion {

// What an acknowledgement or a packet told, where it did.
struct Fact {
  std::int64_t bytes = 0;
  Ps rtt = 0;
  bool ecn_echo = false;
  std::uint32_t tail = 0;  // telemetry that the ACK brought
};

// Calls the algorithm of a queue pair and does what it wishes.
void tell(HostWorker& h, std::uint32_t qp, CcCallback CcAlgorithm::* callback, const Fact& fact);
// A timer of the queue pair ran out, perhaps one that was wished later since.
void on_timer(HostWorker& h, std::uint32_t qp);
// The tick of a DCQCN timer, in a run where it is an event.
void tick(HostWorker& h, std::uint32_t qp, DcqcnTimer timer);
// From the start of a packet to the next one's; kNever: until there is a rate.
Ps pacing_gap(const HostWorker& h, const SendQp& q, std::int64_t wire_bytes);

}  // namespace fabric::congestion
