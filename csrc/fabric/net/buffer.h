// Shared-buffer admission: per (ingress port, priority group) reserve, dynamic share, private
// headroom.
//
// The dynamic threshold is alpha * (pool - used) (Choudhury and Hahne, "Dynamic queue length
// thresholds for shared-memory packet switches", ToN 1998); a frame that does not fit its group's
// share goes whole to headroom (docs/model.md 6).
#pragma once

#include <algorithm>

#include "fabric/base/check.h"
#include "fabric/net/node.h"

namespace fabric {

enum class Admission : std::uint8_t { kPool, kHeadroom, kRefused, kSharedHeadroomFull };

inline std::int64_t shifted(std::int64_t bytes, int shift) {
  return shift >= 0 ? bytes >> shift : bytes << -shift;
}

inline std::int64_t dynamic_threshold(const Node& node) {
  return shifted(std::max<std::int64_t>(node.shared_bytes - node.shared_used, 0), node.alpha_shift);
}

// Bytes of the shared pool that one lossless group may hold at this moment.
inline std::int64_t lossless_threshold(const Node& node) {
  return node.xoff_bytes >= 0 ? node.xoff_bytes : dynamic_threshold(node);
}

inline std::int64_t shared_part(const Node& node, std::int64_t group_bytes) {
  return std::max<std::int64_t>(group_bytes - node.reserve_bytes, 0);
}

// Whether a frame of a lossless class is taken by the pool and leaves its group below XOFF.
inline bool fits_below_xoff(const Node& node, const IngressGroup& group, std::int64_t size) {
  if (group.headroom_bytes > 0) return false;
  const std::int64_t after = shared_part(node, group.size_bytes + size);
  if (after == 0) return true;
  const std::int64_t used = node.shared_used + after - shared_part(node, group.size_bytes);
  const std::int64_t free = node.shared_bytes - used;
  const std::int64_t threshold = node.xoff_bytes >= 0
                                     ? node.xoff_bytes
                                     : shifted(std::max<std::int64_t>(free, 0), node.alpha_shift);
  return after < threshold && free >= 0;
}

inline void admit_to_pool(Node& node, IngressGroup& group, std::int64_t size) {
  const std::int64_t before = shared_part(node, group.size_bytes);
  group.size_bytes += size;
  node.shared_used += shared_part(node, group.size_bytes) - before;
}

inline Admission admit(Node& node, IngressGroup& group, std::int64_t size, bool lossless,
                       std::int64_t headroom_limit) {
  const std::int64_t after = shared_part(node, group.size_bytes + size);
  const std::int64_t taken = after - shared_part(node, group.size_bytes);
  const std::int64_t threshold = lossless ? lossless_threshold(node) : dynamic_threshold(node);
  Admission admission = Admission::kPool;
  if (after == 0 || (after <= threshold && node.shared_used + taken <= node.shared_bytes))
      [[likely]] {
    group.size_bytes += size;
    node.shared_used += taken;
  } else if (lossless && group.headroom_bytes + size <= headroom_limit) {
    group.headroom_bytes += size;
    group.peak_headroom_bytes = std::max(group.peak_headroom_bytes, group.headroom_bytes);
    admission = Admission::kHeadroom;
  } else {
    return Admission::kRefused;
  }
  group.peak_bytes = std::max(group.peak_bytes, group.size_bytes + group.headroom_bytes);
  return admission;
}

// Bytes leave headroom first, then the shared pool, then the reserve.
inline void release(Node& node, IngressGroup& group, std::int64_t size) {
  const std::int64_t from_headroom = std::min(group.headroom_bytes, size);
  group.headroom_bytes -= from_headroom;
  const std::int64_t before = shared_part(node, group.size_bytes);
  group.size_bytes -= size - from_headroom;
  FABRIC_CHECK(group.size_bytes >= 0, "ingress group released more bytes than it holds");
  node.shared_used -= before - shared_part(node, group.size_bytes);
}

inline bool over_xoff(const Node& node, const IngressGroup& group) {
  if (group.headroom_bytes > 0) return true;
  if (group.size_bytes <= node.reserve_bytes) return false;
  return shared_part(node, group.size_bytes) >= lossless_threshold(node);
}

inline bool under_xon(const Node& node, const IngressGroup& group) {
  if (group.headroom_bytes > 0) return false;
  const std::int64_t shared = shared_part(node, group.size_bytes);
  return shared == 0 || shared + node.xon_offset_bytes <= lossless_threshold(node);
}

// Egress threshold of lossy queues: alpha * (pool - used) on the queue that the frame would join.
inline bool lossy_queue_admits(const Node& node, std::int64_t queue_bytes, std::int64_t size) {
  const std::int64_t free = std::max<std::int64_t>(node.shared_bytes - node.shared_used, 0);
  return queue_bytes + size <= std::max(shifted(free, node.lossy_alpha_shift), size);
}

}  // namespace fabric
