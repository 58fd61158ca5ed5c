// Recorded queues: depth at each sampling instant, and what was marked and dropped since the one
// before. A queue is told before it changes, so an instant is one of before the events of its time.
#pragma once

#include "fabric/net/worker.h"

namespace fabric {

inline QueueCounts& queue_counts(Worker& w, std::uint32_t local, unsigned cls) {
  return w.net.queue_counts[(w.node->first_port + local) * std::size_t{kClasses} + cls];
}

// Depths of a recorded queue at the sampling instants up to now, before it changes. The first of
// them has all that was counted: a count comes behind a call of this at its own time.
inline void sample_queue(Worker& w, std::uint32_t local, unsigned cls, ClassQueue& queue) {
  const Ps step = w.net.queue_sample_ps;
  if (queue.next_sample > w.now) return;
  QueueCounts& counts = queue_counts(w, local, cls);
  for (; queue.next_sample <= w.now; queue.next_sample += step) {
    w.write(QueueRow{queue.next_sample, queue.size_bytes, counts.marked_bytes, counts.dropped_bytes,
                     counts.marks, counts.drops, w.node->id, std::uint16_t(local),
                     std::uint8_t(cls), 0});
    counts = {};
  }
}

// A frame was marked in a queue that has been sampled at this time.
inline void count_mark(Worker& w, std::uint32_t local, const Frame& f) {
  if (w.net.queue_sample_ps == 0) return;
  QueueCounts& counts = queue_counts(w, local, f.cls);
  ++counts.marks;
  counts.marked_bytes += f.size_bytes;
}

// A frame that stood in a queue, or was bound for it, was dropped.
inline void count_drop(Worker& w, std::uint32_t local, const Frame& f) {
  if (w.net.queue_sample_ps == 0) return;
  sample_queue(w, local, f.cls, w.queue(local, f.cls));
  QueueCounts& counts = queue_counts(w, local, f.cls);
  ++counts.drops;
  counts.dropped_bytes += f.size_bytes;
}

}  // namespace fabric
