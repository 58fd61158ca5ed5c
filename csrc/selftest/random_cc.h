// Congestion-control profiles of random plans.
#pragma once

#include <initializer_list>
#include <vector>

#include "fabric/cc/contract.h"
#include "fabric/engine/plan.h"
#include "selftest/dice.h"

namespace fabric::selftest {

inline void congestion_control(Plan& p, Dice& dice) {
  const auto profile = [&](std::uint32_t algorithm, std::initializer_list<double> parameters) {
    p.cc_algorithm.push_back(algorithm);
    std::vector<double> row(parameters);
    row.resize(PF_CC_PARAMETERS, 0.0);
    p.cc_parameters.insert(p.cc_parameters.end(), row.begin(), row.end());
  };
  profile(0, {});
  profile(1, {0});
  profile(2, {1.0 / 256, 5.5e6, 5.5e6, 1e6, 5, 40e6, 200e6, 1e8, 0, 1, 1, 0, 0, 0});
  profile(2,
          {1.0 / 16, 1e6, 2e7, 0, 1, 40e6, 200e6, dice.chance(50) ? 1e8 : 0, 4e6, 0, 1, 1, 1, 0});
  profile(3, {0.95, 5, 80, 0, 1e8, 0, 0, 0, 1, 0, 1});
  profile(3, {dice.chance(50) ? 0.95 : 0.5, double(dice.below(3)), 0, 4e7, 1e9, 0,
              double(dice.between(1, 20)) * 1e6, double(dice.chance(50)), double(dice.chance(50)),
              double(dice.below(5))});
  const double segment = dice.chance(50) ? 16e3 : 0;
  profile(4, {2e6, 2e7, 5e6, 0.8, 0.875, 1e8, segment, 1e8, 0, 0, 5e8, double(dice.below(6)),
              double(dice.chance(50))});
  profile(5, {2e6, 2e7, 5e6, 0.1, 0.875, 1e8, segment, 1e8, double(dice.below(3)) * 1e9, 0});
  profile(6, {double(dice.between(1, 20)) * 1e6, 3e6, dice.chance(50) ? 1.0 : 0.1, 0.8, 0.5,
              dice.chance(50) ? 1e7 : 0, 0.1, 100, 0.01, double(dice.between(1, 20)) / 2,
              double(1 + dice.below(5))});
  profile(7, {1.0 / 16, 1, 1, 0, 0, 1, 0});
  profile(7, {1.0 / 4, 0, 0, 1, 6e8, 1e8, 0});
  profile(8, {dice.chance(50) ? 5e6 : 0, 1, 1e11, 1.2e7, 4, 5, 0.15, 0.25, 1e6, 0.8, 0.5, 0.0125, 8,
              dice.chance(50) ? 0.125 : 0, 4, 1.5, 0});
}

}  // namespace fabric::selftest
