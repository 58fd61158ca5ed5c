// The yardstick: how fast can packet-hops be simulated with almost no model, one node at a time?
//
// benchmarks/node_major.cc as a function, so that every installation can quote the engine's speed
// as a ratio to it. Same work, same order, same counts: a test compares the two.
#pragma once

#include <cstdint>

namespace yardstick {

struct Counts {
  uint32_t hosts;
  uint64_t delivered, packet_hops, events, windows;
  double cpu_seconds;  // of the calling thread, without building the fabric
};

// A three-tier fat tree of k-port switches, k^3/4 hosts, each of which sends `packets` packets to
// the host that a permutation gives it (nothing if that is itself). k: even, at most 254.
Counts run(uint32_t k, uint32_t packets);

}  // namespace yardstick
