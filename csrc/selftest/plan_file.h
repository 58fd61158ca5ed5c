// Reading a plan that Python wrote with pyfabric.compile.flat.write_flat, so that other builds can
// run the same plan.
#pragma once

#include <string>

#include "fabric/engine/plan.h"

namespace fabric::selftest {

Plan read_plan(const std::string& path);

}  // namespace fabric::selftest
