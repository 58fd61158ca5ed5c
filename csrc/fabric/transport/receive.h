// The receive side of a NIC that hands data to its host below line rate: buffer, service, PFC.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::receive {

// A data frame arrived: it waits for its service, or is dropped when neither pool nor headroom
// takes it.
void on_arrival(HostWorker& h, std::uint32_t local, const Frame& frame);

// The service of the oldest waiting frame of a port ends: it reaches the responder.
void on_served(HostWorker& h, std::uint32_t local);

}  // namespace fabric::receive
