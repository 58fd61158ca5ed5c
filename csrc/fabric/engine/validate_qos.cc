// Maps, pools and WRED curves of a plan.
#include <string>

#include "fabric/engine/plan.h"
#include "fabric/engine/validate.h"
#include "fabric/net/qos.h"

namespace fabric {

namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 40;

void maps(const Plan& p, std::size_t k) {
  SIZE_IS(qos_dscp_to_tc, k * kDscps), WITHIN(qos_dscp_to_tc, 0, kClasses - 1);
  SIZE_IS(qos_bounce, k * kDscps), WITHIN(qos_bounce, 0, kDscps - 1);
  SIZE_IS(qos_tc_to_pg, k * kClasses), WITHIN(qos_tc_to_pg, 0, kClasses - 1);
  SIZE_IS(qos_tc_to_queue, k * kClasses), WITHIN(qos_tc_to_queue, 0, kClasses - 1);
  SIZE_IS(qos_pfc_to_pg, k * kClasses), WITHIN(qos_pfc_to_pg, 0, kClasses - 1);
  SIZE_IS(qos_pfc_to_queue, k * kClasses), WITHIN(qos_pfc_to_queue, 0, kClasses - 1);
}

void shares(const Plan& p, std::size_t k) {
  SIZE_IS(qos_pool_bytes, k * 2 * kPools), WITHIN(qos_pool_bytes, 0, kMost);
  SIZE_IS(qos_shared_headroom_bytes, k * kPools), WITHIN(qos_shared_headroom_bytes, -1, kMost);
  SIZE_IS(qos_pg_pool, k * kClasses), WITHIN(qos_pg_pool, 0, kPools - 1);
  SIZE_IS(qos_pg_reserve_bytes, k * kClasses), WITHIN(qos_pg_reserve_bytes, 0, kMost);
  SIZE_IS(qos_pg_static_bytes, k * kClasses), WITHIN(qos_pg_static_bytes, -1, kMost);
  SIZE_IS(qos_pg_alpha_shift, k * kClasses);
  SIZE_IS(qos_pg_headroom_bytes, k * kClasses), WITHIN(qos_pg_headroom_bytes, -1, kMost);
  SIZE_IS(qos_pg_xon_bytes, k * kClasses), WITHIN(qos_pg_xon_bytes, 0, kMost);
  SIZE_IS(qos_pg_xon_offset_bytes, k * kClasses), WITHIN(qos_pg_xon_offset_bytes, 0, kMost);
  SIZE_IS(qos_queue_pool, k * kClasses);
  for (const std::uint8_t pool : p.qos_queue_pool)
    need(pool < 2 * kPools || pool == kNoPool, "a queue has a pool that there is not");
  SIZE_IS(qos_queue_reserve_bytes, k * kClasses), WITHIN(qos_queue_reserve_bytes, 0, kMost);
  SIZE_IS(qos_queue_static_bytes, k * kClasses), WITHIN(qos_queue_static_bytes, -1, kMost);
  SIZE_IS(qos_queue_alpha_shift, k * kClasses);
  for (const auto* shifts : {&p.qos_pg_alpha_shift, &p.qos_queue_alpha_shift})
    for (const std::int8_t shift : *shifts)
      need((shift >= -8 && shift <= 16) || shift == kUnlimitedShift,
           "a profile's alpha_shift is outside -8..16 and not 127");
}

void curves(const Plan& p, std::size_t k) {
  SIZE_IS(qos_wred_mask, k);
  SIZE_IS(qos_wred_kmin_bytes, k * kClasses), WITHIN(qos_wred_kmin_bytes, 0, kMost);
  SIZE_IS(qos_wred_kmax_bytes, k * kClasses), WITHIN(qos_wred_kmax_bytes, 0, kMost);
  SIZE_IS(qos_wred_pmax_q32, k * kClasses);
  WITHIN(qos_wred_pmax_q32, 0, std::int64_t{1} << 32);
  for (std::size_t i = 0; i < k * kClasses; ++i)
    need(p.qos_wred_kmin_bytes[i] <= p.qos_wred_kmax_bytes[i],
         "qos_wred_kmin_bytes above qos_wred_kmax_bytes");
}

// A switch without a profile does not look at DSCPs: it takes a frame's class from the one before.
// PFC speaks of the groups that node_lossless_mask says are lossless.
void profiles(const Plan& p) {
  for (std::size_t i = 0; i < p.nodes(); ++i) {
    if (p.node_qos[i] < 0) {
      need(p.node_is_switch[i] == 0 || p.qos_profiles() == 0, "some switches have no qos profile");
      continue;
    }
    need(p.node_is_switch[i] != 0, "a host has a qos profile");
    const auto profile = std::size_t(p.node_qos[i]);
    std::uint8_t groups = 0;
    for (std::size_t c = 0; c < kClasses; ++c)
      if ((p.qos_pfc_mask[profile] >> c & 1) != 0)
        groups |= std::uint8_t(1u << p.qos_pfc_to_pg[profile * kClasses + c]);
    need(p.node_lossless_mask[i] == groups,
         "node_lossless_mask is not the groups of the qos profile's PFC priorities");
  }
}

}  // namespace

void validate_qos(const Plan& p) {
  const std::size_t k = p.qos_profiles();
  SIZE_IS(priority_dscp, kClasses), WITHIN(priority_dscp, 0, kDscps - 1);
  SIZE_IS(node_qos, p.nodes()), WITHIN(node_qos, -1, std::int64_t(k) - 1);
  SIZE_IS(port_goes_up, p.ports());
  maps(p, k);
  shares(p, k);
  curves(p, k);
  profiles(p);
}

}  // namespace fabric
