// Next hops: shortest paths compiled into ECMP sets, chosen by a hash with a seed per switch.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/packet/frame.h"

namespace fabric {

inline constexpr std::uint32_t kUnreachable = 0xffffffff;
inline constexpr std::uint32_t kLocalEntry = 0x80000000;

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
  std::uint32_t next_hop(std::uint32_t route_base, std::uint32_t seed, const Frame& frame) const {
    std::uint32_t entry = route_entry[route_base + frame.dst_group];
    if (entry >= kLocalEntry) {
      if (entry == kUnreachable) return kUnreachable;
      entry = local_entry[(entry & ~kLocalEntry) + frame.dst_rank];
    }
    const std::uint32_t first = ecmp_first[entry], count = ecmp_first[entry + 1] - first;
    if (count == 1) return ecmp_port[first];
    const std::uint64_t h = ecmp_hash(frame.entropy, seed);
    return ecmp_port[first + std::uint32_t((h * count) >> 32)];
  }
};

}  // namespace fabric
