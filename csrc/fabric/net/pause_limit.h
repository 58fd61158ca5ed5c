// A NIC that pauses its peer: planned storms, and the limit that mutes a NIC which pauses for too
// long (docs/model.md 8; "RDMA over commodity Ethernet at scale", SIGCOMM'16, 4.3).
#pragma once

#include "fabric/net/worker.h"

namespace fabric::pause_limit {

// XOFF was decided at (port, class).
void start(Worker& w, std::uint32_t local, unsigned cls);

// The timer of (port, class). A PFC frame may be due afterwards, as after all of these.
void expire(Worker& w, std::uint32_t local, unsigned cls);

// Lets a muted (port, class) pause again if nothing asks for it.
void unmute_if_calm(Worker& w, std::uint32_t local, unsigned cls);

}  // namespace fabric::pause_limit

namespace fabric::pause_storm {

// The timer of a storm, by its index; returns the local port.
std::uint32_t turn(Worker& w, std::uint32_t index);

}  // namespace fabric::pause_storm
