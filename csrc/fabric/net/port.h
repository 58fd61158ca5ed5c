// A port: its transmitter, what it knows of its peer, and its counters.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "fabric/base/units.h"
#include "fabric/packet/frame.h"
#include "fabric/packet/ring.h"

namespace fabric {

// State of one port. Its first cache line is all that a frame touches on its way out; bitmaps have
// one bit per class.
struct alignas(64) Port {
  Ps busy_until = 0;
  Ps data_delay = 0;  // propagation plus the pipeline latency of the peer
  std::uint64_t tx_frames = 0, tx_data_frames = 0, tx_bytes = 0;
  std::uint32_t peer = 0, peer_node = 0;
  std::uint32_t peer_worker = 0;  // who runs the peer
  std::uint32_t ps_per_byte = 0;  // of `rate`
  std::uint8_t backlog = 0;       // classes with something to send
  std::uint8_t paused = 0;        // classes with a pause that may bind
  std::uint8_t xoff = 0;          // classes that this port, as ingress, wants its peer to pause
  std::uint8_t told = 0;          // the same as last told to the peer
  std::uint8_t refresh = 0;       // classes whose XOFF must be repeated
  std::uint8_t refresh_armed = 0;
  std::uint8_t has_deficit = 0;  // classes whose deficit is not 0
  std::uint8_t has_errors = 0;
  // Seldom needed.
  LineRate rate;
  Ps mac_delay = 0;                 // propagation: MAC control frames
  std::int64_t headroom_limit = 0;  // of every lossless class
  bool goes_up = false;             // the peer is a switch farther from hosts

  std::uint8_t pfc_due() const { return std::uint8_t((xoff ^ told) | refresh); }
  // Time on the wire; the common rates need no division.
  Ps wire_time(std::int64_t bytes) const {
    if (ps_per_byte != 0) [[likely]]
      return bytes * ps_per_byte;
    return rate.time(bytes);
  }
};
static_assert(sizeof(Port) == 128 && offsetof(Port, rate) == 64);

// State of a port that is touched rarely.
struct PortCold {
  std::array<Ps, kClasses> pause_from{}, pause_until{}, pause_start{};  // as told by the peer
  std::array<Ps, kClasses> xoff_since{}, xoff_sent{};                   // as told to the peer
  std::array<std::int64_t, kClasses> deficit_bytes{};
  std::uint8_t dwrr_class = 0;
  std::uint8_t discards = 0;          // queues whose frames a storm makes the watchdog drop
  std::uint8_t discarded_groups = 0;  // ... and the groups of arriving frames that it drops
  std::uint8_t ignores = 0;           // classes whose pauses it makes the watchdog ignore
  std::uint8_t storming = 0;          // classes that a pause storm wants paused
  std::uint8_t muted = 0;             // classes that the pause limit lets pause no more
  std::uint8_t limit_armed = 0;       // classes whose pause limit has a timer
  std::int64_t ecn_kmin_bytes = 0, ecn_kmax_bytes = 0;
  std::uint64_t ecn_pmax_q32 = 0, error_q32 = 0, error_draws = 0;
  Ps cnp_last = -1;  // NIC with CNP spacing per port
  std::array<Ps, kClasses> paused_ps{};
  std::uint64_t drops = 0;
  // PFC frames that told a class to stop or go on.
  std::array<std::uint32_t, kClasses> xoff_sent_frames{}, xon_sent_frames{};
  std::array<std::uint32_t, kClasses> xoff_received{}, xon_received{};
};

// One egress queue (port, class). At a NIC it holds control frames only; data is made when it is
// sent.
struct alignas(64) ClassQueue {
  Ring<Frame> ring;
  std::int64_t size_bytes = 0;
  std::int64_t peak_bytes = 0;
  Ps next_sample = 0;
  std::int64_t ecn_kmin_bytes = 0;  // of the port
  std::uint64_t ecn_marks = 0;

  std::uint32_t left() const { return ring.tag; }  // frames that have left it, modulo 2^32
  Frame& push(const Frame& frame, RingMemory& memory) {
    Frame& slot = ring.push_slot(memory);
    slot = frame;
    size_bytes += slot.size_bytes;
    if (size_bytes > peak_bytes) peak_bytes = size_bytes;
    return slot;
  }
  void pop(RingMemory& memory) {
    ++ring.tag;
    size_bytes -= ring.front().size_bytes;
    ring.pop(memory);
  }
};

// Of a recorded queue, since its last sample.
struct QueueCounts {
  std::int64_t marked_bytes = 0, dropped_bytes = 0;
  std::uint32_t marks = 0, drops = 0;
};

// Ingress accounting of one (port, priority group).
struct IngressGroup {
  std::int64_t size_bytes = 0;      // in reserve and shared pool
  std::int64_t headroom_bytes = 0;  // in private headroom
  std::int64_t peak_bytes = 0;      // largest sum of both
  std::int64_t peak_headroom_bytes = 0;
};

}  // namespace fabric
