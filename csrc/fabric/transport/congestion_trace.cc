#include "fabric/transport/congestion_trace.h"

#include <bit>
#include <limits>

#include "fabric/transport/refused_wishes.h"

namespace fabric::congestion_trace {

namespace {

static_assert(kObservedValues == PF_CC_OBSERVED);

// Bit for bit: no value (NaN) equals no value.
bool same(const CcInForce& a, const CcInForce& b) {
  for (std::size_t i = 0; i < kObservedValues; ++i)
    if (std::bit_cast<std::uint64_t>(a.values[i]) != std::bit_cast<std::uint64_t>(b.values[i]))
      return false;
  return a.rate_bps == b.rate_bps && a.window_bytes == b.window_bytes;
}

// The message that is being sent, or the last one.
std::uint32_t flow_of(const Hosts& hosts, const SendQp& q) {
  return hosts.message_flow[std::min(q.next.index, q.message_end - 1)];
}

CcEvent plain_event(const HostWorker& h, std::uint32_t qp, Ps time) {
  const SendQp& q = h.hosts.send[qp];
  CcEvent event{};
  event.now_ps = time;
  event.line_rate_bps = h.net.ports[h.net.nodes[q.node].first_port + q.port].rate.bps;
  event.base_rtt_ps = q.base_rtt;
  event.mtu_bytes = h.hosts.framing.mtu_bytes;
  event.queue_pair = qp;
  event.path_hops = q.path_hops;
  return event;
}

// Brings what is in force up to `time`, and notes when it changes next by itself.
void look(HostWorker& h, std::uint32_t qp, Ps time) {
  const SendQp& q = h.hosts.send[qp];
  CcTrace& t = h.hosts.cc_traces[qp];
  const CcProfile& profile = h.hosts.profiles[q.profile];
  const CcAlgorithm& algorithm = *profile.algorithm;
  CcWishes wishes{q.rate_bps, q.window_bytes, q.cc_timer};
  t.now.values.fill(std::numeric_limits<double>::quiet_NaN());
  t.next_change = kNever;
  if (algorithm.observe != nullptr) {
    const CcEvent event = plain_event(h, qp, time);
    t.next_change =
        algorithm.observe(profile.parameters, &t.state, &event, &wishes, t.now.values.data());
    if (t.next_change <= time)
      requester::refuse(algorithm, "observed a next change in the past, at", t.next_change, " ps");
    if ((wishes.rate_bps | wishes.window_bytes) < 0 || wishes.window_bytes > requester::kMaxWindow)
      requester::refuse_wishes(algorithm, wishes);
    wishes.rate_bps = std::min(wishes.rate_bps, event.line_rate_bps);
  }
  t.now.rate_bps = wishes.rate_bps;
  t.now.window_bytes = wishes.window_bytes;
}

void tell(HostWorker& h, std::uint32_t qp, Ps time) {
  const SendQp& q = h.hosts.send[qp];
  CcTrace& t = h.hosts.cc_traces[qp];
  h.write(CcRow{time, t.now.rate_bps, t.now.window_bytes, t.now.values, q.node, qp,
                flow_of(h.hosts, q)});
  t.told = t.now;
  t.told_at = time;
}

// Earliest time of another row.
Ps due(const HostWorker& h, const CcTrace& t) {
  const Ps free_at = t.told_at + h.hosts.cc_spacing;
  return t.pending ? free_at : std::max(free_at, t.next_change);
}

// Tells all that changed before `end` without a fact.
void walk(HostWorker& h, std::uint32_t qp, Ps end) {
  CcTrace& t = h.hosts.cc_traces[qp];
  if (t.told_at < 0) return;
  for (Ps time; (t.pending || t.next_change != kNever) && (time = due(h, t)) < end;) {
    if (t.next_change <= time) look(h, qp, time);
    t.pending = false;
    if (!same(t.now, t.told)) tell(h, qp, time);
  }
}

}  // namespace

void before(HostWorker& h, std::uint32_t qp, Ps now) { walk(h, qp, now); }

void begin(HostWorker& h, std::uint32_t qp) {
  if (h.hosts.cc_traces[qp].told_at < 0) after(h, qp, h.now);
}

void after(HostWorker& h, std::uint32_t qp, Ps now) {
  CcTrace& t = h.hosts.cc_traces[qp];
  t.state = h.hosts.cc[qp];
  look(h, qp, now);
  const bool changed = t.told_at < 0 || !same(t.now, t.told);
  t.pending = changed && t.told_at >= 0 && now < t.told_at + h.hosts.cc_spacing;
  if (changed && !t.pending) tell(h, qp, now);
}

void finish(HostWorker& h, std::uint32_t qp) {
  const SendQp& q = h.hosts.send[qp];
  CcTrace& t = h.hosts.cc_traces[qp];
  if (t.told_at < 0) return;
  if (q.failed || q.una_psn == q.posted_psn) t.next_change = kNever;  // it has nothing to send
  walk(h, qp, h.now + 1);
  if (t.next_change <= h.now) look(h, qp, h.now);
  if (!same(t.now, t.told)) tell(h, qp, h.now);
}

}  // namespace fabric::congestion_trace
