// Frames for nodes that another worker runs: appended during a window, delivered after the barrier
// that ends it. What is sent in a window arrives after it, so nobody misses them meanwhile.
#pragma once

#include <vector>

#include "fabric/net/node.h"

namespace fabric {

struct Outbox {
  struct Data {
    std::uint32_t port;  // of the receiver
    Frame frame;
  };
  struct Pfc {
    std::uint32_t port;
    PfcFrame frame;
  };
  std::vector<Data> data;
  std::vector<Pfc> pfc;
};

}  // namespace fabric
