#include "fabric/transport/congestion.h"

#include <string>
#include <utility>

#include "fabric/transport/nic.h"
#include "fabric/transport/telemetry.h"

namespace fabric::congestion {

namespace {

// One timer of a queue pair is enough: a later wish waits for the one that is set.
void set_cc_timer(HostWorker& h, std::uint32_t qp, Ps wish) {
  SendQp& q = h.hosts.send[qp];
  q.cc_timer = wish;
  if (wish >= q.cc_timer_armed) return;
  const bool replaces = q.cc_timer_armed != kNever;
  q.cc_timer_armed = wish;
  if (replaces) {
    h.node->timers.outdate([&](const Timer& timer) {
      return timer.kind == TimerKind::kCongestionControl &&
             timer.time >= h.end &&  // the order of this window's events knows the others
             timer.time != h.hosts.send[timer.index].cc_timer_armed;
    });
  }
  h.add_timer(wish, TimerKind::kCongestionControl, qp);
}

void apply_wishes(HostWorker& h, std::uint32_t qp, const CcAlgorithm& algorithm,
                  const CcWishes& wishes) {
  SendQp& q = h.hosts.send[qp];
  if (wishes.rate_bps < 0 || wishes.window_bytes < 0)
    throw BrokenInvariant(std::string("congestion control '") + algorithm.name +
                          "' wished a negative rate or window");
  const std::int64_t rate = std::min(wishes.rate_bps, h.ports[q.port].rate.bps);
  if (rate != q.rate_bps) {
    const Framing& framing = h.hosts.framing;
    q.rate_bps = rate;
    q.gap_full = rate == 0
                     ? kNever
                     : serialization_ps(framing.mtu_bytes + framing.header_bytes + h.net.gap_bytes,
                                        rate, h.hosts.truncate_ns);
    if (rate > 0 && q.ready_at == kNever) q.ready_at = h.now;
  }
  q.window_bytes = wishes.window_bytes;
  if (wishes.timer_ps != q.cc_timer) set_cc_timer(h, qp, std::max(wishes.timer_ps, h.now));
}

}  // namespace

Ps pacing_gap(const HostWorker& h, const SendQp& q, std::int64_t wire_bytes) {
  const LineRate& line = h.ports[q.port].rate;
  if (q.rate_bps == line.bps) [[likely]]
    return h.ports[q.port].wire_time(wire_bytes);
  if (q.rate_bps == 0) return kNever;
  const Framing& framing = h.hosts.framing;
  if (wire_bytes == framing.mtu_bytes + framing.header_bytes + h.net.gap_bytes) return q.gap_full;
  return serialization_ps(wire_bytes, q.rate_bps, h.hosts.truncate_ns);
}

void tell(HostWorker& h, std::uint32_t qp, CcCallback CcAlgorithm::* callback, const Fact& fact) {
  SendQp& q = h.hosts.send[qp];
  const CcProfile& profile = h.hosts.profiles[q.profile];
  const CcCallback call = profile.algorithm->*callback;
  if (call == nullptr) return;
  CcEvent event{};
  event.now_ps = h.now;
  event.line_rate_bps = h.ports[q.port].rate.bps;
  event.base_rtt_ps = q.base_rtt;
  event.mtu_bytes = h.hosts.framing.mtu_bytes;
  event.bytes = fact.bytes;
  event.rtt_ps = fact.rtt;
  event.inflight_bytes = q.inflight_bytes();
  event.acked_psn = q.una_psn;
  event.next_psn = q.next_psn;
  event.ecn_echo = fact.ecn_echo;
  event.path_hops = q.path_hops;
  pf_cc_hop hops[kMaxTelemetryHops];
  if (fact.tail != 0) [[unlikely]]
    read_telemetry(h, fact.tail, event, hops);
  CcWishes wishes{q.rate_bps, q.window_bytes, q.cc_timer};
  if (const int error = call(profile.parameters, &h.hosts.cc[qp], &event, &wishes); error != 0)
    throw BrokenInvariant(std::string("congestion control '") + profile.algorithm->name +
                          "' returned error " + std::to_string(error));
  if (callback == &CcAlgorithm::on_timer && wishes.timer_ps <= h.now)
    throw BrokenInvariant(std::string("congestion control '") + profile.algorithm->name +
                          "' wished its next timer not after the one that just ran");
  apply_wishes(h, qp, *profile.algorithm, wishes);
}

void on_timer(HostWorker& h, std::uint32_t qp) {
  SendQp& q = h.hosts.send[qp];
  if (q.cc_timer_armed != h.now) return h.node->timers.met_outdated();
  q.cc_timer_armed = kNever;
  const Ps wish = std::exchange(q.cc_timer, kNever);
  if (wish > h.now) return set_cc_timer(h, qp, wish);
  tell(h, qp, &CcAlgorithm::on_timer, {});
  nic::list_qp(h, qp);
}

}  // namespace fabric::congestion
