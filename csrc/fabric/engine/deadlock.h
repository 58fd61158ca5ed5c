// Switch queues that wait for each other (docs/model.md 11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fabric/net/node.h"

namespace fabric {

// One queue of a cycle, in the order of waiting. Queues are numbered global port * 8 + class.
struct DeadlockRow {
  Ps time;  // when the cycle was found
  std::uint32_t deadlock;
  std::size_t queue;
  std::int64_t held_bytes;
};

// Whether the queue holds frames while a pause of its class runs.
bool stands(const Network& net, std::size_t port, unsigned cls, Ps now);

// Looks at the fabric at fixed simulated times.
class DeadlockWatch {
 public:
  // True: there is a deadlock that no watchdog will break.
  bool look(const Network& net, Ps now);

  // Every cycle once.
  const std::vector<DeadlockRow>& rows() const { return rows_; }

 private:
  struct Standing {
    std::size_t queue;
    std::uint32_t left;
  };
  void keep_standing(const Network& net, Ps now);
  void tell(const Network& net, const std::vector<std::size_t>& cycle, Ps now);

  std::vector<Standing> standing_;  // at the last look, ascending
  std::vector<std::size_t> stuck_;  // since the look before that
  std::vector<std::vector<std::size_t>> told_;
  std::vector<DeadlockRow> rows_;
};

}  // namespace fabric
