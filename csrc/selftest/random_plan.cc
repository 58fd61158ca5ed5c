#include "selftest/random_plan.h"

#include <algorithm>
#include <numeric>

#include "fabric/net/routing.h"
#include "fabric/packet/frame.h"
#include "selftest/dice.h"
#include "selftest/random_cc.h"
#include "selftest/random_credits.h"
#include "selftest/random_qos.h"
#include "selftest/random_watchdogs.h"

namespace fabric::selftest {

namespace {

struct Shape {
  std::uint32_t leaves, spines, hosts_per_leaf;
  std::uint32_t hosts() const { return leaves * hosts_per_leaf; }
  std::uint32_t nodes() const { return hosts() + leaves + spines; }
  std::uint32_t leaf(std::uint32_t i) const { return hosts() + i; }
  std::uint32_t spine(std::uint32_t i) const { return hosts() + leaves + i; }
};

void links(Plan& p, const Shape& s, Dice& dice) {
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> ports(
      s.nodes());  // (peer node, edge)
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  for (std::uint32_t h = 0; h < s.hosts(); ++h) edges.emplace_back(h, s.leaf(h / s.hosts_per_leaf));
  for (std::uint32_t l = 0; l < s.leaves; ++l)
    for (std::uint32_t k = 0; k < s.spines; ++k) edges.emplace_back(s.leaf(l), s.spine(k));
  for (std::uint32_t e = 0; e < edges.size(); ++e) {
    ports[edges[e].first].emplace_back(edges[e].second, e);
    ports[edges[e].second].emplace_back(edges[e].first, e);
  }
  std::vector<std::vector<std::uint32_t>> ends(edges.size());
  for (const auto& mine : ports) {
    p.node_first_port.push_back(std::uint32_t(p.port_delay_ps.size()));
    for (const auto& [peer, edge] : mine) {
      ends[edge].push_back(std::uint32_t(p.port_delay_ps.size()));
      p.port_delay_ps.push_back(0);
    }
  }
  const std::size_t count = p.port_delay_ps.size();
  p.node_first_port.push_back(std::uint32_t(count));
  p.port_peer.resize(count);
  p.port_rate_bps.resize(count);
  p.port_error_q32.assign(count, 0);
  // At the fastest ones small frames take no time when floored to 1 ns.
  const std::int64_t rates[] = {10'000'000'000,  25'000'000'000,  100'000'000'000,  333'000'000'000,
                                400'000'000'000, 800'000'000'000, 1'600'000'000'000};
  const std::int64_t delays[] = {1'000, 25'000, 300'000, 1'000'000, 3'000'000};
  const std::int64_t host_rate = dice.pick(rates), up_rate = dice.pick(rates);
  const std::int64_t host_delay = dice.pick(delays), up_delay = dice.pick(delays);
  const bool lossy_links = dice.chance(25);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const std::uint32_t a = ends[e][0], b = ends[e][1];
    const bool at_host = edges[e].first < s.hosts();
    for (const auto& [here, there] : {std::pair{a, b}, std::pair{b, a}}) {
      p.port_peer[here] = there;
      p.port_rate_bps[here] = at_host ? host_rate : up_rate;
      p.port_delay_ps[here] = at_host ? host_delay : up_delay;
      if (lossy_links && dice.chance(20))
        p.port_error_q32[here] = std::uint64_t(dice.between(1, 1 << 24));
    }
  }
}

// Writes routes in forms drawn at random that all say the same.
class RouteWriter {
 public:
  RouteWriter(Plan& p, Dice& dice) : p_(p), dice_(dice) { p.ecmp_first.push_back(0); }

  // One of `count` consecutive ports.
  std::uint32_t set(std::uint32_t first, std::uint32_t count) {
    if (dice_.chance(50)) return kRangeEntry | (count - 1) << kRangeBits | first;
    for (std::uint32_t i = 0; i < count; ++i) p_.ecmp_port.push_back(std::uint16_t(first + i));
    p_.ecmp_first.push_back(std::uint32_t(p_.ecmp_port.size()));
    return std::uint32_t(p_.ecmp_first.size() - 2);
  }

