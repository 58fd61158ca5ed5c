// A plan comes from the compiler or from a file: nothing in it may take the engine out of bounds.
#include "fabric/engine/validate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "fabric/cc/registry.h"
#include "fabric/engine/plan.h"
#include "fabric/net/node.h"
#include "fabric/packet/frame.h"
#include "fabric/packet/telemetry.h"
#include "fabric/transport/qp.h"

namespace fabric {

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max() / 4;
constexpr std::int64_t kMaxRate = 100'000'000'000'000;        // 100 Tb/s
constexpr std::int64_t kMaxTime = 1'000'000'000'000'000'000;  // 11.5 days in ps
constexpr std::int64_t kMaxDelay = 1'000'000'000'000'000;     // 1,000 s

void nodes(const Plan& p) {
  const std::size_t n = p.nodes();
  need(n > 0, "no nodes");
  offsets(p.node_first_port, n, p.ports(), "node_first_port");
  for (std::size_t i = 0; i < n; ++i)
    if (p.node_first_port[i + 1] - p.node_first_port[i] >= kOwnFrame)
      refuse("node " + std::to_string(i) + " has more than 65,534 ports");
  SIZE_IS(node_latency_ps, n), WITHIN(node_latency_ps, 0, kMaxDelay);
  SIZE_IS(node_lossless_mask, n), SIZE_IS(node_strict_mask, n);
  SIZE_IS(node_weights, n * kClasses), WITHIN(node_weights, 1, 1 << 20);
  SIZE_IS(node_pfc_mode, n), WITHIN(node_pfc_mode, 0, 2);
  SIZE_IS(node_pfc_quanta, n), WITHIN(node_pfc_quanta, 1, 65535);
  SIZE_IS(node_pfc_reaction_ps, n), WITHIN(node_pfc_reaction_ps, 0, kMaxTime);
  SIZE_IS(node_shared_bytes, n), WITHIN(node_shared_bytes, 0, std::int64_t{1} << 40);
  SIZE_IS(node_alpha_shift, n), WITHIN(node_alpha_shift, -8, 16);
  SIZE_IS(node_lossy_alpha_shift, n), WITHIN(node_lossy_alpha_shift, -8, 16);
  SIZE_IS(node_reserve_bytes, n), WITHIN(node_reserve_bytes, 0, std::int64_t{1} << 40);
  SIZE_IS(node_xoff_bytes, n), WITHIN(node_xoff_bytes, -1, std::int64_t{1} << 40);
  SIZE_IS(node_xon_offset_bytes, n), WITHIN(node_xon_offset_bytes, 0, std::int64_t{1} << 40);
  SIZE_IS(node_ecn_mask, n), SIZE_IS(node_ecn_at_enqueue, n), SIZE_IS(node_ecmp_seed, n),
      SIZE_IS(route_base, n);
  SIZE_IS(route_first, n), SIZE_IS(route_count, n), SIZE_IS(route_default, n);
  SIZE_IS(route_shift, n), WITHIN(route_shift, 0, 31);
  SIZE_IS(node_rto_ps, n), WITHIN(node_rto_ps, 0, kMaxTime);
  SIZE_IS(node_retries, n), SIZE_IS(node_ack_every, n), WITHIN(node_ack_every, 1, 1 << 30);
  SIZE_IS(node_ack_class, n), WITHIN(node_ack_class, -1, 7);
  SIZE_IS(node_cnp_class, n), WITHIN(node_cnp_class, 0, 7);
  SIZE_IS(node_cnp_interval_ps, n), WITHIN(node_cnp_interval_ps, 0, kMaxTime);
  SIZE_IS(node_cnp_scope, n), WITHIN(node_cnp_scope, 0, 2);
  SIZE_IS(node_cnp_on_ack, n), SIZE_IS(node_nak_interval_ps, n),
      WITHIN(node_nak_interval_ps, 0, kMaxTime);
  SIZE_IS(node_receive_rate_bps, n), WITHIN(node_receive_rate_bps, 0, kMaxRate);
  SIZE_IS(node_go_back_zero, n);
  SIZE_IS(node_ttl, n), WITHIN(node_ttl, 1, 255);
  SIZE_IS(node_rto_low_ps, n), WITHIN(node_rto_low_ps, 0, kMaxTime);
  SIZE_IS(node_rto_low_packets, n);
}

void watchdogs(const Plan& p) {
  constexpr std::int64_t kShortestPoll = 100'000;
  const std::size_t n = p.nodes();
  SIZE_IS(node_watchdog_poll_ps, n), WITHIN(node_watchdog_poll_ps, 0, kMaxTime);
  SIZE_IS(node_watchdog_detection_ps, n), WITHIN(node_watchdog_detection_ps, 0, kMaxTime);
  SIZE_IS(node_watchdog_restoration_ps, n), WITHIN(node_watchdog_restoration_ps, 0, kMaxTime);
  SIZE_IS(node_watchdog_action, n), SIZE_IS(node_pause_limit_ps, n);
  WITHIN(node_pause_limit_ps, 0, kMaxTime);
  for (std::size_t i = 0; i < n; ++i) {
    const std::int64_t poll = p.node_watchdog_poll_ps[i];
    need(p.node_is_switch[i] != 0 ? p.node_pause_limit_ps[i] == 0 : poll == 0,
         "a watchdog polls at a host, or a pause limit is set at a switch");
    if (poll == 0) continue;
    need(poll >= kShortestPoll, "node_watchdog_poll_ps is below 100 ns");
    need(p.node_watchdog_detection_ps[i] >= poll && p.node_watchdog_restoration_ps[i] >= poll,
         "node_watchdog_poll_ps is above the detection or restoration time");
    need(p.node_watchdog_action[i] >= 1 && p.node_watchdog_action[i] <= 3,
         "node_watchdog_action is outside 1..3");
  }
}

void storms(const Plan& p) {
  const std::size_t n = p.storm_port.size();
  WITHIN(storm_port, 0, std::int64_t(p.ports()) - 1);
  SIZE_IS(storm_class, n), WITHIN(storm_class, 0, 7);
  SIZE_IS(storm_start_ps, n), WITHIN(storm_start_ps, 0, kMaxTime);
  SIZE_IS(storm_end_ps, n), WITHIN(storm_end_ps, -1, kMaxTime);
  need(n < std::size_t{1} << 31, "there are 2^31 pause storms or more");
  for (std::size_t i = 0; i < n; ++i) {
    const auto next =
        std::upper_bound(p.node_first_port.begin(), p.node_first_port.end(), p.storm_port[i]);
    const auto node = std::size_t(next - p.node_first_port.begin()) - 1;
    need(p.node_is_switch[node] == 0 && p.node_pfc_mode[node] != 0,
         "a pause storm is at a switch, or at a host without PFC");
    need(p.storm_end_ps[i] == -1 || p.storm_end_ps[i] > p.storm_start_ps[i],
         "a pause storm ends before it begins");
  }
}

void ports(const Plan& p) {
  const std::size_t n = p.ports();
  WITHIN(port_peer, 0, std::int64_t(n) - 1);
  std::vector<std::size_t> owner(n);
  for (std::size_t i = 0; i < p.nodes(); ++i)
    std::fill(owner.begin() + p.node_first_port[i], owner.begin() + p.node_first_port[i + 1], i);
  for (std::size_t i = 0; i < n; ++i)
    if (p.port_peer[p.port_peer[i]] != i || owner[p.port_peer[i]] == owner[i])
      refuse("port " + std::to_string(i) + " and its peer disagree");
  SIZE_IS(port_rate_bps, n), WITHIN(port_rate_bps, 1'000, kMaxRate);
  for (const std::int64_t rate : p.port_rate_bps)
    need(serialization_ps(p.mtu_bytes + p.header_bytes, rate, Rounding(p.truncate_ns)) > 0,
         "at this rate a full packet takes no time when floored to 1 ns");
  SIZE_IS(port_delay_ps, n), WITHIN(port_delay_ps, 1, kMaxDelay);
  SIZE_IS(port_error_q32, n), WITHIN(port_error_q32, 0, std::int64_t{1} << 32);
  SIZE_IS(port_headroom_bytes, n), WITHIN(port_headroom_bytes, 0, std::int64_t{1} << 40);
  SIZE_IS(port_ecn_kmin_bytes, n), WITHIN(port_ecn_kmin_bytes, 0, kMax);
  SIZE_IS(port_ecn_kmax_bytes, n), WITHIN(port_ecn_kmax_bytes, 0, kMax);
  SIZE_IS(port_ecn_pmax_q32, n), WITHIN(port_ecn_pmax_q32, 0, std::int64_t{1} << 32);
  for (std::size_t i = 0; i < n; ++i)
    need(p.port_ecn_kmin_bytes[i] <= p.port_ecn_kmax_bytes[i],
         "port_ecn_kmin_bytes above port_ecn_kmax_bytes");
}

void queue_pairs(const Plan& p) {
  const std::size_t n = p.qps();
  SIZE_IS(qp_tx_port, n), SIZE_IS(qp_rx_node, n), SIZE_IS(qp_rx_port, n), SIZE_IS(qp_tx_address, n);
  SIZE_IS(qp_rx_address, n), SIZE_IS(qp_entropy, n), SIZE_IS(qp_class, n), WITHIN(qp_class, 0, 7);
  SIZE_IS(qp_read, n), SIZE_IS(qp_cc, n), WITHIN(qp_cc, 0, std::int64_t(p.cc_algorithm.size()) - 1);
  SIZE_IS(qp_window_bytes, n), WITHIN(qp_window_bytes, 0, kMax);
  SIZE_IS(qp_reorder_packets, n), WITHIN(qp_reorder_packets, 0, 1 << 24);
  SIZE_IS(qp_bdp_bytes, n), WITHIN(qp_bdp_bytes, 0, kMax);
  SIZE_IS(qp_base_rtt_ps, n), WITHIN(qp_base_rtt_ps, 0, kMaxTime), SIZE_IS(qp_hops, n);
  WITHIN(qp_tx_address, 0, std::int64_t(p.address_group.size()) - 1);
  WITHIN(qp_rx_address, 0, std::int64_t(p.address_group.size()) - 1);
  const auto host_port = [&](std::uint32_t node, std::uint32_t port) {
    need(node < p.nodes() && p.node_is_switch[node] == 0,
         "a queue pair ends at a node that is no host");
    need(p.node_first_port[node] + port < p.node_first_port[node + 1],
         "a queue pair uses a port its host lacks");
  };
  for (std::size_t q = 0; q < n; ++q) {
    host_port(p.qp_tx_node[q], p.qp_tx_port[q]);
    host_port(p.qp_rx_node[q], p.qp_rx_port[q]);
  }
  offsets(p.qp_message_first, n, p.flows(), "qp_message_first");
}

// Every flow occurs exactly once.
void permutation(const std::vector<std::uint32_t>& column, std::size_t flows, const char* name) {
  size_is(column, flows, name);
  std::vector<bool> seen(flows, false);
  for (const std::uint32_t flow : column) {
    if (flow >= flows || seen[flow]) refuse(std::string(name) + " does not name every flow once");
    seen[flow] = true;
  }
}

void messages(const Plan& p) {
  const std::size_t n = p.flows();
  permutation(p.message_flow, n, "message_flow");
  WITHIN(flow_qp, 0, std::int64_t(p.qps()) - 1);
  SIZE_IS(flow_op, n), WITHIN(flow_op, 0, 2);
  SIZE_IS(flow_size_bytes, n), WITHIN(flow_size_bytes, -1, std::int64_t{1} << 50);
  SIZE_IS(flow_start_ps, n), WITHIN(flow_start_ps, 0, kMaxTime);
  SIZE_IS(flow_first_psn, n), SIZE_IS(flow_packets, n);
  for (std::size_t q = 0; q < p.qps(); ++q) {
    std::uint64_t psn = 0;
    for (std::uint32_t i = p.qp_message_first[q]; i < p.qp_message_first[q + 1]; ++i) {
      const std::uint32_t f = p.message_flow[i];
      need(p.flow_qp[f] == q, "message_flow and flow_qp disagree");
      need(p.flow_first_psn[f] == psn, "the messages of a queue pair do not follow each other");
      need(p.qp_read[q] == (p.flow_op[f] == std::uint8_t(FlowOp::kRead)),
           "qp_read and flow_op disagree");
      const bool endless = p.flow_size_bytes[f] < 0;
      const std::int64_t packets = (p.flow_size_bytes[f] + p.mtu_bytes - 1) / p.mtu_bytes;
      need(p.flow_size_bytes[f] != 0 && endless == (p.flow_packets[f] == kEndless),
           "a flow has no or odd size");
      need(endless || packets == p.flow_packets[f], "flow_packets does not match size and MTU");
      psn = endless ? std::uint64_t{kEndless} : psn + p.flow_packets[f];
      need(i == p.qp_message_first[q] ||
               p.flow_start_ps[p.message_flow[i - 1]] <= p.flow_start_ps[f],
           "the messages of a queue pair are not in order of start");
      need(psn < kEndless || (endless && i + 1 == p.qp_message_first[q + 1]),
           "a queue pair has more than 2^32 - 2 packets, or messages behind an endless one");
    }
  }
}

void operations(const Plan& p) {
  const std::size_t n = p.flows();
  permutation(p.start_flow, n, "start_flow");
  offsets(p.start_first, p.nodes(), n, "start_first");
  for (std::size_t node = 0; node < p.nodes(); ++node)
    for (std::uint32_t i = p.start_first[node]; i < p.start_first[node + 1]; ++i) {
      const std::uint32_t f = p.start_flow[i], q = p.flow_qp[f];
      need(node == (p.qp_read[q] != 0 ? p.qp_rx_node[q] : p.qp_tx_node[q]),
           "an operation is posted at the wrong node");
      need(i == p.start_first[node] || p.flow_start_ps[p.start_flow[i - 1]] <= p.flow_start_ps[f],
           "start_flow is not in order of start");
    }
}

void scalars(const Plan& p) {
  need(p.truncate_ns >= 0 && p.truncate_ns <= 2, "truncate_ns is outside 0..2");
  need(p.mtu_bytes >= 1 && p.mtu_bytes <= 65'000, "mtu_bytes is outside 1..65000");
  need(p.pad_bytes >= 1 && p.pad_bytes <= 64, "pad_bytes is outside 1..64");
  for (const std::int64_t bytes : {p.header_bytes, p.ack_bytes, p.cnp_bytes, p.pfc_bytes})
    need(bytes >= 1 && bytes <= 1000, "a header size is outside 1..1000");
  for (const std::int64_t bytes : {p.reth_bytes, p.aeth_bytes, p.gap_bytes})
    need(bytes >= 0 && bytes <= 1000, "reth, aeth or gap bytes are outside 0..1000");
  need(p.mtu_bytes + p.header_bytes + p.reth_bytes + p.aeth_bytes + p.pad_bytes <= 65'535,
       "a frame exceeds 65,535 B");
  need(p.int_hops >= 0 && p.int_hops <= kMaxTelemetryHops, "int_hops is outside 0..16");
  need(p.dwrr_quantum_bytes >= 1 && p.dwrr_quantum_bytes <= 1 << 20,
       "dwrr_quantum_bytes is outside 1..2^20");
  need(p.stop_grid_ps >= 1 && p.stop_grid_ps <= kMaxTime, "stop_grid_ps is not positive");
  need(p.stall_grid_ps >= p.stop_grid_ps && p.stall_grid_ps <= kMaxTime,
       "stall_grid_ps is below stop_grid_ps");
  need(p.until_ps >= -1 && p.until_ps <= kMaxTime, "until_ps is out of range");
  for (const std::int64_t size : p.flow_size_bytes)
    need(size >= 0 || p.until_ps >= 0, "an endless flow needs until_ps");
}

// What a run in the order of creation knows; all else is the model's own.
void creation_order(const Plan& p) {
  need(p.creation_order == 0 || p.creation_order == 1, "creation_order is neither 0 nor 1");
  const bool on = p.creation_order != 0;
  need(p.rate_moves_packet == 0 || (on && p.rate_moves_packet == 1),
       "rate_moves_packet is neither 0 nor, in the order of creation, 1");
  need(p.first_stream >= 0 && p.first_stream <= (on ? kMaxTime : 0),
       "first_stream is outside 0..10^18 or not 0 without the order of creation");
  SIZE_IS(port_alpha_shift, on ? p.ports() : 0), WITHIN(port_alpha_shift, 0, 16);
  SIZE_IS(node_ip, on ? p.nodes() : 0), SIZE_IS(qp_udp_ports, on ? p.qps() : 0);
  if (!on) return;
  for (std::size_t q = 0; q < p.qps(); ++q)
    need(p.qp_read[q] == 0 && p.qp_message_first[q + 1] - p.qp_message_first[q] == 1,
         "in the order of creation a queue pair has one message and no READ");
  WITHIN(qp_reorder_packets, 0, 0), WITHIN(node_receive_rate_bps, 0, 0),
      WITHIN(node_go_back_zero, 0, 0);
  WITHIN(node_pfc_reaction_ps, 0, 0);
  WITHIN(node_watchdog_poll_ps, 0, 0), WITHIN(node_pause_limit_ps, 0, 0);
  SIZE_IS(storm_port, 0);
  need(p.qos_profiles() == 0, "in the order of creation switches have no qos profiles");
  for (std::size_t i = 0; i < p.nodes(); ++i)
    need(p.node_pfc_mode[i] != std::uint8_t(PfcMode::kQuanta) && p.node_xoff_bytes[i] < 0 &&
             p.node_ecn_at_enqueue[i] == 0 && p.node_latency_ps[i] == 0,
         "in the order of creation pauses are on/off at a dynamic threshold, marks are set at "
         "dequeue, and switches have no latency");
}

void algorithms(const Plan& p, std::size_t plugins) {
  for (const std::uint32_t number : p.cc_algorithm) {
    if (number < kFirstPlugin)
      need(number < builtin_cc_count(), "cc_algorithm names no built-in algorithm");
    else
      need(number - kFirstPlugin < plugins,
           "cc_algorithm names a plug-in that does not come with the plan");
  }
}

}  // namespace

void validate(const Plan& p, std::size_t plugins) {
  scalars(p);
  nodes(p);
  ports(p);
  validate_qos(p);
  watchdogs(p);
  storms(p);
  validate_routes(p);
  size_is(p.cc_parameters, p.cc_algorithm.size() * PF_CC_PARAMETERS, "cc_parameters");
  for (const double x : p.cc_parameters) need(std::isfinite(x), "a cc_parameter is not finite");
  algorithms(p, plugins);
  queue_pairs(p);
  validate_credits(p);
  messages(p);
  operations(p);
  creation_order(p);
}

}  // namespace fabric
