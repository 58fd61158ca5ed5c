// Priority flow control (IEEE 802.1Qbb): obeying a peer's pauses, and telling the peer ours
// (docs/model.md 6).
#pragma once

#include "fabric/net/worker.h"

namespace fabric {

// Applies a PFC frame to the transmitter of `local`. True if a class was resumed.
bool obey_pfc(Worker& w, std::uint32_t local, const PfcFrame& pfc);

// Classes of the port's backlog that may not start a frame now; ends pauses that ran out.
std::uint8_t paused_classes(Worker& w, std::uint32_t local);

// When the first binding pause of the backlog ends by itself, kNever if none does.
Ps next_pause_expiry(const Worker& w, std::uint32_t local);

// The priorities that stand for some groups of a node, and the queues that some priorities pause.
std::uint8_t priorities_of(const Node& node, std::uint8_t groups);
std::uint8_t queues_of(const Node& node, std::uint8_t priorities);

// Whether a pause of the class runs at the transmitter of `local`, binding or not.
bool pause_runs(const Worker& w, std::uint32_t local, unsigned cls);

// A record of (port, class).
void observe_state(Worker& w, Observable event, std::uint32_t local, unsigned cls,
                   std::uint8_t detail = 0);

// Writes the pause row of a class whose pause ended at `end`.
void close_pause(Worker& w, std::uint32_t local, unsigned cls, Ps end);

// Sends the PFC frame that is due on the idle transmitter of `local`.
void send_pfc(Worker& w, std::uint32_t local);

// Decides XOFF or XON for an ingress (port, class); the frame goes out as soon as the transmitter
// is free.
void decide_xoff(Worker& w, std::uint32_t local, unsigned cls);
void decide_xon(Worker& w, std::uint32_t local, unsigned cls);

// The refresh timer of (port, class): repeats XOFF while it holds. True if the port has a PFC frame
// to send.
bool refresh_xoff(Worker& w, std::uint32_t local, unsigned cls);

}  // namespace fabric
