// A NIC in a run in the order of creation (docs/ns3.md): acknowledgements first, then one scan over
// the queue pairs from the one served last, each with its own pacing time.
#pragma once

#include "fabric/transport/hosts.h"

namespace fabric::device_nic {

// ACK or NAK; always in the class of the data.
void send_control(HostWorker& h, std::uint32_t local, const Frame& frame);

// The queue pair of a flow that starts now.
void add_qp(HostWorker& h, std::uint32_t qp);

// The transmitter may be free, or a queue pair may have become able to send.
void dequeue(HostWorker& h, std::uint32_t local);

// The kWake event of this number; one that was called off does nothing.
void on_wake(HostWorker& h, std::uint32_t local, std::uint64_t sequence);

// A queue pair's pacing time was moved: a pending wake-up behind it is called off for an earlier
// one.
void moved(HostWorker& h, std::uint32_t qp);

}  // namespace fabric::device_nic
