#include "selftest/random_watchdogs.h"

namespace fabric::selftest {

void random_watchdogs(Plan& p, std::uint32_t hosts, Dice dice) {
  const bool watches = dice.chance(40), limits = dice.chance(30), storms = dice.chance(40);
  const std::int64_t poll = dice.between(300'000, 20'000'000);
  const std::int64_t detection = poll * dice.between(1, 4) + dice.between(0, 1000);
  const std::int64_t restoration = poll * dice.between(1, 4);
  const auto action = std::uint8_t(dice.between(1, 3));
  const std::int64_t limit = dice.between(1'000'000, 200'000'000);
  for (std::size_t i = 0; i < p.node_is_switch.size(); ++i) {
    const bool watched = watches && i >= hosts;
    p.node_watchdog_poll_ps.push_back(watched ? poll : 0);
    p.node_watchdog_detection_ps.push_back(watched ? detection : 0);
    p.node_watchdog_restoration_ps.push_back(watched ? restoration : 0);
    p.node_watchdog_action.push_back(watched ? action : 0);
    p.node_pause_limit_ps.push_back(limits && i < hosts ? limit : 0);
  }
  if (!storms || p.node_pfc_mode.front() == 0) return;
  for (std::uint32_t n = 1 + dice.below(3); n > 0; --n) {
    const std::int64_t start = dice.between(0, 100'000'000);
    p.storm_port.push_back(p.node_first_port[dice.below(hosts)]);
    p.storm_class.push_back(std::uint8_t(dice.chance(80) ? 3 : dice.below(8)));
    p.storm_start_ps.push_back(start);
    p.storm_end_ps.push_back(dice.chance(80) ? start + dice.between(1, 300'000'000) : -1);
  }
}

}  // namespace fabric::selftest
