// Draws of one seed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fabric/base/rng.h"

namespace fabric::selftest {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}
  std::uint32_t below(std::uint32_t n) {
    return draw32(seed_, 7, Purpose::kTieRotation, index_++) % n;
  }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + below(std::uint32_t(high - low + 1));
  }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  template <class T, std::size_t N>
  T pick(const T (&values)[N]) {
    return values[below(N)];
  }

 private:
  std::uint64_t seed_, index_ = 0;
};

}  // namespace fabric::selftest
