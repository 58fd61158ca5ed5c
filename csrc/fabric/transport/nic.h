// The NIC's way out: control frames, queue pairs, pacing, the transmit decision of its ports.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::nic {

// Puts a control frame (ACK, NAK, CNP, READ request) into its class queue and starts it if the port
// is idle.
void send_control(HostWorker& h, std::uint32_t local, const Frame& frame);

// Starts the PFC frame that is due, if any, as soon as the port is free.
void send_due_pfc(HostWorker& h, std::uint32_t local);

// Lists a queue pair that became sendable, and lets the port decide.
void list_qp(HostWorker& h, std::uint32_t qp);

// A decision pending for this very instant is taken in its own event class; otherwise an idle port
// decides at once.
void kick(HostWorker& h, std::uint32_t local);

// The transmit decision of a port.
void on_transmit(HostWorker& h, std::uint32_t local);

}  // namespace fabric::nic
