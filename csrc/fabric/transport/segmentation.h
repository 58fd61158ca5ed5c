// Messages into packets: which one is next, its size, its frame.
#pragma once

#include "fabric/transport/messages.h"
#include "fabric/transport/selective_repeat.h"

namespace fabric::requester {

inline std::int64_t next_packet_bytes(const HostWorker& h, std::uint32_t qp) {
  const SendQp& q = h.hosts.send[qp];
  const Framing& framing = h.hosts.framing;
  const std::uint32_t psn = q.has_lost ? selective::lost_psn(h.hosts, qp) : q.next_psn;
  MessageCursor cursor = q.has_lost ? q.una : q.next;
  while (psn >= cursor.end_psn) step_forward(h.hosts, cursor, q.message_end);
  if (psn != cursor.first_psn && psn + 1 != cursor.end_psn) [[likely]]
    return framing.full_bytes;
  const Message& m = message_at(h.hosts, cursor);
  const bool first = psn == cursor.first_psn, last = psn + 1 == cursor.end_psn;
  const std::int64_t offset = std::int64_t{psn - cursor.first_psn} * framing.mtu_bytes;
  const std::int64_t payload =
      last && m.size_bytes >= 0 ? m.size_bytes - offset : framing.mtu_bytes;
  std::int64_t size = framing.header_bytes + framing.padded(payload);
  if (m.op == FlowOp::kWrite && first) size += framing.reth_bytes;
  if (m.op == FlowOp::kRead && (first || last)) size += framing.aeth_bytes;
  return size;
}

// The next data packet, not yet sent.
[[gnu::always_inline]] inline Frame make_packet(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  const bool again = q.has_lost;
  while (!again && q.next_psn == q.next.end_psn) step_forward(h.hosts, q.next, q.message_end);
  Frame f{};
  f.stamp = h.now;
  f.qp = qp;
  f.psn = again ? selective::lost_psn(h.hosts, qp) : q.next_psn;
  f.dst_group = q.dst_group;
  f.dst_rank = q.dst_rank;
  f.entropy = q.entropy;
  f.size_bytes = std::uint16_t(next_packet_bytes(h, qp));
  f.in_port = kOwnFrame;
  f.kind = Kind::kData;
  set_priority(h, f, q.cls);
  f.ecn = kEct;
  f.ttl = q.ttl;
  if (q.limited()) {
    if (!again && q.filled_by(bytes_before(h.hosts, q.next, q.next_psn + 1) - q.next_bytes))
      f.flags = kAckRequest;
    if (q.credited) credits::label(h, f);
  }
  if (h.net.telemetry.hops() != 0 && (q.selective || !q.read))
    f.set_tail(h.tails.take(h.net.telemetry, h.memory));
  h.node->created_frames += 1;
  h.node->created_bytes += f.size_bytes;
  return f;
}

}  // namespace fabric::requester
