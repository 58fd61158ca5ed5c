// Next hops: shortest paths compiled into ECMP sets, chosen by a hash with a seed per switch.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/packet/frame.h"

namespace fabric {

// clang-format off
// An entry says where a switch sends frames:
//   0xffffffff            nowhere
//   11 port               the local port port + rank of the address
//   10 index              as local_entry[index + rank] says
//   01 count - 1, first   one of the ports first .. first + count - 1 (15 bits each)
//   00 index              one of ecmp_port[ecmp_first[index] .. ecmp_first[index + 1] - 1]
// clang-format on
inline constexpr std::uint32_t kUnreachable = 0xffffffff;
inline constexpr std::uint32_t kLocalEntry = 0x80000000;
inline constexpr std::uint32_t kRangeEntry = 0x40000000;
inline constexpr unsigned kRangeBits = 15;

constexpr std::uint32_t range_first(std::uint32_t entry) {
  return entry & ((1u << kRangeBits) - 1);
}
constexpr std::uint32_t range_count(std::uint32_t entry) {
  return ((entry & ~kRangeEntry) >> kRangeBits) + 1;
}
constexpr std::uint32_t ranked_port(std::uint32_t entry, std::uint32_t rank) {
  return (entry & (kRangeEntry - 1)) + rank;
}

// A switch's row: entries of groups that share their bits above `shift`, from `first` on; all
// others have one entry in common. Equal rows may share their storage.
struct RouteRow {
  std::uint32_t base = 0, first = 0, count = 0, otherwise = kUnreachable;
  std::uint8_t shift = 0;
};

// 32-bit finaliser; pyfabric/compile/ecmp.py holds the same function for the compiler.
constexpr std::uint32_t ecmp_hash(std::uint32_t entropy, std::uint32_t seed) {
  std::uint32_t h = (entropy ^ seed) * 0x9E3779B1u;
  h = (h ^ (h >> 15)) * 0x85EBCA77u;
  h = (h ^ (h >> 13)) * 0xC2B2AE3Du;
  return h ^ (h >> 16);
}

struct Routes {
  std::vector<std::uint32_t> route_entry, local_entry, ecmp_first;
  std::vector<std::uint16_t> ecmp_port;

  // Local port towards the frame's destination, or kUnreachable.
  std::uint32_t next_hop(const RouteRow& row, std::uint32_t seed, const Frame& frame) const {
    return next_hop(row, frame, [&](std::uint32_t count) { return choose(count, seed, frame); });
  }
  // The same with `choose(count)` in place of the hash.
  template <class Choose>
  [[gnu::always_inline]] inline std::uint32_t next_hop(const RouteRow& row, const Frame& frame,
                                                       Choose choose) const {
    const std::uint32_t index = (frame.dst_group >> row.shift) - row.first;
    std::uint32_t entry = index < row.count ? route_entry[row.base + index] : row.otherwise;
    if (entry >= kLocalEntry) {
      if (entry == kUnreachable) return kUnreachable;
      if ((entry & kRangeEntry) != 0) return ranked_port(entry, frame.dst_rank);
      entry = local_entry[(entry & ~kLocalEntry) + frame.dst_rank];
      if (entry == kUnreachable) return kUnreachable;
    }
    if ((entry & kRangeEntry) != 0) return range_first(entry) + choose(range_count(entry));
    const std::uint32_t first = ecmp_first[entry], count = ecmp_first[entry + 1] - first;
    return ecmp_port[first + choose(count)];
  }

 private:
  static std::uint32_t choose(std::uint32_t count, std::uint32_t seed, const Frame& frame) {
    if (count == 1) return 0;
    return std::uint32_t((std::uint64_t{ecmp_hash(frame.entropy, seed)} * count) >> 32);
  }
};

}  // namespace fabric
