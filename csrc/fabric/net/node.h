// A node: profile and state that belongs to the whole switch or NIC, and the fabric's arrays.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "fabric/base/rng.h"
#include "fabric/net/device.h"
#include "fabric/net/port.h"
#include "fabric/net/qos.h"
#include "fabric/net/routing.h"
#include "fabric/net/storm.h"
#include "fabric/packet/lane.h"
#include "fabric/packet/telemetry.h"
#include "fabric/sched/timers.h"
#include "fabric/trace/tables.h"

namespace fabric {

enum class PfcMode : std::uint8_t { kOff = 0, kQuanta = 1, kOnOff = 2 };

// Rotation of a node's ports among simultaneous events during one epoch of 2^20 ps.
struct TieRotation {
  Ps epoch = -1;
  std::uint32_t ports = 0;
};

struct alignas(64) Node {
  // what every frame needs
  std::int64_t shared_bytes = 0, shared_used = 0, reserve_bytes = 0,
               xoff_bytes = -1;  // the shared buffer of a switch
  RecordHash hash;
  RouteRow route;
  std::uint32_t ecmp_seed = 0;
  std::uint8_t lossless_mask = 0, strict_mask = 0, ecn_mask = 0;
  std::uint8_t quick_mask = 0;  // lossless classes, none of them where there are profiles
  std::int8_t alpha_shift = 0, lossy_alpha_shift = 0;
  PfcMode pfc_mode = PfcMode::kOff;
  std::uint8_t main_class = 0;  // the one whose accounts are fetched ahead
  bool is_switch = false;
  bool ecn_at_enqueue = false;
  PoolState* pools = nullptr;           // of a switch with profiles
  bool telemetry = false;               // a switch of a plan with telemetry
  std::array<TieRotation, 2> rotation;  // by the lowest bit of the epoch
  Ps mac_next = kNever;                 // no MAC control frame arrives before this
  std::uint32_t id = 0, first_port = 0, port_count = 0;
  // the rest
  std::uint16_t pfc_quanta = 0;
  std::uint32_t start_next = 0, start_end = 0;  // host: operations still to be posted
  Timers timers;                                // events that are not per port
  std::int64_t xon_offset_bytes = 0;
  std::uint64_t ecn_draws = 0;
  std::uint64_t work = 0;  // events since the threads were last balanced
  Ps pfc_reaction_ps = 0;
  std::int32_t watchdog = -1;  // index, -1: none
  std::array<std::uint32_t, kClasses> weights{};
  std::uint64_t created_frames = 0, created_bytes = 0;    // here
  std::uint64_t consumed_frames = 0, consumed_bytes = 0;  // delivered here
  std::uint64_t dropped_frames = 0, dropped_bytes = 0;
};

inline constexpr std::uint32_t kAwakeWord = 8;  // ports looked at in one load

// The network half of the state. Ports are indexed globally; (port, class) as port * 8 + class.
struct Network {
  std::vector<Node> nodes;
  std::vector<Port> ports;
  std::vector<Ps> transmit_at;  // pending transmit decision of each port
  // A byte of each port, 0: nothing arrives and no decision is pending. Those of a node fill words
  // of their own.
  std::vector<std::uint8_t> awake;
  std::vector<std::uint32_t> awake_at;  // by port
  std::vector<PortCold> cold;
  std::vector<ClassQueue> queues;
  std::vector<QueueCounts> queue_counts;  // none unless queues are recorded
  std::vector<IngressGroup> ingress;
  std::vector<QosProfile> qos;
  std::vector<PoolState> pools;  // of the switches that have profiles
  // By port: when the pause of each priority ends. Empty where no switch has profiles.
  std::vector<std::array<Ps, kClasses>> priority_until;
  std::vector<Lane> lanes;               // frames travelling towards a port
  std::vector<Ring<PfcFrame>> mac_lane;  // PFC frames travelling towards a port
  std::vector<Ps> next;                  // no event at a node before this
  std::vector<Ps*> block_next;           // by node: no event before this at any node of its block
  std::vector<RowsKept> rows_kept;       // by node
  std::vector<Watchdog> watchdogs;
  std::vector<PauseStorm> storms;
  Routes routes;
  std::unique_ptr<Devices> devices;  // of a run in the order of creation; null in any other
  std::array<std::uint8_t, kClasses> dscp{};  // of each priority, as hosts send it
  TelemetryStore telemetry;
  std::uint64_t seed = 0;
  std::int64_t gap_bytes = 0, pfc_bytes = 0, dwrr_quantum_bytes = 0;
  Ps queue_sample_ps = 0;  // 0: queues are not recorded
  bool trace = false;
  bool careful = false;  // queues are recorded, or switches have profiles or telemetry
};

}  // namespace fabric