  // Port r for rank r.
  std::uint32_t ranked(std::uint32_t count) {
    if (dice_.chance(50)) return kLocalEntry | kRangeEntry;
    const auto base = std::uint32_t(p_.local_entry.size());
    for (std::uint32_t r = 0; r < count; ++r) p_.local_entry.push_back(set(r, 1));
    return kLocalEntry | base;
  }

  void row(std::vector<std::uint32_t> entries, std::uint32_t shift) {
    std::uint32_t first = 0, otherwise = kUnreachable;
    const std::uint32_t end = dice_.chance(50) ? entries.front() : entries.back();
    if (dice_.chance(60) && end < kLocalEntry) {
      otherwise = end;
      while (!entries.empty() && entries.back() == end) entries.pop_back();
      const auto kept = std::find_if(entries.begin(), entries.end(),
                                     [&](std::uint32_t entry) { return entry != end; });
      first = std::uint32_t(kept - entries.begin());
      entries.erase(entries.begin(), kept);
    }
    auto place = p_.route_entry.end();
    if (dice_.chance(50))
      place =
          std::search(p_.route_entry.begin(), p_.route_entry.end(), entries.begin(), entries.end());
    p_.route_base.push_back(std::uint32_t(place - p_.route_entry.begin()));
    if (place == p_.route_entry.end()) p_.route_entry.insert(place, entries.begin(), entries.end());
    p_.route_first.push_back(first);
    p_.route_count.push_back(std::uint32_t(entries.size()));
    p_.route_shift.push_back(std::uint8_t(shift));
    p_.route_default.push_back(otherwise);
  }

