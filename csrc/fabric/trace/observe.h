// Observable records: what the fingerprint hashes and the optional trace stores (docs/model.md 12).
// Write-only.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "fabric/base/units.h"

namespace fabric {

enum class Observable : std::uint8_t {
  kTransmit = 1,        // a frame starts on the wire
  kDrop = 2,            // a frame is lost here; `ecn` holds the cause
  kXoff = 3,            // an ingress (port, class) decides to pause its peer
  kXon = 4,             // ... to resume it
  kComplete = 5,        // last byte of a message at the receiver of the data
  kSenderComplete = 6,  // last acknowledgement processed at the sender
  kFail = 7,            // a queue pair gave up a message
  kStormBegin = 8,      // a watchdog sees a storm at (port, class); `ecn` holds its action
  kStormEnd = 9,
};

struct TraceRow {
  Ps time;
  std::uint32_t node, qp, psn;
  std::uint16_t port, size_bytes;
  std::uint8_t event, kind, cls, ecn;
};

// Rolling hash over the records of one node.
class RecordHash {
 public:
  void add(Ps time, std::uint64_t what, std::uint64_t which) {
    const std::uint64_t x = (std::uint64_t(time) * 0x9E3779B97F4A7C15u) ^
                            std::rotl(what * 0xC2B2AE3D27D4EB4Fu, 31) ^
                            std::rotl(which * 0x165667B19E3779F9u, 17);
    value_ = std::rotl(value_ ^ x, 27) * 0x9FB21C651E98DF25u + 0x52DCE729u;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0x243F6A8885A308D3u;
};

}  // namespace fabric
