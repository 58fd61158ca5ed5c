#include "fabric/transport/receiver_credits.h"

#include <algorithm>
#include <vector>

#include "fabric/transport/nic.h"
#include "fabric/transport/responder.h"
#include "fabric/transport/retransmission_timer.h"

namespace fabric::credits {

namespace {

constexpr std::uint32_t kMostAhead = (1u << 24) - 1;  // in the free bits of a data frame

std::uint32_t ahead(std::uint32_t psn, std::uint32_t packets) {
  return std::uint32_t(std::min(std::uint64_t{psn} + packets, std::uint64_t{kEndless}));
}

void open(SendQp& q, const CreditSender& c) { q.limit_psn = std::min(q.posted_psn, c.limit_psn); }

// Packets that the sender may send, or has sent, and that have not arrived for good.
std::uint32_t outstanding(const Hosts& hosts, std::uint32_t qp) {
  const RecvQp& r = hosts.recv[qp];
  const CreditReceiver& c = hosts.credit_receivers[qp];
  const std::uint32_t kept = r.selective ? hosts.kept[qp].count() : 0;
  return std::min(c.granted_psn, c.demand_psn) - r.expected_psn - kept;
}

bool grantable(const Hosts& hosts, std::uint32_t qp) {
  const CreditReceiver& c = hosts.credit_receivers[qp];
  return !c.silent && c.granted_psn < c.demand_psn && outstanding(hosts, qp) < c.most;
}

CreditPort& port_of(HostWorker& h, std::uint32_t local) {
  return h.hosts.credit_ports[h.node->first_port + local];
}

void account(HostWorker& h, std::uint32_t qp) {
  CreditReceiver& c = h.hosts.credit_receivers[qp];
  const std::uint32_t counts = c.silent ? 0 : outstanding(h.hosts, qp);
  port_of(h, c.port).outstanding += std::int64_t{counts} - std::int64_t{c.counted};
  c.counted = counts;
  if (counts == 0 || c.timed) return;
  c.timed = true;
  h.add_timer(c.since + h.hosts.credit_rules.reclaim, TimerKind::kCreditSilence, qp);
}

void list(HostWorker& h, std::uint32_t qp) {
  CreditReceiver& c = h.hosts.credit_receivers[qp];
  if (c.listed || !grantable(h.hosts, qp)) return;
  c.listed = true;
  port_of(h, c.port).turns.push(qp, h.memory);
}

void send_credit(HostWorker& h, std::uint32_t qp) {
  const RecvQp& r = h.hosts.recv[qp];
  nic::send_control(
      h, r.port,
      responder::reply(h, r, responder::ack_priority(h, r.cls), qp, Kind::kCredit,
                       h.hosts.credit_receivers[qp].granted_psn, 0, h.hosts.framing.ack_bytes));
}

void grant(HostWorker& h, CreditPort& port) {
  const std::uint32_t qp = port.turns.front();
  port.turns.pop(h.memory);
  CreditReceiver& c = h.hosts.credit_receivers[qp];
  c.listed = false;
  if (outstanding(h.hosts, qp) == 0) c.since = h.now;
  const auto packets =
      std::min<std::int64_t>(h.hosts.credit_rules.quantum, c.demand_psn - c.granted_psn);
  c.granted_psn += std::uint32_t(packets);
  account(h, qp);
  list(h, qp);
  const std::int64_t full = h.hosts.framing.full_bytes + h.net.gap_bytes;
  port.next_at = h.now + serialization_ps(packets * full, port.rate_bps, h.hosts.rounding);
  send_credit(h, qp);
}

// Grants what is due; a port at its most goes on with an arrival, or when a sender is given up.
void pace(HostWorker& h, std::uint32_t local) {
  CreditPort& port = port_of(h, local);
  while (port.outstanding < port.most) {
    while (!port.turns.empty() && !grantable(h.hosts, port.turns.front())) {
      h.hosts.credit_receivers[port.turns.front()].listed = false;
      port.turns.pop(h.memory);
    }
    if (port.turns.empty()) return;
    if (h.now < port.next_at) {
      if (port.timed) return;
      port.timed = true;
      return h.add_timer(port.next_at, TimerKind::kCreditPacing, local);
    }
    grant(h, port);
  }
}

void hear(HostWorker& h, std::uint32_t qp) {
  CreditReceiver& c = h.hosts.credit_receivers[qp];
  c.silent = false;
  c.since = h.now;
  account(h, qp);
  list(h, qp);
  pace(h, c.port);
}

}  // namespace

void posted(HostWorker& h, std::uint32_t qp, bool quiet) {
  SendQp& q = h.hosts.send[qp];
  CreditSender& c = h.hosts.credit_senders[qp];
  if (quiet && c.unsolicited != 0) {
    c.window_psn = q.next_psn;
    c.limit_psn = std::max(c.limit_psn, ahead(q.next_psn, c.unsolicited));
  }
  open(q, c);
  if (q.next_psn < q.limit_psn) return;  // its packets will tell
  ask(h, qp);
  if (q.rto_deadline == kNever) requester::arm_rto(h, qp);
}

void label(const HostWorker& h, Frame& data) {
  const SendQp& q = h.hosts.send[data.qp];
  data.set_tail(std::min(q.posted_psn - data.psn, kMostAhead));
  if (data.psn == h.hosts.credit_senders[data.qp].window_psn) data.flags |= kFirstWindow;
  if (data.psn + 1 == q.limit_psn) data.flags |= kAckRequest;
}

void ask(HostWorker& h, std::uint32_t qp) {
  const SendQp& q = h.hosts.send[qp];
  Frame f{};
  f.qp = qp;
  f.psn = q.posted_psn;
  f.dst_group = q.dst_group;
  f.dst_rank = q.dst_rank;
  f.entropy = q.entropy;
  f.size_bytes = std::uint16_t(h.hosts.framing.ack_bytes);
  f.in_port = kOwnFrame;
  f.kind = Kind::kCreditRequest;
  set_priority(h, f, responder::ack_priority(h, q.cls));
  f.ecn = kNotEct;
  f.ttl = q.ttl;
  nic::send_control(h, q.port, f);
}

void on_credit(HostWorker& h, const Frame& f) {
  SendQp& q = h.hosts.send[f.qp];
  if (q.failed) return;
  CreditSender& c = h.hosts.credit_senders[f.qp];
  c.limit_psn = std::max(c.limit_psn, f.psn);
  open(q, c);
  if (q.una_psn == q.next_psn) {  // it answers for the path, as acknowledgements do
    q.retries = 0;
    q.rto_deadline = kNever;
    if (q.awaits_credit()) requester::arm_rto(h, f.qp);
  }
  nic::list_qp(h, f.qp);
}

void on_data(HostWorker& h, const Frame& data) {
  CreditReceiver& c = h.hosts.credit_receivers[data.qp];
  c.demand_psn = std::max(c.demand_psn, ahead(data.psn, data.tail()));
  const std::uint32_t window = (data.flags & kFirstWindow) != 0 ? c.unsolicited : 1;
  c.granted_psn = std::max(c.granted_psn, ahead(data.psn, window));
  hear(h, data.qp);
}

void on_request(HostWorker& h, const Frame& f) {
  CreditReceiver& c = h.hosts.credit_receivers[f.qp];
  c.demand_psn = std::max(c.demand_psn, f.psn);
  const std::uint32_t before = c.granted_psn;
  hear(h, f.qp);
  if (c.granted_psn == before) send_credit(h, f.qp);
}

void on_pacing(HostWorker& h, std::uint32_t local) {
  port_of(h, local).timed = false;
  pace(h, local);
}

void on_silence(HostWorker& h, std::uint32_t qp) {
  CreditReceiver& c = h.hosts.credit_receivers[qp];
  c.timed = false;
  if (c.counted == 0) return;
  if (c.since + h.hosts.credit_rules.reclaim > h.now) return account(h, qp);
  c.silent = true;
  account(h, qp);
  pace(h, c.port);
}

bool sums_up(const Network& net, const Hosts& hosts) {
  std::vector<std::int64_t> sums(hosts.credit_ports.size());
  for (std::size_t q = 0; q < hosts.credit_receivers.size(); ++q) {
    if (!hosts.recv[q].credited) continue;
    const CreditReceiver& c = hosts.credit_receivers[q];
    sums[net.nodes[hosts.recv[q].node].first_port + c.port] += c.counted;
  }
  return std::equal(sums.begin(), sums.end(), hosts.credit_ports.begin(),
                    [](std::int64_t sum, const CreditPort& p) { return sum == p.outstanding; });
}

}  // namespace fabric::credits
