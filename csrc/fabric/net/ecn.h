// ECN marking at the congestion point: RED on the instantaneous egress queue (DCQCN, SIGCOMM'15,
// section 3.1).
#pragma once

#include "fabric/net/worker.h"

namespace fabric {

// Draws one word of the switch's marking stream only between kmin and kmax; integer arithmetic
// decides.
inline bool ecn_marks(Worker& w, const PortCold& port, std::int64_t queue_bytes) {
  if (queue_bytes <= port.ecn_kmin_bytes) [[likely]]
    return false;
  if (queue_bytes > port.ecn_kmax_bytes) return true;
  const std::uint64_t word = draw32(w.net.seed, w.node->id, Purpose::kEcnMark, w.node->ecn_draws++);
  const auto span = Int128(port.ecn_kmax_bytes - port.ecn_kmin_bytes);
  const auto excess = Int128(queue_bytes - port.ecn_kmin_bytes);
  return Int128(word) * span < Int128(port.ecn_pmax_q32) * excess;
}

}  // namespace fabric
