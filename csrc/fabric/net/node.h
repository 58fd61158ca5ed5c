// A node: profile and state that belongs to the whole switch or NIC, and the fabric's arrays.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fabric/base/rng.h"
#include "fabric/net/port.h"
#include "fabric/net/routing.h"
#include "fabric/sched/timers.h"
#include "fabric/trace/tables.h"

namespace fabric {

enum class PfcMode : std::uint8_t { kOff = 0, kQuanta = 1, kOnOff = 2 };

struct Node {
  std::uint32_t id = 0, first_port = 0, port_count = 0;
  bool is_switch = false;
  PfcMode pfc_mode = PfcMode::kOff;
  std::uint8_t lossless_mask = 0, strict_mask = 0, ecn_mask = 0;
  bool ecn_at_enqueue = false;
  std::uint16_t pfc_quanta = 0;
  std::int8_t alpha_shift = 0, lossy_alpha_shift = 0;
  RecordHash hash;
  // shared buffer (switch)
  std::int64_t shared_bytes = 0, shared_used = 0, reserve_bytes = 0, xoff_bytes = -1,
               xon_offset_bytes = 0;
  RouteRow route;
  std::uint32_t ecmp_seed = 0;
  std::uint64_t ecn_draws = 0;
  // order of ties
  Ps rotation_epoch = -1;
  std::uint32_t rotation = 0;
  // events that are not per port
  Ps mac_next = kNever;  // no MAC control frame arrives before this
  Timers timers;
  std::uint32_t start_next = 0, start_end = 0;  // host: operations still to be posted
  Ps pfc_reaction_ps = 0;
  std::array<std::uint32_t, kClasses> weights{};
  std::uint64_t created_frames = 0, created_bytes = 0;    // here
  std::uint64_t consumed_frames = 0, consumed_bytes = 0;  // delivered here
  std::uint64_t dropped_frames = 0, dropped_bytes = 0;
};

// The network half of the state. Ports are indexed globally; (port, class) as port * 8 + class.
struct Network {
  std::vector<Node> nodes;
  std::vector<Port> ports;
  std::vector<Wake> wakes;
  std::vector<PortCold> cold;
  std::vector<ClassQueue> queues;
  std::vector<IngressGroup> ingress;
  std::vector<Ring<Frame>> data_lane;    // frames travelling towards a port
  std::vector<Ring<PfcFrame>> mac_lane;  // PFC frames travelling towards a port
  std::vector<Ps> next;                  // no event at a node before this
  Routes routes;
  Tables tables;
  std::uint64_t seed = 0;
  std::int64_t gap_bytes = 0, pfc_bytes = 0, dwrr_quantum_bytes = 0;
  Ps queue_sample_ps = 0;  // 0: queues are not recorded
  bool trace = false;
};

}  // namespace fabric
