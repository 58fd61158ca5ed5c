// A switch adds its record to the telemetry of a data packet that leaves it (docs/model.md 10).
#pragma once

#include <algorithm>
#include <bit>
#include <limits>

#include "fabric/net/worker.h"

namespace fabric {

// Before `f` starts. `own_bytes`: those of `f` that still count as queued.
[[gnu::noinline]] inline void add_telemetry(Worker& w, std::uint32_t local, const Frame& f,
                                            std::int64_t own_bytes) {
  const std::uint32_t number = f.tail();
  if (number == 0 || f.kind != Kind::kData) return;
  TelemetryTail& tail = w.net.telemetry[number];
  if (tail.count >= w.net.telemetry.hops()) return;
  const Port& port = w.ports[local];
  std::int64_t queued = -own_bytes;
  for (std::uint8_t rest = port.backlog; rest != 0; rest &= std::uint8_t(rest - 1))
    queued += w.queue(local, unsigned(std::countr_zero(rest))).size_bytes;
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  tail.hops()[tail.count++] = {w.now,
                               port.tx_bytes + port.tx_frames * std::uint64_t(w.net.gap_bytes),
                               std::uint32_t(std::min(queued, kMost)), w.node->first_port + local};
}

}  // namespace fabric
