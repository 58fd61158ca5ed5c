// From plan columns to the maps, pools and WRED curves of switches that have profiles.
#include <algorithm>

#include "fabric/engine/engine.h"

namespace fabric {

namespace {

void share(Share& s, std::int64_t reserve_bytes, std::int64_t static_bytes, std::uint8_t pool,
           std::int8_t alpha_shift) {
  s.reserve_bytes = reserve_bytes;
  s.static_bytes = static_bytes;
  s.pool = pool;
  s.alpha_shift = alpha_shift;
}

void maps(const Plan& plan, std::size_t k, QosProfile& qos) {
  for (std::size_t d = 0; d < kDscps; ++d) {
    const std::size_t tc = k * kClasses + plan.qos_dscp_to_tc[k * kDscps + d];
    qos.group[d] = plan.qos_tc_to_pg[tc];
    qos.queue[d] = plan.qos_tc_to_queue[tc];
    qos.bounce[d] = plan.qos_bounce[k * kDscps + d];
  }
  for (std::size_t d = 0; d < kDscps; ++d)
    for (const std::size_t after : {d, std::size_t(qos.bounce[d])})
      qos.queues_of[qos.group[d]] |= std::uint8_t(1u << qos.queue[after]);
  for (std::size_t p = 0; p < kClasses; ++p) {
    qos.queue_of[p] = plan.qos_pfc_to_queue[k * kClasses + p];
    if ((plan.qos_pfc_mask[k] >> p & 1) != 0)
      qos.priorities_of[plan.qos_pfc_to_pg[k * kClasses + p]] |= std::uint8_t(1u << p);
  }
}

void buffers(const Plan& plan, std::size_t k, QosProfile& qos) {
  std::copy_n(plan.qos_pool_bytes.begin() + std::ptrdiff_t(k * 2 * kPools), 2 * kPools,
              qos.pool_bytes.begin());
  std::copy_n(plan.qos_shared_headroom_bytes.begin() + std::ptrdiff_t(k * kPools), kPools,
              qos.shared_headroom_bytes.begin());
  for (std::size_t c = 0; c < kClasses; ++c) {
    const std::size_t i = k * kClasses + c;
    GroupShare& group = qos.groups[c];
    share(group, plan.qos_pg_reserve_bytes[i], plan.qos_pg_static_bytes[i], plan.qos_pg_pool[i],
          plan.qos_pg_alpha_shift[i]);
    group.headroom_bytes = plan.qos_pg_headroom_bytes[i];
    group.xon_bytes = plan.qos_pg_xon_bytes[i];
    group.xon_offset_bytes = plan.qos_pg_xon_offset_bytes[i];
    share(qos.queues[c], plan.qos_queue_reserve_bytes[i], plan.qos_queue_static_bytes[i],
          plan.qos_queue_pool[i], plan.qos_queue_alpha_shift[i]);
    qos.wred[c] = {plan.qos_wred_kmin_bytes[i], plan.qos_wred_kmax_bytes[i],
                   plan.qos_wred_pmax_q32[i]};
  }
  qos.wred_queues = plan.qos_wred_mask[k];
}

}  // namespace

void Engine::build_qos(const Plan& plan) {
  std::copy_n(plan.priority_dscp.begin(), kClasses, net_.dscp.begin());
  net_.qos.resize(plan.qos_profiles());
  for (std::size_t k = 0; k < net_.qos.size(); ++k) {
    maps(plan, k, net_.qos[k]);
    buffers(plan, k, net_.qos[k]);
  }
  const auto users = std::count_if(plan.node_qos.begin(), plan.node_qos.end(),
                                   [](std::int32_t profile) { return profile >= 0; });
  net_.pools.reserve(std::size_t(users));  // nodes point into it
  if (users != 0) net_.priority_until.resize(plan.ports());
}

}  // namespace fabric
