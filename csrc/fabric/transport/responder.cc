#include "fabric/transport/responder.h"

#include <utility>

#include "fabric/transport/messages.h"
#include "fabric/transport/nic.h"

namespace fabric::responder {

Frame reply(const HostWorker& h, const RecvQp& r, unsigned priority, std::uint32_t qp, Kind kind,
            std::uint32_t psn, std::int64_t stamp, std::int64_t size) {
  Frame f{};
  f.stamp = stamp;
  f.qp = qp;
  f.psn = psn;
  f.dst_group = r.dst_group;
  f.dst_rank = r.dst_rank;
  f.entropy = r.entropy;
  f.size_bytes = std::uint16_t(size);
  f.in_port = kOwnFrame;
  f.kind = kind;
  set_priority(h, f, priority);
  f.ecn = kNotEct;
  f.ttl = r.ttl;
  return f;
}

unsigned ack_priority(const HostWorker& h, unsigned data_priority) {
  const int own = h.nic().ack_class;
  return own >= 0 ? unsigned(own) : data_priority;
}

namespace {

void send_ack(HostWorker& h, const Frame& data, Kind kind) {
  RecvQp& r = h.hosts.recv[data.qp];
  RecvCounters& counters = h.hosts.recv_counters[data.qp];
  ++(kind == Kind::kAck ? counters.acks_sent : counters.naks_sent);
  Frame f = reply(h, r, ack_priority(h, r.cls), data.qp, kind, r.expected_psn, data.stamp,
                  h.hosts.framing.ack_bytes);
  if (r.ce_seen) f.flags = kEchoCe;
  if (h.echo != 0) [[unlikely]]
    f.set_tail(std::exchange(h.echo, 0));
  if (kind == Kind::kNak && r.selective) selective::tell_cause(h, f, data.psn);
  r.ce_seen = false;
  r.unacked = 0;
  nic::send_control(h, r.port, f);
}

// The notification point: at most one CNP per interval and scope (DCQCN, SIGCOMM'15, section 3.1).
void notify(HostWorker& h, const Frame& data) {
  RecvQp& r = h.hosts.recv[data.qp];
  Nic& nic = h.nic();
  r.ce_seen = true;
  ++h.hosts.recv_counters[data.qp].marked_packets;
  if (nic.cnp_on_ack) return;
  Ps* last = &r.cnp_at;
  if (nic.cnp_scope == 1) last = &nic.cnp_at.try_emplace(r.dst_address, -1).first->second;
  if (nic.cnp_scope == 2) last = &h.cold(r.port).cnp_last;
  if (*last >= 0 && h.now - *last < nic.cnp_interval) return;
  *last = h.now;
  ++h.hosts.recv_counters[data.qp].cnps_sent;
  const Frame f =
      reply(h, r, nic.cnp_class, data.qp, Kind::kCnp, 0, data.stamp, h.hosts.framing.cnp_bytes);
  nic::send_control(h, r.port, f);
}

void arm_retry(HostWorker& h, std::uint32_t qp) {
  RecvQp& r = h.hosts.recv[qp];
  if (h.nic().rto == 0) return;
  r.retry_deadline = r.expected_psn < r.requested_psn ? h.now + h.nic().rto : kNever;
  if (r.retry_armed || r.retry_deadline == kNever) return;
  r.retry_armed = true;
  h.add_timer(r.retry_deadline, TimerKind::kReadRetry, qp);
}

// Asks the responder for the responses [psn, requested_psn); beyond a gap this is READ's implied
// NAK.
void send_read_request(HostWorker& h, std::uint32_t qp, std::uint32_t psn) {
  const RecvQp& r = h.hosts.recv[qp];
  const Framing& framing = h.hosts.framing;
  nic::send_control(h, r.port,
                    reply(h, r, r.cls, qp, Kind::kReadRequest, psn, r.requested_psn,
                          framing.header_bytes + framing.reth_bytes));
}

void complete(HostWorker& h, std::uint32_t qp) {
  RecvQp& r = h.hosts.recv[qp];
  const std::uint32_t flow = h.hosts.message_flow[r.message.index];
  h.hosts.complete_at[flow] = h.now;
  observe_flow(h, Observable::kComplete, qp, r.message.end_psn);
  if (r.read) {
    h.hosts.sender_complete_at[flow] = h.now;
    h.close_flow(flow, FlowStatus::kFinished);
  }
  step_forward(h.hosts, r.message, r.message_end);
}

void retry_read(HostWorker& h, std::uint32_t qp) {
  RecvQp& r = h.hosts.recv[qp];
  if (r.retries == h.nic().retries) {
    r.failed = true;
    r.retry_deadline = kNever;
    while (r.message.index < r.message_end && r.message.first_psn < r.requested_psn) {
      h.close_flow(h.hosts.message_flow[r.message.index], FlowStatus::kFailed);
      observe_flow(h, Observable::kFail, qp, r.message.first_psn);
      step_forward(h.hosts, r.message, r.message_end);
    }
    return;
  }
  ++r.retries;
  send_read_request(h, qp, r.expected_psn);
  arm_retry(h, qp);
}

void on_gap(HostWorker& h, const Frame& f) {
  RecvQp& r = h.hosts.recv[f.qp];
  const Nic& nic = h.nic();
  ++h.hosts.recv_counters[f.qp].out_of_sequence;
  if (nic.go_back_zero) {
    r.forgotten_psn = r.accepted_psn();
    r.expected_psn = r.message.first_psn;
  }
  const bool repeat = nic.nak_interval > 0 && h.now - r.nak_at >= nic.nak_interval;
  if (r.nak_psn == r.expected_psn && !repeat) return;
  r.nak_psn = r.expected_psn;
  r.nak_at = h.now;
  if (!r.read) return send_ack(h, f, Kind::kNak);
  ++h.hosts.recv_counters[f.qp].naks_sent;
  retry_read(h, f.qp);
}

// A packet beyond the expected one, under selective repeat.
void on_early(HostWorker& h, const Frame& f) {
  RecvQp& r = h.hosts.recv[f.qp];
  ++h.hosts.recv_counters[f.qp].out_of_sequence;
  if (f.psn - r.expected_psn >= r.reorder_packets) return;
  if (!selective::keep(h, f.qp, f.psn)) {
    ++h.hosts.recv_counters[f.qp].duplicates;  // the sender missed the NAK that told of the first
  } else if (r.read) {
    r.retries = 0;
    arm_retry(h, f.qp);
  }
  send_ack(h, f, Kind::kNak);
}

void accept_selectively(HostWorker& h, const Frame& f) {
  RecvQp& r = h.hosts.recv[f.qp];
  ++r.expected_psn;
  ++r.unacked;
  selective::advance(h, f.qp);
  bool at_once = r.expected_psn > f.psn + 1;  // it filled a gap
  while (r.message.index < r.message_end && r.expected_psn >= r.message.end_psn) {
    complete(h, f.qp);
    at_once = true;
  }
  if (r.read) {
    r.retries = 0;
    arm_retry(h, f.qp);
  }
  if (at_once || r.unacked >= h.nic().ack_every || (f.flags & kAckRequest) != 0)
    send_ack(h, f, Kind::kAck);
}

void on_data_selectively(HostWorker& h, const Frame& f) {
  const RecvQp& r = h.hosts.recv[f.qp];
  if (f.psn > r.expected_psn) return on_early(h, f);
  if (f.psn == r.expected_psn) return accept_selectively(h, f);
  ++h.hosts.recv_counters[f.qp].duplicates;
  send_ack(h, f, Kind::kAck);
}

[[gnu::always_inline]] inline void take_in_order(HostWorker& h, const Frame& f) {
  RecvQp& r = h.hosts.recv[f.qp];
  if (f.psn > r.expected_psn) return on_gap(h, f);
  if (f.psn < r.expected_psn) {
    ++h.hosts.recv_counters[f.qp].duplicates;
    if (!r.read && !h.net.devices) send_ack(h, f, Kind::kAck);
    return;
  }
  ++r.expected_psn;
  ++r.unacked;
  r.nak_psn = kEndless;
  const bool last = r.expected_psn == r.message.end_psn;
  if (last) complete(h, f.qp);
  if (r.read) {
    r.retries = 0;
    arm_retry(h, f.qp);
  } else if (last || r.unacked >= h.nic().ack_every || (f.flags & kAckRequest) != 0) {
    send_ack(h, f, Kind::kAck);
  }
}

// Under selective repeat, or credits.
[[gnu::noinline]] void take_apart(HostWorker& h, const Frame& f) {
  const RecvQp& r = h.hosts.recv[f.qp];
  r.selective ? on_data_selectively(h, f) : take_in_order(h, f);
  if (r.credited) credits::on_data(h, f);
}

void take_data(HostWorker& h, const Frame& f) {
  RecvQp& r = h.hosts.recv[f.qp];
  if (r.failed) return;
  if (h.net.devices) [[unlikely]]
    r.ce_seen = false;  // that simulator's echo is of this packet alone
  if (f.ecn == kCe) notify(h, f);
  if (r.apart) [[unlikely]]
    return take_apart(h, f);
  take_in_order(h, f);
}

}  // namespace

void on_data(HostWorker& h, const Frame& f) {
  if (h.net.telemetry.hops() == 0) [[likely]]
    return take_data(h, f);
  h.echo = f.tail();
  take_data(h, f);
  if (h.echo != 0)  // nothing answers it
    h.tails.give(h.net.telemetry, std::exchange(h.echo, 0));
}

void request_read(HostWorker& h, std::uint32_t flow) {
  const Message& m = h.hosts.messages[flow];
  RecvQp& r = h.hosts.recv[m.qp];
  if (r.failed) {
    h.close_flow(flow, FlowStatus::kFailed);
    observe_flow(h, Observable::kFail, m.qp, m.first_psn);
    return;
  }
  r.requested_psn = std::max(r.requested_psn, m.end_psn());
  send_read_request(h, m.qp, m.first_psn);
  arm_retry(h, m.qp);
}

void on_read_timeout(HostWorker& h, std::uint32_t qp) {
  RecvQp& r = h.hosts.recv[qp];
  r.retry_armed = false;
  if (r.retry_deadline == kNever) return;
  if (r.retry_deadline > h.now) {
    r.retry_armed = true;
    return h.add_timer(r.retry_deadline, TimerKind::kReadRetry, qp);
  }
  ++h.hosts.recv_counters[qp].read_timeouts;
  retry_read(h, qp);
}

}  // namespace fabric::responder
