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

// An event at `node` that its worker does not know of yet.
inline void wake(Network& net, std::uint32_t node, Ps time) {
  if (time >= net.next[node]) return;
  net.next[node] = time;
  Ps& block = *net.block_next[node];
  if (time < block) block = time;
}

// Appends a frame to the lane of the receiving port.
inline Frame& deliver(Network& net, std::uint32_t port, std::uint32_t node, Ps time) {
  Lane& lane = net.lanes[port];
  if (lane.first == kNever) {
    lane.first = time;
    net.awake[net.awake_at[port]] = 1;
    wake(net, node, time);
  }
  Frame& slot = lane.frames.push_slot();
  __builtin_prefetch(reinterpret_cast<char*>(&slot) + 2 * sizeof(Frame), 1);  // for the next one
  return slot;
}

inline void deliver_pfc(Network& net, std::uint32_t port, std::uint32_t node, const PfcFrame& pfc) {
  net.mac_lane[port].push(pfc);
  Ps& mac_next = net.nodes[node].mac_next;
  if (pfc.time < mac_next) mac_next = pfc.time;
  wake(net, node, pfc.time);
}

}  // namespace fabric
