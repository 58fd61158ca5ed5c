// Timers of one node, ordered by (time, kind, index). A timer that lost its reason is recognised
// when it fires.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "fabric/base/units.h"

namespace fabric {

enum class TimerKind : std::uint32_t {
  kPfcRefresh = 0,         // index: local port * 8 + class
  kRetransmit = 1,         // index: queue pair, at the sender of the data
  kReadRetry = 2,          // index: queue pair, at the requester of a READ
  kCongestionControl = 3,  // index: queue pair
  kReceiveService = 4,     // index: local port
  kWatchdogPoll = 5,       // index: 0
  kPauseLimit = 6,         // index: local port * 8 + class
  kPauseStorm = 7,         // index: 2 * storm, + 1 at its end
  kCreditPacing = 8,       // index: local port, at the receiver of the data
  kCreditSilence = 9,      // index: queue pair, at the receiver of the data
};

struct Timer {
  Ps time;
  TimerKind kind;
  std::uint32_t index;

  friend bool operator<(const Timer& a, const Timer& b) {
    return std::tie(a.time, a.kind, a.index) < std::tie(b.time, b.kind, b.index);
  }
};

class Timers {
 public:
  Ps next() const { return heap_.empty() ? kNever : heap_.front().time; }
  void push(const Timer& timer) {
    heap_.push_back(timer);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  // One of the timers is of no use any more: those that `outdated(timer)` tells are removed before
  // they are a quarter of all.
  template <class Outdated>
  void outdate(Outdated outdated) {
    if (4 * ++outdated_ <= heap_.size()) return;
    std::erase_if(heap_, outdated);
    std::make_heap(heap_.begin(), heap_.end(), later);
    outdated_ = 0;
  }
  void met_outdated() { outdated_ -= outdated_ > 0; }
  Timer pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Timer timer = heap_.back();
    heap_.pop_back();
    return timer;
  }
  template <class Is>
  bool any(Is is) const {
    return std::any_of(heap_.begin(), heap_.end(), is);
  }

 private:
  static bool later(const Timer& a, const Timer& b) { return b < a; }
  std::vector<Timer> heap_;
  std::size_t outdated_ = 0;  // at most that many are in the heap
};

}  // namespace fabric
