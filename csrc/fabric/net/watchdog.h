// The PFC watchdog of a switch (docs/model.md 6): a queue that is paused, holds frames and sends
// none for long is in a storm, and its frames are dropped or sent on until the pauses stop.
//
// The rule and the actions are those of SONiC's PFC watchdog.
#pragma once

#include "fabric/net/pfc.h"
#include "fabric/net/worker.h"

namespace fabric::watchdog {

// Queues of a switch that pauses of its lossless groups stop.
inline std::uint8_t watched_queues(const Node& node) {
  return queues_of(node, priorities_of(node, node.lossless_mask));
}

using Kick = void (*)(Worker& w, std::uint32_t local);

// A PFC frame arrives at `local`.
void on_pfc(Worker& w, std::uint32_t local, const PfcFrame& pfc);

// Looks at all queues of the node. `kick` lets a port decide that has something to send.
void poll(Worker& w, Kick kick);

// Drops a frame from port `in` to port `out` for a storm at one of them. False: it may go on.
bool discards(Worker& w, std::uint32_t in, std::uint32_t out, const Frame& f);

// Writes the rows of storms that last when the run ends.
void finish(Worker& w);

}  // namespace fabric::watchdog
