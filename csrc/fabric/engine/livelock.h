// A fabric that is busy and gets nowhere (docs/model.md 11; "RDMA over commodity Ethernet at
// scale", SIGCOMM'16, 4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "fabric/net/node.h"
#include "fabric/transport/hosts.h"

namespace fabric {

struct LivelockRow {
  Ps start, end;  // end -1: it lasts
  std::uint64_t arrived_packets, new_packets;
};

// Where a queue pair stood when it last got on.
struct QpProgress {
  std::uint32_t look = 0;                  // number, 0: the beginning
  std::uint32_t resent = 0, accepted = 0;  // packets, modulo 2^32
};

// Looks at the fabric at fixed simulated times.
class LivelockWatch {
 public:
  void start(std::size_t queue_pairs) { progress_.resize(queue_pairs); }
  void look(const Network& net, const Hosts& hosts, Ps now);

  const std::vector<LivelockRow>& rows() const { return rows_; }
  const std::vector<QpProgress>& progress() const { return progress_; }
  // Packets of a queue pair that were sent again since it last got on.
  std::uint32_t resent_in_vain(const Hosts& hosts, std::size_t qp) const;

 private:
  std::vector<QpProgress> progress_;
  std::vector<LivelockRow> rows_;
  LivelockRow now_{0, -1, 0, 0};  // of the looks in a row that found little new
  int spans_ = 0;
  std::uint32_t looks_ = 0;
  Ps last_ = 0;
  std::uint64_t arrived_ = 0, accepted_ = 0;
};

}  // namespace fabric
