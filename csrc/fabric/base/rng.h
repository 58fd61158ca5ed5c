// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC'11). A draw is a pure function of (seed, stream, purpose, index), so no draw depends
// on the order of other nodes.
#pragma once

#include <array>
#include <cstdint>

namespace fabric {

// 4 to 6 (start jitter, entropy, ECMP seed) are drawn by the compiler, pyfabric/compile/draws.py.
enum class Purpose : std::uint32_t { kEcnMark = 1, kLinkError = 2, kTieRotation = 3, kWred = 7 };

constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {std::uint32_t(b >> 32) ^ counter[1] ^ key[0], std::uint32_t(b),
               std::uint32_t(a >> 32) ^ counter[3] ^ key[1], std::uint32_t(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// Known-answer vector of the authors' Random123 library.
static_assert(philox4x32({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);

// 32 uniform bits: word `index` of the stream (seed, stream, purpose).
constexpr std::uint32_t draw32(std::uint64_t seed, std::uint32_t stream, Purpose purpose,
                               std::uint64_t index) {
  return philox4x32(
      {std::uint32_t(index), std::uint32_t(index >> 32), stream, std::uint32_t(purpose)},
      {std::uint32_t(seed), std::uint32_t(seed >> 32)})[0];
}

}  // namespace fabric
