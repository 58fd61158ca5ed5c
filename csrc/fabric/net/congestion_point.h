// Which egress queue holds what an ingress (port, priority group) has taken in when it decides
// XOFF: the next step towards the point where congestion began (docs/explain.md).
#pragma once

#include "fabric/net/worker.h"

namespace fabric {

// Writes the row of an XOFF that a switch decided when it took in `f`, which goes to egress port
// `out` and is in no queue yet.
void record_xoff(Worker& w, std::uint32_t in, std::uint32_t out, const Frame& f);

// The same at a NIC, whose host takes data below line rate.
void record_receiver_xoff(Worker& w, std::uint32_t local, unsigned cls);

// The same of a NIC that pauses for nothing: no bytes are held.
void record_storm(Worker& w, std::uint32_t local, unsigned cls);

}  // namespace fabric
