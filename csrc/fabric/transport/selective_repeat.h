// Selective repeat: the sender's scoreboard of packets that arrived out of order, the receiver's
// record of packets that it keeps (docs/model.md 8; IRN: Mittal et al., "Revisiting network support
// for RDMA", SIGCOMM'18, section 3). A queue pair gets its memory with its first loss.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/packet/frame.h"
#include "fabric/packet/ring.h"
#include "fabric/transport/qp.h"

namespace fabric {

struct Hosts;
struct HostWorker;

// One bit a PSN, for PSNs less than `packets` apart.
class PsnSet {
 public:
  bool ready() const { return !words_.empty(); }
  void make_ready(std::uint32_t packets, RingMemory& memory);
  bool has(std::uint32_t psn) const { return (words_[word(psn)] >> (psn & 63) & 1) != 0; }
  std::uint32_t count() const { return count_; }
  void add(std::uint32_t psn) {  // it is not there
    words_[word(psn)] |= std::uint64_t{1} << (psn & 63);
    ++count_;
  }
  void remove(std::uint32_t psn) {  // it is there
    words_[word(psn)] &= ~(std::uint64_t{1} << (psn & 63));
    --count_;
  }

 private:
  std::size_t word(std::uint32_t psn) const { return psn / 64 & (words_.size() - 1); }
  std::vector<std::uint64_t> words_;  // a power of two of them
  std::uint32_t count_ = 0;
};

// What the sender knows beyond the cumulative acknowledgement.
struct Scoreboard {
  struct Resent {
    Ps time;
    std::uint32_t psn;
    std::uint32_t frontier;  // next new PSN at that time
  };
  PsnSet marked;
  std::uint32_t suspect = 0;       // PSNs below are lost unless delivered or sent again
  std::uint32_t scan = 0;          // no PSN below waits for its first retransmission
  std::uint32_t recovery_end = 0;  // recovery lasts until this is acknowledged
  Ring<Resent> resent;             // under way, in the order of sending
  Ring<Resent> again;              // retransmissions that were lost, too
  bool expired = false;            // the oldest PSN is to be sent for the timer's sake
  Resent expiry{-1, 0, 0};         // when that was last done
};

namespace selective {

// Sender. `psn`: the packet that caused a NAK. Returns its payload if the mark is news, else 0.
std::int64_t mark(HostWorker& h, std::uint32_t qp, std::uint32_t psn);
// Everything before `psn` is acknowledged; called before the sequence state moves. Returns the
// payload among it that had been marked.
std::int64_t forget_below(HostWorker& h, std::uint32_t qp, std::uint32_t psn);
// `stamp`: when the packet that caused an ACK or NAK was sent.
void learn(HostWorker& h, std::uint32_t qp, Ps stamp);
// Finds whether a PSN waits for retransmission. True: a recovery began.
bool look_for_losses(HostWorker& h, std::uint32_t qp);
void on_expiry(HostWorker& h, std::uint32_t qp);
// The lost PSN to send next; only while the queue pair has lost ones.
std::uint32_t lost_psn(const Hosts& hosts, std::uint32_t qp);
// The lost PSN is on the wire.
void resent(HostWorker& h, std::uint32_t qp);

// The PSN of the packet that caused a NAK: in its 24 free bits as the distance from the expected
// one, or in the telemetry that it carries.
void tell_cause(HostWorker& h, Frame& nak, std::uint32_t psn);
std::uint32_t cause(HostWorker& h, const Frame& nak);

// Receiver. A packet beyond the expected one: true if it is kept now, false if it is there already
// or beyond the limit.
bool keep(HostWorker& h, std::uint32_t qp, std::uint32_t psn);
// Moves the expectation over kept packets.
void advance(HostWorker& h, std::uint32_t qp);

}  // namespace selective

}  // namespace fabric
