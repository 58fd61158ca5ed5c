// Frames reach the lanes of their receivers; a node that did not wait for anything is woken. The
// worker is the one that runs the receiver.
#pragma once

#include "fabric/net/worker.h"

namespace fabric {

// An event at `node` that its worker does not know of yet.
inline void wake(Network& net, std::uint32_t node, Ps time) {
  if (time >= net.next[node]) return;
  net.next[node] = time;
  Ps& block = *net.block_next[node];
  if (time < block) block = time;
}

// Appends a frame to the lane of the receiving port.
inline Frame& deliver(Worker& w, std::uint32_t port, std::uint32_t node, Ps time) {
  Network& net = w.net;
  Lane& lane = net.lanes[port];
  if (lane.first == kNever) {
    lane.first = time;
    net.awake[net.awake_at[port]] = 1;
    wake(net, node, time);
  }
  Frame& slot = lane.frames.push_slot(w.memory);
  // For the next one; an address that is behind the array does no harm.
  __builtin_prefetch(reinterpret_cast<const void*>(std::uintptr_t(&slot) + 2 * sizeof(Frame)), 1);
  return slot;
}

inline void deliver_pfc(Worker& w, std::uint32_t port, std::uint32_t node, const PfcFrame& pfc) {
  Network& net = w.net;
  net.mac_lane[port].push(pfc, w.memory);
  Ps& mac_next = net.nodes[node].mac_next;
  if (pfc.time < mac_next) mac_next = pfc.time;
  wake(net, node, pfc.time);
}

}  // namespace fabric
