// A switch in a run in the order of creation (docs/ns3.md): what each event does, at once and in
// the order in which the simulator published with HPCC does it.
#pragma once

#include "fabric/net/worker.h"

namespace fabric::device_switch {

// A data-lane frame arrived: admission, pause, egress queue, transmitter.
void on_frame(Worker& w, std::uint32_t local, const Frame& f);

// The transmitter may be free, or a class may have been resumed.
void dequeue(Worker& w, std::uint32_t local);

}  // namespace fabric::device_switch
