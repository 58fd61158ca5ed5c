// The compiled plan as the engine owns it: the columns of pyfabric/compile/plan.py under the same
// names.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fabric {

// clang-format off
// X(element type, name), one a column.
#define FABRIC_PLAN_COLUMNS(X)                              \
  X(std::uint8_t, node_is_switch)                           \
  X(std::uint32_t, node_first_port)                         \
  X(std::int64_t, node_latency_ps)                          \
  X(std::uint8_t, node_lossless_mask)                       \
  X(std::uint8_t, node_strict_mask)                         \
  X(std::uint32_t, node_weights)                            \
  X(std::uint8_t, node_pfc_mode)                            \
  X(std::uint16_t, node_pfc_quanta)                         \
  X(std::int64_t, node_pfc_reaction_ps)                     \
  X(std::int64_t, node_shared_bytes)                        \
  X(std::int8_t, node_alpha_shift)                          \
  X(std::int8_t, node_lossy_alpha_shift)                    \
  X(std::int64_t, node_reserve_bytes)                       \
  X(std::int64_t, node_xoff_bytes)                          \
  X(std::int64_t, node_xon_offset_bytes)                    \
  X(std::uint8_t, node_ecn_mask)                            \
  X(std::uint8_t, node_ecn_at_enqueue)                      \
  X(std::int64_t, node_rto_ps)                              \
  X(std::uint8_t, node_retries)                             \
  X(std::uint32_t, node_ack_every)                          \
  X(std::int8_t, node_ack_class)                            \
  X(std::int8_t, node_cnp_class)                            \
  X(std::int64_t, node_cnp_interval_ps)                     \
  X(std::uint8_t, node_cnp_scope)                           \
  X(std::uint8_t, node_cnp_on_ack)                          \
  X(std::int64_t, node_nak_interval_ps)                     \
  X(std::int64_t, node_receive_rate_bps)                    \
  X(std::uint8_t, node_go_back_zero)                        \
  X(std::int64_t, node_watchdog_poll_ps)                    \
  X(std::int64_t, node_watchdog_detection_ps)               \
  X(std::int64_t, node_watchdog_restoration_ps)             \
  X(std::uint8_t, node_watchdog_action)                     \
  X(std::int64_t, node_pause_limit_ps)                      \
  X(std::uint8_t, node_ttl)                                 \
  X(std::int32_t, node_qos)                                 \
  X(std::uint8_t, priority_dscp)                            \
  X(std::uint8_t, qos_dscp_to_tc)                           \
  X(std::uint8_t, qos_tc_to_pg)                             \
  X(std::uint8_t, qos_tc_to_queue)                          \
  X(std::uint8_t, qos_pfc_to_pg)                            \
  X(std::uint8_t, qos_pfc_to_queue)                         \
  X(std::uint8_t, qos_pfc_mask)                             \
  X(std::uint8_t, qos_bounce)                               \
  X(std::int64_t, qos_pool_bytes)                           \
  X(std::int64_t, qos_shared_headroom_bytes)                \
  X(std::uint8_t, qos_pg_pool)                              \
  X(std::int64_t, qos_pg_reserve_bytes)                     \
  X(std::int64_t, qos_pg_static_bytes)                      \
  X(std::int8_t, qos_pg_alpha_shift)                        \
  X(std::int64_t, qos_pg_headroom_bytes)                    \
  X(std::int64_t, qos_pg_xon_bytes)                         \
  X(std::int64_t, qos_pg_xon_offset_bytes)                  \
  X(std::uint8_t, qos_queue_pool)                           \
  X(std::int64_t, qos_queue_reserve_bytes)                  \
  X(std::int64_t, qos_queue_static_bytes)                   \
  X(std::int8_t, qos_queue_alpha_shift)                     \
  X(std::uint8_t, qos_wred_mask)                            \
  X(std::int64_t, qos_wred_kmin_bytes)                      \
  X(std::int64_t, qos_wred_kmax_bytes)                      \
  X(std::uint64_t, qos_wred_pmax_q32)                       \
  X(std::int64_t, node_rto_low_ps)                          \
  X(std::uint32_t, node_rto_low_packets)                    \
  X(std::uint32_t, port_peer)                               \
  X(std::int64_t, port_rate_bps)                            \
  X(std::int64_t, port_delay_ps)                            \
  X(std::uint64_t, port_error_q32)                          \
  X(std::uint8_t, port_goes_up)                             \
  X(std::int64_t, port_headroom_bytes)                      \
  X(std::int64_t, port_ecn_kmin_bytes)                      \
  X(std::int64_t, port_ecn_kmax_bytes)                      \
  X(std::uint64_t, port_ecn_pmax_q32)                       \
  X(std::int8_t, port_alpha_shift)                          \
  X(std::int64_t, port_credit_rate_bps)                     \
  X(std::uint32_t, port_credit_packets)                     \
  X(std::uint32_t, address_group)                           \
  X(std::uint16_t, address_rank)                            \
  X(std::uint32_t, route_base)                              \
  X(std::uint32_t, route_first)                             \
  X(std::uint32_t, route_count)                             \
  X(std::uint8_t, route_shift)                              \
  X(std::uint32_t, route_default)                           \
  X(std::uint32_t, route_entry)                             \
  X(std::uint32_t, local_entry)                             \
  X(std::uint32_t, ecmp_first)                              \
  X(std::uint16_t, ecmp_port)                               \
  X(std::uint32_t, node_ecmp_seed)                          \
  X(std::uint32_t, node_ip)                                 \
  X(std::uint32_t, qp_tx_node)                              \
  X(std::uint16_t, qp_tx_port)                              \
  X(std::uint32_t, qp_tx_address)                           \
  X(std::uint32_t, qp_rx_node)                              \
  X(std::uint16_t, qp_rx_port)                              \
  X(std::uint32_t, qp_rx_address)                           \
  X(std::uint32_t, qp_entropy)                              \
  X(std::uint32_t, qp_udp_ports)                            \
  X(std::uint8_t, qp_class)                                 \
  X(std::uint8_t, qp_read)                                  \
  X(std::uint16_t, qp_cc)                                   \
  X(std::int64_t, qp_window_bytes)                          \
  X(std::int64_t, qp_base_rtt_ps)                           \
  X(std::uint8_t, qp_hops)                                  \
  X(std::uint32_t, qp_reorder_packets)                      \
  X(std::int64_t, qp_bdp_bytes)                             \
  X(std::uint32_t, qp_credit_packets)                       \
  X(std::uint32_t, qp_unsolicited_packets)                  \
  X(std::uint16_t, qp_credit_port)                          \
  X(std::uint32_t, qp_message_first)                        \
  X(std::uint32_t, message_flow)                            \
  X(std::uint32_t, flow_qp)                                 \
  X(std::uint8_t, flow_op)                                  \
  X(std::int64_t, flow_size_bytes)                          \
  X(std::int64_t, flow_start_ps)                            \
  X(std::uint32_t, flow_first_psn)                          \
  X(std::uint32_t, flow_packets)                            \
  X(std::uint32_t, start_first)                             \
  X(std::uint32_t, start_flow)                              \
  X(std::uint32_t, storm_port)                              \
  X(std::uint8_t, storm_class)                              \
  X(std::int64_t, storm_start_ps)                           \
  X(std::int64_t, storm_end_ps)                             \
  X(std::uint32_t, cc_algorithm)                            \
  X(double, cc_parameters)

