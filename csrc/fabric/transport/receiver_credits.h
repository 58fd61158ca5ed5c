// Receiver-driven credits: a sender may send PSNs below a limit that its receiver moves on, one
// pacer per NIC port (docs/model.md 10). Family: RCCC of Ultra Ethernet; pull pacing of EQDS
// (Olteanu et al., NSDI'22) and NDP (Handley et al., SIGCOMM'17); the bound on outstanding credit
// of SIRD (Prasopoulos et al., NSDI'25).
#pragma once

#include <cstdint>

#include "fabric/packet/frame.h"
#include "fabric/packet/ring.h"
#include "fabric/transport/qp.h"

namespace fabric {

struct HostWorker;
struct Hosts;
struct Network;

inline constexpr std::int64_t kMaxCreditPackets = 1 << 24, kMaxCreditQuantum = 1024;

// At the sender of the data of a queue pair.
struct CreditSender {
  std::uint32_t limit_psn = 0;          // PSNs below are granted or unsolicited
  std::uint32_t unsolicited = 0;        // packets that a quiet queue pair may send unasked
  std::uint32_t window_psn = kEndless;  // first one of the last unsolicited window
};

// At their receiver. All but `port` in packets or PSNs.
struct CreditReceiver {
  std::uint32_t granted_psn = 0, demand_psn = 0;  // PSNs below may be sent, are posted
  std::uint32_t counted = 0;                      // its part of the port's outstanding packets
  std::uint32_t most = 0, unsolicited = 0;        // most outstanding, first window
  std::uint32_t port = 0;                         // local port where the data arrive
  Ps since = 0;                                   // of its silence
  bool listed = false, silent = false, timed = false;
};

// The pacer of a NIC port.
struct CreditPort {
  Ring<std::uint32_t> turns;  // queue pairs that may be granted something, in round-robin order
  std::int64_t outstanding = 0, most = 0;  // packets
  std::int64_t rate_bps = 0;
  Ps next_at = 0;  // no grant before
  bool timed = false;
};

struct CreditRules {
  std::int64_t quantum = 0;  // packets of one grant
  Ps reclaim = 0;            // a sender that is silent for so long gives no more account
};

namespace credits {

// Sender. A message was posted; `quiet`: nothing was in flight or unsent before.
void posted(HostWorker& h, std::uint32_t qp, bool quiet);
// What a data packet tells the receiver.
void label(const HostWorker& h, Frame& data);
void ask(HostWorker& h, std::uint32_t qp);
void on_credit(HostWorker& h, const Frame& f);

// Receiver. The packet has been accepted, kept or discarded.
void on_data(HostWorker& h, const Frame& data);
void on_request(HostWorker& h, const Frame& f);
void on_pacing(HostWorker& h, std::uint32_t local);
void on_silence(HostWorker& h, std::uint32_t qp);

// Whether the outstanding packets of each port are those of its queue pairs.
bool sums_up(const Network& net, const Hosts& hosts);

}  // namespace credits

}  // namespace fabric
