// Moving a cursor over the messages of a queue pair.
#pragma once

#include <algorithm>

#include "fabric/base/check.h"
#include "fabric/transport/hosts.h"

namespace fabric {

inline const Message& message_at(const Hosts& hosts, const MessageCursor& c) {
  return hosts.messages[hosts.message_flow[c.index]];
}

inline void load_message(const Hosts& hosts, MessageCursor& c) {
  const Message& m = message_at(hosts, c);
  c.first_psn = m.first_psn;
  c.end_psn = m.end_psn();
}

// To the next message of the QP; the last one stays, with first_psn = end_psn.
inline void step_forward(const Hosts& hosts, MessageCursor& c, std::uint32_t message_end) {
  c.base_bytes += message_at(hosts, c).size_bytes;
  if (c.index + 1 < message_end) {
    ++c.index;
    load_message(hosts, c);
  } else {
    c.first_psn = c.end_psn;
    ++c.index;
  }
}

inline void step_back(const Hosts& hosts, MessageCursor& c) {
  --c.index;
  load_message(hosts, c);
  c.base_bytes -= message_at(hosts, c).size_bytes;
}

// Payload of the QP before `psn`, which lies in the cursor's message or at its end.
inline std::int64_t bytes_before(const Hosts& hosts, const MessageCursor& c, std::uint32_t psn) {
  if (psn == c.first_psn) return c.base_bytes;
  const Message& m = message_at(hosts, c);
  const std::int64_t full = std::int64_t{psn - c.first_psn} * hosts.framing.mtu_bytes;
  return c.base_bytes + (m.size_bytes < 0 ? full : std::min(full, m.size_bytes));
}

// Completion and failure of messages are observable records.
inline void observe_flow(HostWorker& h, Observable event, std::uint32_t qp, std::uint32_t psn) {
  Frame record{};
  record.qp = qp;
  record.psn = psn;
  h.observe(event, 0, record, 0);
}

}  // namespace fabric
