// Admission and release in a switch whose priority groups and queues have profiles of several
// pools, with private or shared headroom (docs/model.md 6). `buffer.h` is the same for the single
// pool.
#pragma once

#include <algorithm>
#include <limits>

#include "fabric/base/check.h"
#include "fabric/net/buffer.h"

namespace fabric {

inline std::int64_t part_of_pool(const Share& share, std::int64_t bytes) {
  return std::max<std::int64_t>(bytes - share.reserve_bytes, 0);
}

// Bytes of its pool that one group or queue may hold at this moment.
inline std::int64_t threshold(const PoolState& pools, const Share& share) {
  if (share.static_bytes >= 0) return share.static_bytes;
  if (share.alpha_shift == kUnlimitedShift) return std::numeric_limits<std::int64_t>::max();
  const std::int64_t free = pools.qos->pool_bytes[share.pool] - pools.used_bytes[share.pool];
  const std::int64_t bytes = std::max<std::int64_t>(free, 0);
  return share.alpha_shift >= 0 ? bytes >> share.alpha_shift : bytes << -share.alpha_shift;
}

inline bool queue_admits(const PoolState& pools, unsigned queue, std::int64_t queued,
                         std::int64_t size) {
  const Share& share = pools.qos->queues[queue];
  if (share.pool == kNoPool) return true;
  const std::int64_t after = part_of_pool(share, queued + size);
  if (after == 0) return true;
  if (after > std::max(threshold(pools, share), size)) return false;
  if (share.pool < kPools) return true;  // the group that the frame came in by has to fit there
  const std::int64_t taken = after - part_of_pool(share, queued);
  return pools.used_bytes[share.pool] + taken <= pools.qos->pool_bytes[share.pool];
}

// A queue that holds `queued` bytes grows or shrinks.
inline void queue_changes(PoolState& pools, unsigned queue, std::int64_t queued,
                          std::int64_t after) {
  const Share& share = pools.qos->queues[queue];
  if (share.pool < kPools || share.pool == kNoPool) return;
  pools.used_bytes[share.pool] += part_of_pool(share, after) - part_of_pool(share, queued);
}

inline Admission admit(PoolState& pools, IngressGroup& group, unsigned pg, std::int64_t size,
                       bool lossless, std::int64_t port_headroom) {
  const GroupShare& share = pools.qos->groups[pg];
  std::int64_t& used = pools.used_bytes[share.pool];
  const std::int64_t after = part_of_pool(share, group.size_bytes + size);
  const std::int64_t taken = after - part_of_pool(share, group.size_bytes);
  const std::int64_t all_headroom = pools.qos->shared_headroom_bytes[share.pool];
  std::int64_t& headroom = pools.headroom_used_bytes[share.pool];
  Admission admission = Admission::kPool;
  if (after == 0 ||
      (after <= threshold(pools, share) && used + taken <= pools.qos->pool_bytes[share.pool])) {
    group.size_bytes += size;
    used += taken;
  } else if (!lossless || group.headroom_bytes + size >
                              (share.headroom_bytes < 0 ? port_headroom : share.headroom_bytes)) {
    return Admission::kRefused;
  } else if (all_headroom >= 0 && headroom + size > all_headroom) {
    return Admission::kSharedHeadroomFull;
  } else {
    group.headroom_bytes += size;
    headroom += size;
    group.peak_headroom_bytes = std::max(group.peak_headroom_bytes, group.headroom_bytes);
    admission = Admission::kHeadroom;
  }
  group.peak_bytes = std::max(group.peak_bytes, group.size_bytes + group.headroom_bytes);
  return admission;
}

inline void release(PoolState& pools, IngressGroup& group, unsigned pg, std::int64_t size) {
  const GroupShare& share = pools.qos->groups[pg];
  const std::int64_t from_headroom = std::min(group.headroom_bytes, size);
  group.headroom_bytes -= from_headroom;
  pools.headroom_used_bytes[share.pool] -= from_headroom;
  const std::int64_t before = part_of_pool(share, group.size_bytes);
  group.size_bytes -= size - from_headroom;
  FABRIC_CHECK(group.size_bytes >= 0, "ingress group released more bytes than it holds");
  pools.used_bytes[share.pool] -= before - part_of_pool(share, group.size_bytes);
}

inline bool over_xoff(const PoolState& pools, const IngressGroup& group, unsigned pg) {
  if (group.headroom_bytes > 0) return true;
  const GroupShare& share = pools.qos->groups[pg];
  const std::int64_t part = part_of_pool(share, group.size_bytes);
  return part > 0 && part >= threshold(pools, share);
}

inline bool under_xon(const PoolState& pools, const IngressGroup& group, unsigned pg) {
  if (group.headroom_bytes > 0) return false;
  const GroupShare& share = pools.qos->groups[pg];
  const std::int64_t part = part_of_pool(share, group.size_bytes);
  return part == 0 ||
         part <= std::max(share.xon_bytes, threshold(pools, share) - share.xon_offset_bytes);
}

}  // namespace fabric
