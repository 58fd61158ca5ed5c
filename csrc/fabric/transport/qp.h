// Reliable-connection state: the sender and the receiver of the data of a queue pair share nothing.
//
// Requester and responder, PSN, ACK and NAK as in the InfiniBand Architecture Specification, volume
// 1, chapter 9.7 (reliable connected service), carried over UDP/IP as RoCEv2 (annex A17).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fabric/base/units.h"
#include "fabric/cc/contract.h"
#include "fabric/packet/ring.h"

namespace fabric {

inline constexpr std::uint32_t kEndless = 0xffffffff;

enum class FlowOp : std::uint8_t { kWrite = 0, kSend = 1, kRead = 2 };
enum class FlowStatus : std::uint8_t { kPending = 0, kFinished = 1, kFailed = 2 };

// A message, as planned.
struct Message {
  std::int64_t size_bytes;  // payload, -1: endless
  Ps start;
  std::uint32_t qp;
  std::uint32_t first_psn;
  std::uint32_t packets;  // kEndless: no end
  FlowOp op;

  // PSN behind the last packet.
  std::uint32_t end_psn() const { return packets == kEndless ? kEndless : first_psn + packets; }
};

// Where a queue pair stands in its list of messages.
struct MessageCursor {
  std::uint32_t index = 0;                   // into message_flow
  std::uint32_t first_psn = 0, end_psn = 0;  // of that message
  std::int64_t base_bytes = 0;               // payload of all messages of the QP before it
};

// In which list of its NIC port a queue pair waits.
enum class Listed : std::uint8_t { kNo, kPacing, kReady };

struct alignas(64) SendQp {
  // where to
  std::uint32_t dst_group = 0, entropy = 0;
  std::uint16_t dst_rank = 0, port = 0;
  std::uint8_t cls = 0;
  bool read = false;
  Listed listed = Listed::kNo;
  bool failed = false;
  std::uint8_t retries = 0;
  bool started = false;
  std::uint8_t path_hops = 0;  // switches on the way of the data
  std::uint8_t ttl = 0;        // of its frames
  bool selective = false;
  bool has_lost = false;  // selective repeat: a PSN waits to be sent again
  bool credited = false;  // its receiver grants what may be sent
  bool apart = false;     // selective or credited
  // sequence
  std::uint32_t next_psn = 0, una_psn = 0;
  std::uint32_t limit_psn = 0;  // PSN behind those that are posted and, if credited, granted
  std::uint32_t high_psn = 0;   // PSN behind the highest ever sent
  MessageCursor next, una;
  std::int64_t next_bytes = 0, una_bytes = 0;  // payload before next_psn, before una_psn
  std::int64_t marked_bytes = 0;  // selective repeat: payload beyond una_psn known to have arrived
  // pacing and window
  Ps ready_at = 0;
  Ps gap_full = 0;  // of a full data packet at `rate_bps`
  std::int64_t rate_bps = 0, window_bytes = 0;
  Ps rto_deadline = kNever;
  Ps rto_timer = kNever;       // earliest timer that is set for it
  Ps cc_timer = kNever;        // as wished
  Ps cc_timer_armed = kNever;  // earliest timer that is set for it
  std::uint32_t profile = 0;
  std::uint32_t message_end = 0;  // end of the QP's messages in message_flow
  std::uint32_t node = 0;         // the host it lives at
  std::uint32_t posted_psn = 0;
  Ps base_rtt = 0;
  // selective repeat
  std::int64_t cap_bytes = 0;         // BDP flow control, 0: none
  std::uint32_t reorder_packets = 0;  // PSNs that may be sent from una_psn on

  std::int64_t inflight_bytes() const { return next_bytes - una_bytes - marked_bytes; }
  bool sendable() const {
    if (selective) [[unlikely]]
      return sendable_selectively();
    return next_psn < limit_psn && !failed && rate_bps > 0 &&
           (window_bytes == 0 || inflight_bytes() < window_bytes);
  }
  bool sendable_selectively() const {
    if (failed || rate_bps <= 0) return false;
    return has_lost || (next_psn < limit_psn && next_psn - una_psn < reorder_packets &&
                        (window_bytes == 0 || inflight_bytes() < window_bytes) &&
                        (cap_bytes == 0 || inflight_bytes() < cap_bytes));
  }
  // Whether it has nothing in flight and waits for its receiver to grant something.
  bool awaits_credit() const {
    return credited && una_psn == next_psn && next_psn < posted_psn && next_psn >= limit_psn;
  }
  // Whether a packet may have to say more than what it is.
  bool limited() const { return window_bytes != 0 || apart; }
  // Whether nothing may follow a new packet with this payload before an acknowledgement.
  bool filled_by(std::int64_t payload) const {
    const std::int64_t bytes = inflight_bytes() + payload;
    if (window_bytes != 0 && bytes >= window_bytes) return true;
    return selective &&
           ((cap_bytes != 0 && bytes >= cap_bytes) || next_psn + 1 - una_psn >= reorder_packets);
  }
};

struct RecvQp {
  // PSN behind the highest ever accepted.
  std::uint32_t accepted_psn() const { return std::max(expected_psn, forgotten_psn); }
  // where ACK, NAK, CNP, READ requests go
  std::uint32_t dst_group = 0, entropy = 0;
  std::uint16_t dst_rank = 0, port = 0;
  std::uint8_t cls = 0;
  bool read = false, failed = false, ce_seen = false, selective = false;
  bool credited = false;  // grants what may be sent
  bool apart = false;     // selective or credited
  std::uint8_t retries = 0;
  bool retry_armed = false;
  std::uint8_t ttl = 0;  // of its frames
  // sequence
  std::uint32_t expected_psn = 0;
  std::uint32_t unacked = 0;
  std::uint32_t reorder_packets = 0;  // selective repeat: PSNs kept from the expected one on
  std::uint32_t nak_psn = kEndless;   // last expected PSN that a NAK was sent for
  Ps nak_at = 0;
  MessageCursor message;
  std::uint32_t message_end = 0;
  std::uint32_t dst_address = 0;
  std::uint32_t node = 0;  // the host it lives at
  Ps cnp_at = -1;
  // READ requester
  std::uint32_t requested_psn = 0;
  std::uint32_t forgotten_psn =
      0;  // go-back-0: PSN behind the highest that was accepted and forgotten
  Ps retry_deadline = kNever;
};

// Counters of a queue pair; apart from acks_sent touched off the common path only.
struct SendCounters {
  std::uint64_t retransmitted_packets = 0, timeouts = 0, naks_received = 0, cnps_received = 0;
};
struct RecvCounters {
  std::uint64_t marked_packets = 0, out_of_sequence = 0, duplicates = 0, naks_sent = 0,
                cnps_sent = 0;
  std::uint64_t acks_sent = 0, read_timeouts = 0;
};

}  // namespace fabric
