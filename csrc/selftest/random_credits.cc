#include "selftest/random_credits.h"

#include <algorithm>

namespace fabric::selftest {

void random_credits(Plan& p, Dice dice) {
  if (p.int_hops != 0 || !dice.chance(35)) return;
  p.credit_quantum_packets = dice.chance(60) ? 1 : dice.between(1, 12);
  p.credit_reclaim_ps = dice.chance(70) ? 100'000'000 : dice.between(1, 20'000'000);
  for (std::size_t q = 0; q < p.qps(); ++q) {
    const bool credited = p.qp_read[q] == 0 && dice.chance(80);
    p.qp_credit_packets.push_back(credited ? std::uint32_t(dice.between(1, 40)) : 0);
    p.qp_unsolicited_packets.push_back(std::uint32_t(dice.chance(30) ? 0 : dice.between(1, 30)));
    p.qp_credit_port.push_back(0);
  }
  const std::int64_t share = dice.chance(50) ? 1 : dice.between(1, 4);
  for (const std::int64_t rate : p.port_rate_bps) {
    p.port_credit_rate_bps.push_back(std::max<std::int64_t>(rate / share, 1'000));
    p.port_credit_packets.push_back(std::uint32_t(dice.between(1, 60)));
  }
}

}  // namespace fabric::selftest