// X(name), all std::int64_t.
#define FABRIC_PLAN_SCALARS(X)                              \
  X(model_version)                                          \
  X(model_seed)                                             \
  X(mtu_bytes)                                              \
  X(header_bytes)                                           \
  X(reth_bytes)                                             \
  X(aeth_bytes)                                             \
  X(ack_bytes)                                              \
  X(cnp_bytes)                                              \
  X(pfc_bytes)                                              \
  X(gap_bytes)                                              \
  X(pad_bytes)                                              \
  X(truncate_ns)                                            \
  X(creation_order)                                         \
  X(rate_moves_packet)                                      \
  X(first_stream)                                           \
  X(int_hops)                                               \
  X(credit_quantum_packets)                                 \
  X(credit_reclaim_ps)                                      \
  X(dwrr_quantum_bytes)                                     \
  X(stop_grid_ps)                                           \
  X(stall_grid_ps)                                          \
  X(until_ps)
// clang-format on

struct Plan {
#define FABRIC_COLUMN(type, name) std::vector<type> name;
  FABRIC_PLAN_COLUMNS(FABRIC_COLUMN)
#undef FABRIC_COLUMN
#define FABRIC_SCALAR(name) std::int64_t name = 0;
  FABRIC_PLAN_SCALARS(FABRIC_SCALAR)
#undef FABRIC_SCALAR

  std::size_t nodes() const { return node_is_switch.size(); }
  std::size_t ports() const { return port_peer.size(); }
  std::size_t qps() const { return qp_tx_node.size(); }
  std::size_t qos_profiles() const { return qos_pfc_mask.size(); }
  std::size_t flows() const { return flow_qp.size(); }
  bool has_credits() const { return !qp_credit_packets.empty(); }
  bool repeats_selectively() const {
    return std::any_of(qp_reorder_packets.begin(), qp_reorder_packets.end(),
                       [](std::uint32_t packets) { return packets != 0; });
  }
};

// Throws std::invalid_argument naming the column: lengths, index ranges and the values that the
// engine relies on. `plugins`: how many algorithms come with the plan.
void validate(const Plan& plan, std::size_t plugins);

}  // namespace fabric
