// Weighted random early detection on the instantaneous bytes of a lossy egress queue (Floyd and
// Jacobson, "Random early detection gateways for congestion avoidance", ToN 1993, without the
// average; as switch ASICs offer it per queue).
#pragma once

#include "fabric/net/worker.h"

namespace fabric {

// Whether a frame that would join the queue behind this many bytes is dropped. Draws one word of
// the switch's WRED stream only between kmin and kmax; integer arithmetic decides.
inline bool wred_drops(Worker& w, unsigned queue, std::int64_t queue_bytes) {
  PoolState& pools = *w.node->pools;
  const WredCurve& curve = pools.qos->wred[queue];
  if (queue_bytes <= curve.kmin_bytes) return false;
  if (queue_bytes > curve.kmax_bytes) return true;
  const std::uint64_t word = draw32(w.net.seed, w.node->id, Purpose::kWred, pools.wred_draws++);
  const auto span = Int128(curve.kmax_bytes - curve.kmin_bytes);
  const auto excess = Int128(queue_bytes - curve.kmin_bytes);
  return Int128(word) * span < Int128(curve.pmax_q32) * excess;
}

}  // namespace fabric
