// Algorithms from outside of the engine, through the C contract.
#pragma once

#include <string>
#include <vector>

#include "fabric/cc/contract.h"

namespace fabric {

// The algorithm in the engine's own layout; what an older header did not have is zero. Throws
// std::invalid_argument for another version, for structs that are no older form of ours, and for a
// struct without name or callbacks.
CcAlgorithm admit(const CcAlgorithm* given);

// Names of the values that a trace shows, in their order.
std::vector<std::string> observed_names(const CcAlgorithm& algorithm);

}  // namespace fabric
