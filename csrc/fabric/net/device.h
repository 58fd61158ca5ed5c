// What a run in the order of creation keeps beside ports and nodes: ports as devices that are busy
// until an event says otherwise, and the events of the whole network (docs/ns3.md).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fabric/base/mrg32k3a.h"
#include "fabric/net/murmur.h"
#include "fabric/packet/frame.h"
#include "fabric/packet/ring.h"
#include "fabric/sched/creation.h"

namespace fabric {

struct Device {
  bool busy = false;             // until its kTransmitted event has run
  std::uint8_t alpha_shift = 0;  // of the PFC threshold of this ingress port
  std::uint8_t last_class = 0;   // served last by the round robin of classes
  Ring<PfcFrame> pfc;            // waiting for the transmitter
  // NIC
  std::vector<std::uint32_t> qps;  // in the order of their starts, without those found finished
  std::uint32_t last_qp = 0;       // place in `qps` that was served last
  std::uint64_t wake = 0;          // number of the kWake event that is pending, 0: none
  Ps wake_at = kNever;
};

// What the ECMP hash of a queue pair's frames covers.
struct QpWords {
  FlowWords data{}, reply{};
};

// Ticks of a queue pair's DCQCN that are pending, by timer.
struct PendingTicks {
  std::array<Ps, 3> at{kNever, kNever, kNever};
  std::array<std::uint64_t, 3> event{};  // their numbers
};

struct Devices {
  CreatedEvents events;
  std::vector<Device> ports;              // by global port
  std::vector<QpWords> words;             // by queue pair
  std::vector<Ps> timer_at;               // by node: earliest kTimer event that is pending
  std::vector<std::uint32_t> flows;       // in the order of their starts
  std::vector<std::uint16_t> last_bytes;  // by queue pair: of its last packet
  std::vector<PendingTicks> ticks;        // by queue pair; empty without DCQCN
  Mrg32k3aStreams draws;
  bool rate_moves_packet = false;  // a change of rate moves the pacing time already set
  std::uint32_t next_flow = 0;     // place in `flows`

  std::size_t bytes() const { return events.bytes(); }  // beyond what the plan says
};

}  // namespace fabric