 private:
  Plan& p_;
  Dice& dice_;
};

void routes(Plan& p, const Shape& s, Dice dice) {
  const std::uint32_t shift = dice.below(3);
  for (std::uint32_t h = 0; h < s.hosts(); ++h) {
    p.address_group.push_back((h / s.hosts_per_leaf + 1) << shift | (h % 2 & ((1u << shift) - 1)));
    p.address_rank.push_back(std::uint16_t(h % s.hosts_per_leaf));
  }
  RouteWriter writer(p, dice);
  for (std::uint32_t node = 0; node < s.nodes(); ++node) {
    std::vector<std::uint32_t> entries{kUnreachable};  // no address is in group 0
    const std::uint32_t up = writer.set(s.hosts_per_leaf, s.spines);
    for (std::uint32_t g = 0; node >= s.hosts() && g < s.leaves; ++g) {
      if (node >= s.spine(0)) {
        entries.push_back(writer.set(g, 1));
      } else {
        entries.push_back(node == s.leaf(g) ? writer.ranked(s.hosts_per_leaf) : up);
      }
    }
    writer.row(entries, shift);
  }
}

void profiles(Plan& p, const Shape& s, Dice& dice) {
  const std::size_t n = s.nodes(), ports = p.port_peer.size();
  const auto fill = [&](auto& column, auto value) { column.assign(n, value); };
  for (std::uint32_t i = 0; i < n; ++i) {
    p.node_is_switch.push_back(i >= s.hosts());
    p.node_ecmp_seed.push_back(dice.below(0xffffffff));
  }
  fill(p.node_latency_ps, dice.chance(30) ? 400'000 : 0);
  fill(p.node_lossless_mask, dice.chance(85) ? 0x08 : 0x00);
  fill(p.node_strict_mask, dice.chance(70) ? 0x40 : 0x00);
  p.node_weights.assign(n * kClasses, 1);
  for (std::uint32_t& w : p.node_weights) w = std::uint32_t(dice.between(1, 4));
  fill(p.node_pfc_mode, std::uint8_t(dice.chance(15) ? 0 : dice.chance(30) ? 2 : 1));
  fill(p.node_pfc_quanta, std::uint16_t(dice.chance(40) ? dice.between(50, 400) : 65535));
  fill(p.node_pfc_reaction_ps, dice.chance(50) ? 200'000 : 0);
  fill(p.node_shared_bytes, dice.between(20'000, 400'000));
  fill(p.node_alpha_shift, std::int8_t(dice.between(-3, 6)));
  fill(p.node_lossy_alpha_shift, std::int8_t(dice.between(-2, 3)));
  fill(p.node_reserve_bytes, dice.chance(50) ? 4096 : 0);
  fill(p.node_xoff_bytes, dice.chance(20) ? 30'000 : -1);
  fill(p.node_xon_offset_bytes, dice.between(0, 10'000));
  fill(p.node_ecn_mask, std::uint8_t(dice.chance(80) ? 0x08 : 0));
  fill(p.node_ecn_at_enqueue, std::uint8_t(dice.chance(30)));
  fill(p.node_rto_ps, dice.between(50'000'000, 400'000'000));
  fill(p.node_retries, std::uint8_t(dice.between(0, 7)));
  fill(p.node_ack_every, std::uint32_t(dice.chance(50) ? 1 : dice.between(2, 8)));
  fill(p.node_ack_class, std::int8_t(dice.chance(60) ? -1 : dice.between(0, 7)));
  fill(p.node_cnp_class, std::int8_t(dice.chance(70) ? 6 : 3));
  fill(p.node_cnp_interval_ps, dice.chance(80) ? 4'000'000 : 0);
  fill(p.node_cnp_scope, std::uint8_t(dice.below(3)));
  fill(p.node_cnp_on_ack, std::uint8_t(dice.chance(25)));
  fill(p.node_nak_interval_ps, dice.chance(30) ? 10'000'000 : 0);
  fill(p.node_go_back_zero, std::uint8_t(dice.chance(10)));
  fill(p.node_ttl, std::uint8_t(64));
  fill(p.node_receive_rate_bps, dice.chance(25) ? 5'000'000'000 : 0);
  random_watchdogs(p, s.hosts(), Dice(~std::uint64_t(p.model_seed) ^ 0x5704a));
  p.port_headroom_bytes.assign(ports, dice.chance(60) ? 400'000 : dice.between(0, 40'000));
  const std::int64_t kmin = dice.between(0, 50'000);
  p.port_ecn_kmin_bytes.assign(ports, kmin);
  p.port_ecn_kmax_bytes.assign(ports, kmin + dice.between(0, 100'000));
  p.port_ecn_pmax_q32.assign(ports, std::uint64_t(dice.between(0, 100)) * 42'949'672);
}

void flows(Plan& p, const Shape& s, Dice& dice) {
  const std::uint32_t qps = 1 + dice.below(3 * s.hosts());
  const bool incast = dice.chance(50);
  std::vector<std::uint32_t> poster;
  p.qp_message_first.push_back(0);
  for (std::uint32_t q = 0; q < qps; ++q) {
    const std::uint32_t src = dice.below(s.hosts());
    std::uint32_t dst = incast ? 0 : dice.below(s.hosts());
    if (dst == src) dst = (src + 1) % s.hosts();
    const bool read = dice.chance(25);
    p.qp_tx_node.push_back(read ? dst : src);
    p.qp_rx_node.push_back(read ? src : dst);
    p.qp_tx_port.push_back(0);
    p.qp_rx_port.push_back(0);
    p.qp_tx_address.push_back(p.qp_tx_node.back());
    p.qp_rx_address.push_back(p.qp_rx_node.back());
    p.qp_entropy.push_back(dice.below(0xffffffff));
    p.qp_class.push_back(std::uint8_t(dice.chance(70) ? 3 : dice.below(8)));
    p.qp_read.push_back(read);
    p.qp_cc.push_back(std::uint16_t(read ? 2 : dice.below(std::uint32_t(p.cc_algorithm.size()))));
    p.qp_window_bytes.push_back(read ? 0 : dice.between(1, 200'000));
    p.qp_base_rtt_ps.push_back(dice.between(0, 10'000'000));
    p.qp_hops.push_back(std::uint8_t(dice.below(5)));
    const std::uint32_t messages = dice.chance(70) ? 1 : 1 + dice.below(4);
    std::uint32_t psn = 0;
    std::int64_t start = 0;
    for (std::uint32_t m = 0; m < messages; ++m) {
      start += dice.between(0, 20'000'000);
      const std::int64_t size = dice.between(1, dice.chance(20) ? 400'000 : 60'000);
      p.flow_qp.push_back(q);
      p.flow_op.push_back(std::uint8_t(read ? 2 : dice.below(2)));
      p.flow_size_bytes.push_back(size);
      p.flow_start_ps.push_back(start);
      p.flow_first_psn.push_back(psn);
      p.flow_packets.push_back(std::uint32_t((size + p.mtu_bytes - 1) / p.mtu_bytes));
      psn += p.flow_packets.back();
      poster.push_back(src);
      p.message_flow.push_back(std::uint32_t(p.message_flow.size()));
    }
    p.qp_message_first.push_back(std::uint32_t(p.message_flow.size()));
  }
  p.start_flow.resize(p.flow_qp.size());
  std::iota(p.start_flow.begin(), p.start_flow.end(), 0u);
  std::stable_sort(p.start_flow.begin(), p.start_flow.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair{poster[a], p.flow_start_ps[a]} < std::pair{poster[b], p.flow_start_ps[b]};
  });
  p.start_first.assign(s.nodes() + 1, 0);
  for (const std::uint32_t node : poster) ++p.start_first[node + 1];
  std::partial_sum(p.start_first.begin(), p.start_first.end(), p.start_first.begin());
}

// Of its own dice, so that plans without it are what they were.
void selective_repeat(Plan& p, Dice dice) {
  p.node_rto_low_ps.assign(p.nodes(), dice.chance(50) ? 20'000'000 : 0);
  p.node_rto_low_packets.assign(p.nodes(), dice.below(5));
  const bool some = dice.chance(40) && p.node_go_back_zero.front() == 0;
  const bool lossy = some && dice.chance(50);
  for (std::size_t i = 0; lossy && i < p.nodes(); ++i) p.node_lossless_mask[i] = 0;
  for (std::size_t q = 0; q < p.qps(); ++q) {
    const bool selective = some && dice.chance(70);
    p.qp_reorder_packets.push_back(selective ? std::uint32_t(dice.between(1, 300)) : 0);
    p.qp_bdp_bytes.push_back(selective && dice.chance(60) ? dice.between(1, 100'000) : 0);
  }
}

}  // namespace

Plan random_plan(std::uint64_t seed) {
  Dice dice(seed);
  Plan p;
  p.model_version = 1;
  p.model_seed = std::int64_t(seed);
  p.mtu_bytes = dice.chance(50) ? 1000 : 4096;
  p.header_bytes = 62;
  p.reth_bytes = 16;
  p.aeth_bytes = 4;
  p.ack_bytes = 66;
  p.cnp_bytes = 78;
  p.pfc_bytes = 64;
  p.gap_bytes = dice.chance(70) ? 20 : 0;
  p.pad_bytes = 4;
  p.truncate_ns = dice.chance(25);
  p.int_hops = dice.chance(40) ? dice.between(1, 4) : 0;
  p.dwrr_quantum_bytes = p.mtu_bytes + 100;
  p.stop_grid_ps = 10'000'000;
  p.stall_grid_ps = 10'000'000'000;
  p.until_ps = dice.chance(30) ? dice.between(10'000'000, 500'000'000) : -1;
  Shape s{1 + dice.below(3), 1 + dice.below(2), 1 + dice.below(4)};
  if (s.hosts() == 1) s.hosts_per_leaf = 2;
  links(p, s, dice);
  routes(p, s, Dice(~seed));
  profiles(p, s, dice);
  // Go-back-0 under loss need not end (docs/model.md 8).
  if (p.node_go_back_zero.front() != 0) p.until_ps = dice.between(10'000'000, 500'000'000);
  congestion_control(p, dice);
  flows(p, s, dice);
  selective_repeat(p, Dice(seed ^ 0x5e1ec7));
  random_credits(p, Dice(seed ^ 0xc4ed17));
  random_qos(p, s.hosts(), Dice(seed ^ 0x5a5a));
  return p;
}

}  // namespace fabric::selftest
