// Receiver credits of random plans.
#pragma once

#include "fabric/engine/plan.h"
#include "selftest/dice.h"

namespace fabric::selftest {

void random_credits(Plan& plan, Dice dice);

}  // namespace fabric::selftest
