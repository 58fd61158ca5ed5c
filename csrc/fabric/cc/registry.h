// The built-in algorithms by number; pyfabric/cc holds the same numbers as `native`.
#pragma once

#include <cstdint>

#include "fabric/cc/contract.h"

namespace fabric {

// Numbers from here on are those of algorithms that come with a plan.
inline constexpr std::uint32_t kFirstPlugin = 1 << 16;

// nullptr for an unknown number.
const CcAlgorithm* builtin_cc(std::uint32_t number);
std::uint32_t builtin_cc_count();

extern const CcAlgorithm kNoCongestionControl;
extern const CcAlgorithm kStaticWindow;
extern const CcAlgorithm kDcqcn;
extern const CcAlgorithm kHpcc;
extern const CcAlgorithm kTimely;
extern const CcAlgorithm kPatchedTimely;
extern const CcAlgorithm kSwift;
extern const CcAlgorithm kDctcp;
extern const CcAlgorithm kNscc;

}  // namespace fabric
