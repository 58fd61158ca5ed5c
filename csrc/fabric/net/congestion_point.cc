#include "fabric/net/congestion_point.h"

#include "fabric/net/pools.h"

namespace fabric {

namespace {

// Frames that one decision looks at. The largest queue needs no look: it holds what the others do
// not. Above this every queue is sampled with a stride.
constexpr std::uint32_t kFramesSeen = 64;

// Queues of one class that are not empty.
struct Backlog {
  std::uint32_t frames = 0, largest = kOwnFrame, largest_frames = 0;
};

struct Holder {
  std::uint32_t egress = kOwnFrame;
  std::int64_t held_bytes = -1;

  void offer(std::uint32_t port, std::int64_t bytes) {
    if (bytes > held_bytes) *this = {port, bytes};
  }
};

Backlog backlog_of(const Worker& w, unsigned cls) {
  Backlog all;
  for (std::uint32_t p = 0; p < w.node->port_count; ++p) {
    if ((w.ports[p].backlog >> cls & 1) == 0) continue;
    const std::uint32_t frames = w.queue(p, cls).ring.size();
    all.frames += frames;
    if (frames > all.largest_frames) {
      all.largest = p;
      all.largest_frames = frames;
    }
  }
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

// The egress port that holds most of the group; the frame that arrives counts for `out`.
Holder holder_of(const Worker& w, std::uint32_t in, std::uint32_t out, const Frame& f,
                 std::uint16_t& stride) {
  const Backlog all = backlog_of(w, f.cls);
  const IngressGroup& group = w.ingress(in, f.pg);
  const std::int64_t before = group.size_bytes + group.headroom_bytes - f.size_bytes;
  const auto coming = [&](std::uint32_t p) { return p == out ? f.size_bytes : 0; };
  const bool exact = all.frames - all.largest_frames <= kFramesSeen;
  stride = exact ? 1 : std::uint16_t(std::min((all.frames - 1) / kFramesSeen + 1, 0xffffu));
  Holder found;
  found.offer(out, f.size_bytes);
  std::int64_t elsewhere = 0;
  for (std::uint32_t p = 0; p < w.node->port_count && all.frames != 0; ++p) {
    if ((w.ports[p].backlog >> f.cls & 1) == 0 || (exact && p == all.largest)) continue;
    const std::int64_t bytes = held(w.queue(p, f.cls).ring, in, f.pg, stride);
    elsewhere += bytes;
    found.offer(p, bytes + coming(p));
  }
  if (exact && all.largest != kOwnFrame)
    found.offer(all.largest, before - elsewhere + coming(all.largest));
  found.held_bytes = std::min(found.held_bytes, before + f.size_bytes);
  return found;
}

XoffRow row_of(const Worker& w, std::uint32_t in, unsigned cls) {
  const IngressGroup& group = w.ingress(in, cls);
  XoffRow row{};
  row.time = row.since = w.now;
  row.group_bytes = group.size_bytes + group.headroom_bytes;
  const PoolState* pools = w.node->pools;
  row.threshold_bytes =
      pools == nullptr ? lossless_threshold(*w.node) : threshold(*pools, pools->qos->groups[cls]);
  row.node = w.node->id;
  row.port = std::uint16_t(in);
  row.egress = kOwnFrame;
  row.cls = std::uint8_t(cls);
  row.stride = 1;
  return row;
}

}  // namespace

void record_xoff(Worker& w, std::uint32_t in, std::uint32_t out, const Frame& f) {
  XoffRow row = row_of(w, in, f.pg);
  const Holder holder = holder_of(w, in, out, f, row.stride);
  const ClassQueue& queue = w.queue(holder.egress, f.cls);
  row.egress = std::uint16_t(holder.egress);
  row.held_bytes = holder.held_bytes;
  row.queue_bytes = queue.size_bytes + (holder.egress == out ? f.size_bytes : 0);
  if (!queue.ring.empty()) row.since = queue.ring.front().time;
  row.egress_paused = (w.ports[holder.egress].paused >> f.cls & 1) != 0 &&
                      w.cold(holder.egress).pause_until[f.cls] > w.now;
  w.write(row);
}

void record_receiver_xoff(Worker& w, std::uint32_t local, unsigned cls) {
  XoffRow row = row_of(w, local, cls);
  row.held_bytes = row.queue_bytes = row.group_bytes;
  w.write(row);
}

}  // namespace fabric
