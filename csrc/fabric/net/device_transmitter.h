// Putting a frame onto the link in a run in the order of creation: the end of the transmission is
// created first, the arrival at the peer second.
#pragma once

#include "fabric/net/transmitter.h"

namespace fabric {

inline Device& device_of(const Worker& w, std::uint32_t local) {
  return w.net.devices->ports[w.node->first_port + local];
}

inline void transmit(Worker& w, std::uint32_t local, const Frame& f, std::uint8_t ecn) {
  device_of(w, local).busy = true;
  const Ps arrival = start_frame(w, local, f, ecn).time;
  const Port& port = w.ports[local];
  CreatedEvents& events = w.net.devices->events;
  events.push(port.busy_until, CreatedKind::kTransmitted, w.node->first_port + local);
  events.push(arrival, CreatedKind::kFrame, port.peer);
}

inline void transmit_pfc(Worker& w, std::uint32_t local, const PfcFrame& pfc) {
  device_of(w, local).busy = true;
  start_pfc(w, local, pfc);
  const Port& port = w.ports[local];
  CreatedEvents& events = w.net.devices->events;
  events.push(port.busy_until, CreatedKind::kTransmitted, w.node->first_port + local);
  events.push(port.busy_until + port.mac_delay, CreatedKind::kMacControl, port.peer);
}

}  // namespace fabric
