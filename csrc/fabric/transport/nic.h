// The NIC: what a host does with each event.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::nic {

// Runs the worker's node to the end of the window.
void run(HostWorker& h);

// -- shared by requester.cc and responder.cc
// -----------------------------------------------------------------------

// Puts a control frame (ACK, NAK, CNP, READ request) into its class queue and starts it if the port
// is idle.
void send_control(HostWorker& h, std::uint32_t local, const Frame& frame);

// Starts the PFC frame that is due, if any, as soon as the port is free.
void send_due_pfc(HostWorker& h, std::uint32_t local);

// Lists a queue pair that became sendable, and lets the port decide.
void list_qp(HostWorker& h, std::uint32_t qp);

}  // namespace fabric::nic
