// Putting a frame onto the link.
#pragma once

#include "fabric/net/delivery.h"

namespace fabric {

// A slot for a frame to a node that another worker runs.
[[gnu::noinline]] inline Frame& post(Worker& w, const Port& port, Ps arrival) {
  w.sent_first = std::min(w.sent_first, arrival);
  auto& box = w.outboxes[w.parity][port.peer_worker].data;
  box.push_back({port.peer, {}});
  return box.back().frame;
}

// Occupies the transmitter and puts `f` with this ECN field onto the link. The frame that travels
// is returned; what it still needs is changed there.
[[gnu::always_inline]] inline Frame& start_frame(Worker& w, std::uint32_t local, const Frame& f,
                                                 std::uint8_t ecn) {
  Port& port = w.ports[local];
  const Ps busy_until = w.now + port.wire_time(f.size_bytes + w.net.gap_bytes);
  const Ps arrival = busy_until + port.data_delay;
  port.busy_until = busy_until;
  port.tx_frames += 1;
  port.tx_data_frames += f.kind == Kind::kData;
  port.tx_bytes += f.size_bytes;
  w.observe(Observable::kTransmit, local, f, ecn);
  Frame& slot = port.peer_worker == w.id ? deliver(w, port.peer, port.peer_node, arrival)
                                         : post(w, port, arrival);
  slot = f;
  slot.time = arrival;
  slot.ecn = ecn;
  return slot;
}

// Frames of the MAC-control lane are seen by the peer's MAC without pipeline latency.
inline void start_pfc(Worker& w, std::uint32_t local, PfcFrame pfc) {
  Port& port = w.ports[local];
  port.busy_until = w.now + port.wire_time(w.net.pfc_bytes + w.net.gap_bytes);
  port.tx_frames += 1;
  port.tx_bytes += std::uint64_t(w.net.pfc_bytes);
  Frame record{};
  record.kind = Kind::kPfc;
  record.size_bytes = std::uint16_t(w.net.pfc_bytes);
  record.psn = std::uint32_t(pfc.xoff_mask) << 8 | pfc.xon_mask;
  record.qp = pfc.quanta;
  w.observe(Observable::kTransmit, local, record, 0);
  w.pfc_started += 1;
  pfc.time = port.busy_until + port.mac_delay;
  if (port.peer_worker == w.id) return deliver_pfc(w, port.peer, port.peer_node, pfc);
  w.outboxes[w.parity][port.peer_worker].pfc.push_back({port.peer, pfc});
  w.sent_first = std::min(w.sent_first, pfc.time);
}

// `pg`: the group that counts, or would have counted, the frame.
inline void drop(Worker& w, std::uint32_t local, const Frame& f, DropCause cause, unsigned pg) {
  Node& node = *w.node;
  const IngressGroup& group = w.ingress(local, pg);
  const Port& port = w.ports[local];
  const bool xoff = (port.xoff >> pg & 1) != 0;
  node.dropped_frames += 1;
  node.dropped_bytes += f.size_bytes;
  w.cold(local).drops += 1;
  w.forget_telemetry(f);
  w.observe(Observable::kDrop, local, f, std::uint8_t(cause));
  w.write(DropRow{w.now, xoff ? w.cold(local).xoff_since[pg] : -1, group.size_bytes,
                  group.headroom_bytes, node.id, f.qp, f.psn, std::uint16_t(local), f.size_bytes,
                  f.cls, std::uint8_t(cause), std::uint8_t(f.kind),
                  std::uint8_t(port.told >> pg & 1), f.dscp});
}

// A frame that is dropped as it came, before it is classified.
inline void drop(Worker& w, std::uint32_t local, const Frame& f, DropCause cause) {
  const PoolState* pools = w.node->pools;
  drop(w, local, f, cause, pools == nullptr ? f.cls : pools->qos->group[f.dscp]);
}

// A damaged PFC frame; it belongs to no queue pair and to no conservation count.
inline void drop_pfc(Worker& w, std::uint32_t local) {
  Frame record{};
  record.kind = Kind::kPfc;
  record.size_bytes = std::uint16_t(w.net.pfc_bytes);
  w.cold(local).drops += 1;
  w.observe(Observable::kDrop, local, record, std::uint8_t(DropCause::kLinkError));
  w.write(DropRow{w.now, -1, 0, 0, w.node->id, 0, 0, std::uint16_t(local), record.size_bytes, 0,
                  std::uint8_t(DropCause::kLinkError), std::uint8_t(Kind::kPfc), 0, 0});
}

// Link errors strike at the receiver: one draw per arriving frame of a port with an error rate.
inline bool damaged(Worker& w, std::uint32_t local) {
  PortCold& cold = w.cold(local);
  const std::uint32_t stream = w.node->first_port + local;
  return draw32(w.net.seed, stream, Purpose::kLinkError, cold.error_draws++) < cold.error_q32;
}

inline bool lost_on_the_link(Worker& w, std::uint32_t local, const Frame& f) {
  if (!w.ports[local].has_errors) [[likely]]
    return false;
  if (!damaged(w, local)) return false;
  drop(w, local, f, DropCause::kLinkError);
  return true;
}

}  // namespace fabric
