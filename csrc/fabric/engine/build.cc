// From plan columns to engine state.
#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "fabric/cc/registry.h"
#include "fabric/engine/creation_order.h"
#include "fabric/engine/engine.h"
#include "fabric/transport/messages.h"

namespace fabric {

Engine::Engine(const Plan& plan, EngineOptions options) {
  validate(plan, options.algorithms.size());
  if (options.threads < 1 || options.threads > kMaxThreads)
    throw std::invalid_argument("threads is " + std::to_string(options.threads) +
                                " (allowed: 1 to " + std::to_string(kMaxThreads) + ")");
  if (!options.partition_of.empty() && options.partition_of.size() != plan.nodes())
    throw std::invalid_argument("partition_of has " + std::to_string(options.partition_of.size()) +
                                " values, expected " + std::to_string(plan.nodes()));
  if (plan.creation_order != 0 && options.threads != 1)
    throw std::invalid_argument("a run in the order of creation (ns-3 model) has one thread, got " +
                                std::to_string(options.threads));
  if (options.queue_sample_ps < 0) throw std::invalid_argument("queue_sample_ps is negative");
  if (options.cc_spacing_ps < -1 || options.cc_spacing_ps > kNever / 4)
    throw std::invalid_argument("cc_spacing_ps is out of range");
  memory_limit_ = options.memory_bytes;
  plan_memory(plan, options);
  net_.seed = std::uint64_t(plan.model_seed);
  net_.gap_bytes = plan.gap_bytes;
  net_.pfc_bytes = plan.pfc_bytes;
  net_.dwrr_quantum_bytes = plan.dwrr_quantum_bytes;
  net_.queue_sample_ps = options.queue_sample_ps;
  net_.trace = options.trace;
  net_.careful = options.queue_sample_ps != 0 || plan.qos_profiles() != 0 || plan.int_hops != 0;
  net_.telemetry.set_hops(std::uint32_t(plan.int_hops));
  net_.routes = {plan.route_entry, plan.local_entry, plan.ecmp_first, plan.ecmp_port};
  build_qos(plan);
  build_nodes(plan);
  build_ports(plan);
  hosts_.plugins = options.algorithms;
  build_hosts(plan);
  if (options.queue_sample_ps != 0) net_.queue_counts.resize(plan.ports() * kClasses);
  if (options.cc_spacing_ps >= 0) hosts_.cc_traces.resize(plan.qps());
  hosts_.cc_spacing = options.cc_spacing_ps;
  net_.devices = make_devices(plan);
  build_watchdogs(plan);
  build_storms(plan);
  livelock_.start(plan.qps());
  build_lots(options);
  stop_grid_ = plan.stop_grid_ps;
  stall_grid_ = plan.stall_grid_ps;
  until_ = plan.until_ps;
  next_stop_ = stop_grid_;
  next_stall_ = stall_grid_;
  open_flows_ = plan.flows();
  model_version_ = plan.model_version;
}

void Engine::build_nodes(const Plan& plan) {
  net_.nodes.resize(plan.nodes());
  net_.next.assign(plan.nodes(), kNever);
  net_.block_next.resize(plan.nodes());
  net_.rows_kept.resize(plan.nodes());
  hosts_.nics.resize(plan.nodes());
  for (std::size_t i = 0; i < plan.nodes(); ++i) {
    Node& n = net_.nodes[i];
    n.id = std::uint32_t(i);
    n.first_port = plan.node_first_port[i];
    n.port_count = plan.node_first_port[i + 1] - n.first_port;
    n.is_switch = plan.node_is_switch[i] != 0;
    n.pfc_mode = PfcMode(plan.node_pfc_mode[i]);
    n.lossless_mask = plan.node_lossless_mask[i];
    n.quick_mask = plan.node_qos[i] < 0 ? n.lossless_mask : 0;
    n.main_class = n.lossless_mask == 0 ? 0 : std::uint8_t(std::countr_zero(n.lossless_mask));
    n.strict_mask = plan.node_strict_mask[i];
    n.ecn_mask = plan.node_ecn_mask[i];
    n.ecn_at_enqueue = plan.node_ecn_at_enqueue[i] != 0;
    n.telemetry = n.is_switch && plan.int_hops != 0;
    n.pfc_quanta = plan.node_pfc_quanta[i];
    n.alpha_shift = plan.node_alpha_shift[i];
    n.lossy_alpha_shift = plan.node_lossy_alpha_shift[i];
    n.shared_bytes = plan.node_shared_bytes[i];
    n.reserve_bytes = plan.node_reserve_bytes[i];
    n.xoff_bytes = plan.node_xoff_bytes[i];
    n.xon_offset_bytes = plan.node_xon_offset_bytes[i];
    n.route = {plan.route_base[i], plan.route_first[i], plan.route_count[i], plan.route_default[i],
               plan.route_shift[i]};
    n.ecmp_seed = plan.node_ecmp_seed[i];
    n.pfc_reaction_ps = plan.node_pfc_reaction_ps[i];
    std::copy_n(plan.node_weights.begin() + std::ptrdiff_t(i * kClasses), kClasses,
                n.weights.begin());
    n.start_next = plan.start_first[i];
    n.start_end = plan.start_first[i + 1];
    if (n.start_next < n.start_end)
      net_.next[i] = plan.flow_start_ps[plan.start_flow[n.start_next]];
    if (plan.node_qos[i] >= 0) {
      net_.pools.push_back({.qos = &net_.qos[std::size_t(plan.node_qos[i])]});
      n.pools = &net_.pools.back();
    }
    build_nic(plan, i);
  }
}

void Engine::build_nic(const Plan& plan, std::size_t i) {
  Nic& nic = hosts_.nics[i];
  nic.rto = plan.node_rto_ps[i];
  nic.retries = plan.node_retries[i];
  nic.ack_every = plan.node_ack_every[i];
  nic.ack_class = plan.node_ack_class[i];
  nic.cnp_class = std::uint8_t(plan.node_cnp_class[i]);
  nic.cnp_interval = plan.node_cnp_interval_ps[i];
  nic.cnp_scope = plan.node_cnp_scope[i];
  nic.cnp_on_ack = plan.node_cnp_on_ack[i] != 0;
  nic.nak_interval = plan.node_nak_interval_ps[i];
  nic.receive_rate_bps = plan.node_receive_rate_bps[i];
  nic.go_back_zero = plan.node_go_back_zero[i] != 0;
  nic.rto_low = plan.node_rto_low_ps[i];
  nic.rto_low_packets = plan.node_rto_low_packets[i];
}

void Engine::build_watchdogs(const Plan& plan) {
  for (Node& n : net_.nodes) {
    Watchdog dog;
    dog.poll = plan.node_watchdog_poll_ps[n.id];
    dog.limit = plan.node_pause_limit_ps[n.id];
    if (dog.poll == 0 && dog.limit == 0) continue;
    dog.detection = plan.node_watchdog_detection_ps[n.id];
    dog.restoration = plan.node_watchdog_restoration_ps[n.id];
    dog.action = n.is_switch ? WatchAction(plan.node_watchdog_action[n.id]) : WatchAction::kMute;
    dog.queues.resize(n.port_count * std::size_t{kClasses});
    n.watchdog = std::int32_t(net_.watchdogs.size());
    net_.watchdogs.push_back(std::move(dog));
  }
}

void Engine::build_storms(const Plan& plan) {
  for (std::size_t i = 0; i < plan.storm_port.size(); ++i) {
    const std::uint32_t port = plan.storm_port[i];
    Node& n = net_.nodes[net_.ports[net_.ports[port].peer].peer_node];
    net_.storms.push_back({port - n.first_port, plan.storm_class[i]});
    n.timers.push({plan.storm_start_ps[i], TimerKind::kPauseStorm, std::uint32_t(2 * i)});
    if (plan.storm_end_ps[i] >= 0)
      n.timers.push({plan.storm_end_ps[i], TimerKind::kPauseStorm, std::uint32_t(2 * i + 1)});
    net_.next[n.id] = std::min(net_.next[n.id], n.timers.next());
  }
}

void Engine::build_ports(const Plan& plan) {
  const std::size_t count = plan.ports();
  net_.ports.resize(count);
  net_.transmit_at.assign(count, kNever);
  net_.awake_at.resize(count);
  net_.cold.resize(count);
  net_.queues.resize(count * kClasses);
  net_.ingress.resize(count * kClasses);
  net_.lanes.resize(count);
  net_.mac_lane.resize(count);
  std::vector<std::uint32_t> node_of(count);
  std::uint32_t awake = 0;
  for (const Node& n : net_.nodes) {
    std::fill_n(node_of.begin() + n.first_port, n.port_count, n.id);
    for (std::uint32_t p = 0; p < n.port_count; ++p) net_.awake_at[n.first_port + p] = awake + p;
    awake += (n.port_count + kAwakeWord - 1) / kAwakeWord * kAwakeWord;
  }
  net_.awake.resize(awake);
  for (std::size_t i = 0; i < count; ++i) {
    Port& p = net_.ports[i];
    PortCold& c = net_.cold[i];
    p.peer = plan.port_peer[i];
    p.peer_node = node_of[p.peer];
    p.rate = LineRate::of(plan.port_rate_bps[i], Rounding(plan.truncate_ns));
    p.ps_per_byte = p.rate.ps_per_byte;
    p.mac_delay = plan.port_delay_ps[i];
    p.data_delay = p.mac_delay + plan.node_latency_ps[p.peer_node];
    p.headroom_limit = plan.port_headroom_bytes[i];
    p.goes_up = plan.port_goes_up[i] != 0;
    p.has_errors = plan.port_error_q32[i] != 0;
    c.error_q32 = plan.port_error_q32[i];
    c.ecn_kmin_bytes = plan.port_ecn_kmin_bytes[i];
    for (std::size_t q = i * kClasses; q < (i + 1) * kClasses; ++q)
      net_.queues[q].ecn_kmin_bytes = c.ecn_kmin_bytes;
    c.ecn_kmax_bytes = plan.port_ecn_kmax_bytes[i];
    c.ecn_pmax_q32 = plan.port_ecn_pmax_q32[i];
  }
}

namespace {

template <class Qp>
void address(const Plan& plan, Qp& qp, std::uint32_t destination) {
  qp.dst_group = plan.address_group[destination];
  qp.dst_rank = plan.address_rank[destination];
}

}  // namespace

void Engine::build_hosts(const Plan& plan) {
  hosts_.framing = {plan.mtu_bytes, plan.header_bytes, plan.reth_bytes, plan.aeth_bytes,
                    plan.ack_bytes, plan.cnp_bytes,    plan.pad_bytes};
  hosts_.framing.full_bytes = plan.header_bytes + hosts_.framing.padded(plan.mtu_bytes);
  hosts_.rounding = Rounding(plan.truncate_ns);
  hosts_.message_flow = plan.message_flow;
  hosts_.start_flow = plan.start_flow;
  std::size_t host_ports = 0;
  for (const Node& n : net_.nodes)
    if (!n.is_switch) host_ports = std::max(host_ports, std::size_t{n.first_port} + n.port_count);
  hosts_.nic_ports.resize(host_ports);
  hosts_.messages.reserve(plan.flows());
  for (std::size_t f = 0; f < plan.flows(); ++f)
    hosts_.messages.push_back({plan.flow_size_bytes[f], plan.flow_start_ps[f], plan.flow_qp[f],
                               plan.flow_first_psn[f], plan.flow_packets[f],
                               FlowOp(plan.flow_op[f])});
  hosts_.complete_at.assign(plan.flows(), -1);
  hosts_.sender_complete_at.assign(plan.flows(), -1);
  hosts_.status.assign(plan.flows(), FlowStatus::kPending);
  hosts_.profiles.resize(plan.cc_algorithm.size());
  for (std::size_t c = 0; c < hosts_.profiles.size(); ++c) {
    const std::uint32_t number = plan.cc_algorithm[c];
    hosts_.profiles[c].algorithm =
        number < kFirstPlugin ? builtin_cc(number) : &hosts_.plugins[number - kFirstPlugin];
    std::copy_n(plan.cc_parameters.begin() + std::ptrdiff_t(c * PF_CC_PARAMETERS), PF_CC_PARAMETERS,
                hosts_.profiles[c].parameters);
  }
  build_queue_pairs(plan);
  build_credits(plan);
}

void Engine::build_queue_pairs(const Plan& plan) {
  hosts_.send.resize(plan.qps());
  hosts_.recv.resize(plan.qps());
  hosts_.cc.resize(plan.qps());
  hosts_.send_counters.resize(plan.qps());
  hosts_.recv_counters.resize(plan.qps());
  if (plan.repeats_selectively()) {
    hosts_.scoreboards.resize(plan.qps());
    hosts_.kept.resize(plan.qps());
  }
  for (std::size_t q = 0; q < plan.qps(); ++q) {
    SendQp& s = hosts_.send[q];
    RecvQp& r = hosts_.recv[q];
    address(plan, s, plan.qp_rx_address[q]);
    address(plan, r, plan.qp_tx_address[q]);
    r.dst_address = plan.qp_tx_address[q];
    s.entropy = r.entropy = plan.qp_entropy[q];
    s.cls = r.cls = plan.qp_class[q];
    s.ttl = plan.node_ttl[plan.qp_tx_node[q]];
    r.ttl = plan.node_ttl[plan.qp_rx_node[q]];
    s.read = r.read = plan.qp_read[q] != 0;
    s.node = plan.qp_tx_node[q];
    r.node = plan.qp_rx_node[q];
    s.port = plan.qp_tx_port[q];
    r.port = plan.qp_rx_port[q];
    s.profile = plan.qp_cc[q];
    if (void* const context = hosts_.profiles[s.profile].algorithm->context)
      std::memcpy(&hosts_.cc[q], &context, sizeof context);
    s.base_rtt = plan.qp_base_rtt_ps[q];
    s.path_hops = plan.qp_hops[q];
    s.window_bytes = plan.qp_window_bytes[q];
    s.selective = r.selective = s.apart = r.apart = plan.qp_reorder_packets[q] != 0;
    s.reorder_packets = r.reorder_packets = plan.qp_reorder_packets[q];
    s.cap_bytes = plan.qp_bdp_bytes[q];
    s.rate_bps = net_.ports[net_.nodes[plan.qp_tx_node[q]].first_port + s.port].rate.bps;
    s.message_end = r.message_end = plan.qp_message_first[q + 1];
    s.next.index = s.una.index = r.message.index = plan.qp_message_first[q];
    if (s.next.index < s.message_end) {
      load_message(hosts_, s.next);
      s.una = r.message = s.next;
    }
  }
}

void Engine::build_lots(const EngineOptions& options) {
  const std::size_t rows = options.table_rows == 0
                               ? 0
                               : std::max<std::size_t>(options.table_rows / net_.nodes.size(), 1);
  std::uint32_t largest_radix = 0;
  for (const Node& n : net_.nodes) largest_radix = std::max(largest_radix, n.port_count);
  for (std::uint32_t i = 0; i < options.threads; ++i) {
    lots_.push_back(std::make_unique<Lot>(net_, hosts_));
    HostWorker& worker = lots_.back()->worker;
    worker.id = i;
    worker.lists_closed = options.list_closed;
    worker.order.reserve(3 * std::size_t{largest_radix} + 8);
    for (auto& boxes : worker.outboxes) boxes.resize(options.threads);
    worker.tables.each(tables_, [&](auto& mine, auto&) { mine.set_bound(rows); });
  }
  auto partition_of =
      options.partition_of.empty() ? join_short_links(net_, options.threads) : options.partition_of;
  if (net_.devices) partition_of.assign(net_.nodes.size(), 0);
  partitions_ = make_partitions(net_, partition_of);
  position_ = positions(net_);
  assign();
  if (net_.devices) lots_.front()->next = net_.devices->events.next();
}

}  // namespace fabric
