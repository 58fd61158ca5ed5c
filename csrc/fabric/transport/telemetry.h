// In-band telemetry that an ACK brought back to the sender (docs/model.md 10).
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric {

// What the telemetry says, as congestion control reads it.
inline void read_telemetry(HostWorker& h, std::uint32_t number, CcEvent& event, pf_cc_hop* hops) {
  TelemetryTail& tail = h.net.telemetry[number];
  for (std::uint32_t i = 0; i < tail.count; ++i) {
    const TelemetryHop& hop = tail.hops()[i];
    hops[i] = {hop.time, std::int64_t(hop.tx_bytes), hop.queue_bytes,
               h.net.ports[hop.port].rate.bps};
  }
  event.hop_count = tail.count;
  event.hops = hops;
}

}  // namespace fabric
