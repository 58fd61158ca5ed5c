// Random small leaf-spine fabrics with random settings and traffic, a pure function of the seed.
#pragma once

#include <cstdint>

#include "fabric/engine/plan.h"

namespace fabric::selftest {

Plan random_plan(std::uint64_t seed);

}  // namespace fabric::selftest
