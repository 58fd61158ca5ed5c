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

// The rate of a queue pair is about to change: with `rate_moves_packet` the pacing time already set
// moves by the difference of the two gaps of the last packet.
void rate_changes(HostWorker& h, std::uint32_t qp, std::int64_t rate_bps);

// The congestion control of a queue pair has acted on an acknowledgement: a pending wake-up behind
// a pacing time that it has set is called off for an earlier one; its ticks become events.
void react(HostWorker& h, std::uint32_t qp);

// The tick of a DCQCN timer, if its event of this number is not called off.
void on_tick(HostWorker& h, std::uint32_t qp, unsigned timer, std::uint64_t sequence);

}  // namespace fabric::device_nic
