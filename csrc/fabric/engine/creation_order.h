// A run of the whole network in the order of creation: one list of events, stable by insertion
// (docs/ns3.md).
#pragma once

#include <memory>

#include "fabric/engine/plan.h"
#include "fabric/net/device.h"
#include "fabric/transport/hosts.h"

namespace fabric {

// Null when the plan does not ask for it.
std::unique_ptr<Devices> make_devices(const Plan& plan);

// Bytes of them that follow from the plan.
std::size_t devices_bytes(const Plan& plan);

// Runs all events before `end`.
void run_in_creation_order(HostWorker& h, Ps end);

}  // namespace fabric
