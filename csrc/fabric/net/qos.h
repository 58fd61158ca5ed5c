// How a switch with maps, pools or WRED of its own sorts its frames into priority groups and queues
// and these into pools (docs/model.md 5 and 6); switches that are alike share one profile.
#pragma once

#include <array>
#include <cstdint>

#include "fabric/packet/frame.h"

namespace fabric {

inline constexpr int kPools = 4;  // of either direction
inline constexpr int kDscps = 64;
inline constexpr std::int8_t kUnlimitedShift = 127;
inline constexpr std::uint8_t kNoPool = 255;

// A share of a pool. Pools 0 to kPools - 1 count priority groups, the others queues.
struct Share {
  std::int64_t reserve_bytes = 0;
  std::int64_t static_bytes = -1;  // threshold, -1: alpha
  std::uint8_t pool = kNoPool;
  std::int8_t alpha_shift = 0;
};

struct GroupShare : Share {
  std::int64_t headroom_bytes = -1;  // -1: that of the port
  std::int64_t xon_bytes = 0, xon_offset_bytes = 0;
};

struct WredCurve {
  std::int64_t kmin_bytes = 0, kmax_bytes = 0;
  std::uint64_t pmax_q32 = 0;
};

struct QosProfile {
  std::array<std::uint8_t, kDscps> group{}, queue{}, bounce{};  // by DSCP; bounce: the DSCP after
  std::array<std::uint8_t, kClasses> priorities_of{};           // of a group, as PFC tells them
  std::array<std::uint8_t, kClasses> queue_of{};                // of a PFC priority
  std::array<std::uint8_t, kClasses> queues_of{};  // mask: that frames of a group can stand in
  std::array<std::int64_t, 2 * kPools> pool_bytes{};
  std::array<std::int64_t, kPools> shared_headroom_bytes{};  // -1: headroom is private
  std::array<GroupShare, kClasses> groups;
  std::array<Share, kClasses> queues;
  std::array<WredCurve, kClasses> wred;
  std::uint8_t wred_queues = 0;
};

// The pools of one switch.
struct alignas(64) PoolState {
  const QosProfile* qos = nullptr;
  std::array<std::int64_t, 2 * kPools> used_bytes{};
  std::array<std::int64_t, kPools> headroom_used_bytes{};
  std::uint64_t wred_draws = 0;
};

}  // namespace fabric
