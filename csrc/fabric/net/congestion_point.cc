#include "fabric/net/congestion_point.h"

#include <bit>

#include "fabric/net/pfc.h"
#include "fabric/net/pools.h"

namespace fabric {

namespace {

// Frames that one decision looks at. The largest queue needs no look: it holds what the others do
// not. Above this every queue is sampled with a stride.
constexpr std::uint32_t kFramesSeen = 64;

struct EgressQueue {
  std::uint32_t port = kOwnFrame;
  unsigned number = 0;
  bool operator==(const EgressQueue&) const = default;
};

// Those of a group's queues that are not empty.
struct Backlog {
  std::uint32_t frames = 0, largest_frames = 0;
  EgressQueue largest;
};

struct Holder {
  EgressQueue queue;
  std::int64_t held_bytes = -1;

  void offer(EgressQueue other, std::int64_t bytes) {
    if (bytes > held_bytes) *this = {other, bytes};
  }
};

// The queues that frames of a group can stand in.
unsigned queues_of(const Worker& w, unsigned pg) {
  return w.node->pools == nullptr ? 1u << pg : w.node->pools->qos->queues_of[pg];
}

// Calls `visit` with each of them that holds a frame, of any group.
template <class Visit>
void each_queue(const Worker& w, unsigned pg, Visit visit) {
  const unsigned mask = queues_of(w, pg);
  for (std::uint32_t p = 0; p < w.node->port_count; ++p)
    for (unsigned rest = w.ports[p].backlog & mask; rest != 0; rest &= rest - 1)
      visit(EgressQueue{p, unsigned(std::countr_zero(rest))});
}

Backlog backlog_of(const Worker& w, unsigned pg) {
  Backlog all;
  each_queue(w, pg, [&](EgressQueue at) {
    const std::uint32_t frames = w.queue(at.port, at.number).ring.size();
    all.frames += frames;
    if (frames > all.largest_frames) {
      all.largest = at;
      all.largest_frames = frames;
    }
  });
  return all;
}

std::int64_t held(const Ring<Frame>& ring, std::uint32_t in, unsigned pg, std::uint32_t stride) {
  std::int64_t bytes = 0;
  for (std::uint32_t i = 0, end = ring.size(); i < end; i += stride) {
    const Frame& f = ring.at(i);
    bytes += f.in_port == in && f.pg == pg ? std::int64_t{f.size_bytes} : 0;
  }
  return bytes * stride;
}

// The egress queue that holds most of the group; the frame that arrives counts for its own.
Holder holder_of(const Worker& w, std::uint32_t in, EgressQueue own, const Frame& f,
                 std::uint16_t& stride) {
  const Backlog all = backlog_of(w, f.pg);
  const IngressGroup& group = w.ingress(in, f.pg);
  const std::int64_t before = group.size_bytes + group.headroom_bytes - f.size_bytes;
  const auto coming = [&](EgressQueue at) { return at == own ? f.size_bytes : 0; };
  const bool exact = all.frames - all.largest_frames <= kFramesSeen;
  stride = exact ? 1 : std::uint16_t(std::min((all.frames - 1) / kFramesSeen + 1, 0xffffu));
  Holder found;
  found.offer(own, f.size_bytes);
  std::int64_t elsewhere = 0;
  if (all.frames == 0) return found;
  each_queue(w, f.pg, [&](EgressQueue at) {
    if (exact && at == all.largest) return;
    const std::int64_t bytes = held(w.queue(at.port, at.number).ring, in, f.pg, stride);
    elsewhere += bytes;
    found.offer(at, bytes + coming(at));
  });
  if (exact) found.offer(all.largest, before - elsewhere + coming(all.largest));
  found.held_bytes = std::min(found.held_bytes, before + f.size_bytes);
  return found;
}

XoffRow row_of(const Worker& w, std::uint32_t in, unsigned pg) {
  const IngressGroup& group = w.ingress(in, pg);
  XoffRow row{};
  row.time = row.since = w.now;
  row.group_bytes = group.size_bytes + group.headroom_bytes;
  const PoolState* pools = w.node->pools;
  row.threshold_bytes =
      pools == nullptr ? lossless_threshold(*w.node) : threshold(*pools, pools->qos->groups[pg]);
  row.node = w.node->id;
  row.port = std::uint16_t(in);
  row.egress = kOwnFrame;
  row.cls = std::uint8_t(pg);
  row.stride = 1;
  return row;
}

}  // namespace

void record_xoff(Worker& w, std::uint32_t in, std::uint32_t out, const Frame& f) {
  XoffRow row = row_of(w, in, f.pg);
  const EgressQueue own{out, f.cls};
  const Holder holder = holder_of(w, in, own, f, row.stride);
  const auto [port, number] = holder.queue;
  const ClassQueue& queue = w.queue(port, number);
  row.egress = std::uint16_t(port);
  row.queue = std::uint8_t(number);
  row.held_bytes = holder.held_bytes;
  row.queue_bytes = queue.size_bytes + (holder.queue == own ? f.size_bytes : 0);
  if (!queue.ring.empty()) row.since = queue.ring.front().time;
  row.egress_paused = pause_runs(w, port, number);
  w.write(row);
}

void record_receiver_xoff(Worker& w, std::uint32_t local, unsigned cls) {
  XoffRow row = row_of(w, local, cls);
  row.held_bytes = row.queue_bytes = row.group_bytes;
  w.write(row);
}

void record_storm(Worker& w, std::uint32_t local, unsigned cls) { w.write(row_of(w, local, cls)); }

}  // namespace fabric
