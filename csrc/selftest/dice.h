// What the parts of a random plan share.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fabric/base/rng.h"
#include "fabric/engine/plan.h"

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

struct Shape {
  std::uint32_t leaves, spines, hosts_per_leaf;
  std::uint32_t hosts() const { return leaves * hosts_per_leaf; }
  std::uint32_t nodes() const { return hosts() + leaves + spines; }
  std::uint32_t leaf(std::uint32_t i) const { return hosts() + i; }
  std::uint32_t spine(std::uint32_t i) const { return hosts() + leaves + i; }
};

// Watchdogs of switches and NICs, and hosts that storm.
void random_watchdogs(Plan& p, const Shape& s, Dice dice);

}  // namespace fabric::selftest
