// MurmurHash3_x86_32 (Austin Appleby, public domain) of three words: the ECMP hash of the simulator
// published with HPCC over (source address, destination address, source port | destination port <<
// 16).
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace fabric {

using FlowWords = std::array<std::uint32_t, 3>;

constexpr std::uint32_t murmur3(const FlowWords& words, std::uint32_t seed) {
  std::uint32_t h = seed;
  for (std::uint32_t k : words) {
    k *= 0xcc9e2d51u;
    k = std::rotl(k, 15) * 0x1b873593u;
    h = std::rotl(h ^ k, 13) * 5 + 0xe6546b64u;
  }
  h ^= std::uint32_t(words.size() * sizeof(std::uint32_t));
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}

}  // namespace fabric
