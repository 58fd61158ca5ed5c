// Maps, pools, WRED curves and bounces at random.
#pragma once

#include <cstdint>

#include "fabric/engine/plan.h"
#include "selftest/dice.h"

namespace fabric::selftest {

// Fills the columns about them of a plan that has all others about nodes and ports. Switches follow
// the hosts. Half of all plans have switches with profiles.
void random_qos(Plan& p, std::uint32_t hosts, Dice dice);

}  // namespace fabric::selftest
