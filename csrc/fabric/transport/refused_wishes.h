// What ends a run when a congestion control breaks its contract: its name, and what it wished.
#pragma once

#include <cstdint>
#include <string>

#include "fabric/base/check.h"
#include "fabric/cc/contract.h"

namespace fabric::requester {

inline constexpr std::int64_t kMaxWindow = std::int64_t{1} << 60;

[[noreturn, gnu::cold, gnu::noinline]] inline void refuse(const CcAlgorithm& algorithm,
                                                          const char* what, std::int64_t value,
                                                          const char* allowed) {
  throw BrokenInvariant(std::string("congestion control '") + algorithm.name + "' " + what + " " +
                        std::to_string(value) + allowed);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_wishes(const CcAlgorithm& algorithm,
                                                                 const CcWishes& wishes) {
  if (wishes.rate_bps < 0)
    refuse(algorithm, "wished a negative rate (or a NaN) of", wishes.rate_bps, " bit/s");
  refuse(algorithm, "wished a window of", wishes.window_bytes,
         " B (allowed: 0 to 2^60; 0 is none)");
}

}  // namespace fabric::requester
