// Watchdogs of switches and NICs, and hosts that storm, of a random plan.
#pragma once

#include "fabric/engine/plan.h"
#include "selftest/dice.h"

namespace fabric::selftest {

void random_watchdogs(Plan& p, std::uint32_t hosts, Dice dice);

}  // namespace fabric::selftest
