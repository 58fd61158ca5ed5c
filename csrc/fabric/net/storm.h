// State of those who watch over pauses: the PFC watchdog of a switch, the pause limit of a NIC, and
// the pause storms that are planned (docs/model.md 6, 8).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fabric/base/units.h"
#include "fabric/packet/frame.h"
#include "fabric/trace/tables.h"

namespace fabric {

// One (port, class) under watch.
struct WatchedQueue {
  Ps storm_start = -1;        // of the storm that lasts, -1: none
  std::int64_t polls = 0;     // in a row: stuck, or quiet in a storm
  std::uint64_t dropped = 0;  // frames, in this storm
  std::uint32_t left = 0;     // frames that had left the queue at the last poll
  bool stood = false;         // at the last poll
  bool xoff_came = false;     // since the last poll
};

// Of a switch: poll > 0. Of a NIC: limit > 0, and storms are the times of being muted.
struct Watchdog {
  Ps poll = 0, detection = 0, restoration = 0;
  Ps limit = 0;
  WatchAction action = WatchAction::kAlert;
  bool armed = false;                            // a poll is scheduled
  std::array<std::uint32_t, kClasses> storms{};  // that drop, by class
  std::vector<WatchedQueue> queues;              // local port * 8 + class

  bool breaks_storms() const { return poll > 0 && action != WatchAction::kAlert; }
};

// A NIC port that pauses its peer for a while, whatever it receives.
struct PauseStorm {
  std::uint32_t port;  // local
  std::uint8_t cls;
};

}  // namespace fabric
