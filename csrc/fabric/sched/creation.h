// Events of the whole network in one list, ordered by time and, at equal times, by when they were
// created (docs/ns3.md): the order of a simulator with one global event list.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/base/units.h"

namespace fabric {

enum class CreatedKind : std::uint8_t {
  kTransmitted,  // index: port whose frame has left
  kFrame,        // index: port at which a frame arrives
  kMacControl,   // index: port at which a PFC frame arrives
  kWake,         // index: NIC port that waits for a pacing time
  kTimer,        // index: node
  kDcqcnAlpha,   // index: queue pair; this and the next two in the order of DcqcnTimer
  kDcqcnDecrease,
  kDcqcnIncrease,
  kStarts,   // the next flows of the list of starts are due
  kInstall,  // index: flow
  kPost,     // index: flow
};

inline bool is_tick(CreatedKind kind) {
  return kind >= CreatedKind::kDcqcnAlpha && kind <= CreatedKind::kDcqcnIncrease;
}

struct CreatedEvent {
  Ps time;
  std::uint64_t sequence;  // of creation, from 1
  std::uint32_t index;
  CreatedKind kind;
};

class CreatedEvents {
 public:
  Ps next() const { return heap_.empty() ? kNever : heap_.front().time; }
  // Returns the event's number, by which one that was called off is recognised.
  std::uint64_t push(Ps time, CreatedKind kind, std::uint32_t index) {
    heap_.push_back({time, ++created_, index, kind});
    std::push_heap(heap_.begin(), heap_.end(), later);
    return created_;
  }
  CreatedEvent pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const CreatedEvent event = heap_.back();
    heap_.pop_back();
    return event;
  }
  template <class Is>
  bool any(Is is) const {
    return std::any_of(heap_.begin(), heap_.end(), is);
  }
  std::size_t bytes() const { return heap_.capacity() * sizeof(CreatedEvent); }

 private:
  static bool later(const CreatedEvent& a, const CreatedEvent& b) {
    return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
  }
  std::vector<CreatedEvent> heap_;
  std::uint64_t created_ = 0;
};

}  // namespace fabric
