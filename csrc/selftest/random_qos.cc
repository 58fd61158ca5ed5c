#include "selftest/random_qos.h"

#include "fabric/net/qos.h"

namespace fabric::selftest {

namespace {

constexpr std::int64_t kUnset = -1;

template <class T>
void draw(std::vector<T>& column, int count, Dice& dice, std::int64_t low, std::int64_t high) {
  for (int i = 0; i < count; ++i) column.push_back(T(dice.between(low, high)));
}

// A map of classes: the identity, or one at random that leaves most classes alone.
void class_map(std::vector<std::uint8_t>& column, Dice& dice) {
  const bool plain = dice.chance(40);
  for (int c = 0; c < kClasses; ++c)
    column.push_back(std::uint8_t(plain || dice.chance(60) ? c : int(dice.below(kClasses))));
}

void maps(Plan& p, Dice& dice) {
  const bool plain = dice.chance(40);
  for (int d = 0; d < kDscps; ++d)
    p.qos_dscp_to_tc.push_back(
        std::uint8_t(plain || dice.chance(70) ? d / 8 : int(dice.below(kClasses))));
  for (auto* map : {&p.qos_tc_to_pg, &p.qos_tc_to_queue, &p.qos_pfc_to_pg, &p.qos_pfc_to_queue})
    class_map(*map, dice);
  p.qos_pfc_mask.push_back(std::uint8_t(dice.chance(60) ? 0x08 : dice.below(256)));
  const bool bounces = dice.chance(40);
  for (int d = 0; d < kDscps; ++d)
    p.qos_bounce.push_back(std::uint8_t(bounces && dice.chance(30) ? int(dice.below(kDscps)) : d));
}

void shares(Plan& p, Dice& dice) {
  draw(p.qos_pool_bytes, 2 * kPools, dice, 5'000, 300'000);
  for (int pool = 0; pool < kPools; ++pool)
    p.qos_shared_headroom_bytes.push_back(dice.chance(50) ? kUnset : dice.between(0, 60'000));
  draw(p.qos_pg_pool, kClasses, dice, 0, kPools - 1);
  for (int c = 0; c < kClasses; ++c) {
    p.qos_pg_reserve_bytes.push_back(dice.chance(50) ? dice.between(0, 9'000) : 0);
    p.qos_pg_static_bytes.push_back(dice.chance(30) ? dice.between(0, 40'000) : kUnset);
    p.qos_pg_alpha_shift.push_back(dice.chance(20) ? kUnlimitedShift
                                                   : std::int8_t(dice.between(-3, 6)));
    p.qos_pg_headroom_bytes.push_back(dice.chance(50) ? kUnset : dice.between(0, 60'000));
    p.qos_pg_xon_bytes.push_back(dice.chance(50) ? 0 : dice.between(0, 20'000));
    p.qos_pg_xon_offset_bytes.push_back(dice.between(0, 10'000));
    p.qos_queue_pool.push_back(dice.chance(30) ? kNoPool : std::uint8_t(dice.below(2 * kPools)));
    p.qos_queue_reserve_bytes.push_back(dice.chance(50) ? dice.between(0, 9'000) : 0);
    p.qos_queue_static_bytes.push_back(dice.chance(30) ? dice.between(0, 60'000) : kUnset);
    p.qos_queue_alpha_shift.push_back(dice.chance(20) ? kUnlimitedShift
                                                      : std::int8_t(dice.between(-3, 6)));
  }
}

void curves(Plan& p, Dice& dice) {
  p.qos_wred_mask.push_back(std::uint8_t(dice.chance(50) ? dice.below(256) : 0));
  for (int c = 0; c < kClasses; ++c) {
    const std::int64_t kmin = dice.between(0, 30'000);
    p.qos_wred_kmin_bytes.push_back(kmin);
    p.qos_wred_kmax_bytes.push_back(kmin + dice.between(0, 60'000));
    p.qos_wred_pmax_q32.push_back(std::uint64_t(dice.between(0, 100)) * 42'949'672);
  }
}

std::uint8_t lossless_groups(const Plan& p, std::size_t profile) {
  std::uint8_t groups = 0;
  for (std::size_t c = 0; c < kClasses; ++c)
    if ((p.qos_pfc_mask[profile] >> c & 1) != 0)
      groups |= std::uint8_t(1u << p.qos_pfc_to_pg[profile * kClasses + c]);
  return groups;
}

}  // namespace

void random_qos(Plan& p, std::uint32_t hosts, Dice dice) {
  const std::size_t nodes = p.node_is_switch.size();
  const bool used = dice.chance(50);
  const bool selectors = dice.chance(60);
  for (int c = 0; c < kClasses; ++c)
    p.priority_dscp.push_back(std::uint8_t(selectors ? c * 8 : int(dice.below(kDscps))));
  for (std::size_t port = 0; port < p.port_peer.size(); ++port)
    p.port_goes_up.push_back(std::uint8_t(dice.chance(40)));
  const std::uint32_t profiles = used ? 1 + dice.below(3) : 0;
  for (std::uint32_t k = 0; k < profiles; ++k) {
    maps(p, dice);
    shares(p, dice);
    curves(p, dice);
  }
  p.node_qos.assign(nodes, -1);
  for (std::size_t node = hosts; node < nodes && used; ++node) {
    const std::uint32_t profile = dice.below(profiles);
    p.node_qos[node] = std::int32_t(profile);
    p.node_lossless_mask[node] = lossless_groups(p, profile);
  }
}

}  // namespace fabric::selftest
