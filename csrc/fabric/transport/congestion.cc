#include "fabric/transport/congestion.h"

#include <utility>

#include "fabric/transport/congestion_trace.h"
#include "fabric/transport/device_nic.h"
#include "fabric/transport/nic.h"
#include "fabric/transport/refused_wishes.h"
#include "fabric/transport/telemetry.h"

namespace fabric::congestion {

namespace {

using requester::kMaxWindow, requester::refuse, requester::refuse_wishes;

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

// `earliest`: a timer may not be set before this.
[[gnu::noinline]] void apply_wishes(HostWorker& h, std::uint32_t qp, const CcAlgorithm& algorithm,
                                    const CcWishes& wishes, Ps earliest) {
  SendQp& q = h.hosts.send[qp];
  if ((wishes.rate_bps | wishes.window_bytes) < 0 || wishes.window_bytes > kMaxWindow) [[unlikely]]
    refuse_wishes(algorithm, wishes);
  const std::int64_t rate = std::min(wishes.rate_bps, h.ports[q.port].rate.bps);
  if (rate != q.rate_bps) {
    if (h.net.devices) [[unlikely]]
      device_nic::rate_changes(h, qp, rate);
    const Framing& framing = h.hosts.framing;
    q.rate_bps = rate;
    q.gap_full = rate == 0
                     ? kNever
                     : serialization_ps(framing.mtu_bytes + framing.header_bytes + h.net.gap_bytes,
                                        rate, h.hosts.rounding);
    if (rate > 0 && q.ready_at == kNever) q.ready_at = h.now;
  }
  q.window_bytes = wishes.window_bytes;
  if (wishes.timer_ps == q.cc_timer) return;
  if (wishes.timer_ps < earliest) [[unlikely]]
    refuse(algorithm, "wished a timer in the past, at", wishes.timer_ps, " ps");
  set_cc_timer(h, qp, wishes.timer_ps);
}

[[gnu::always_inline]] inline CcEvent describe(const HostWorker& h, std::uint32_t qp,
                                               const Fact& fact) {
  const SendQp& q = h.hosts.send[qp];
  return {.now_ps = h.now,
          .line_rate_bps = h.ports[q.port].rate.bps,
          .base_rtt_ps = q.base_rtt,
          .mtu_bytes = h.hosts.framing.mtu_bytes,
          .bytes = fact.bytes,
          .rtt_ps = fact.rtt,
          .inflight_bytes = q.inflight_bytes(),
          .acked_psn = q.una_psn,
          .next_psn = q.next_psn,
          .ecn_echo = fact.ecn_echo,
          .hop_count = 0,
          .hops = nullptr,
          .queue_pair = qp,
          .path_hops = q.path_hops};
}

[[gnu::always_inline]] inline void consult(HostWorker& h, std::uint32_t qp, CcCallback call,
                                           const CcEvent& event, Ps earliest) {
  const SendQp& q = h.hosts.send[qp];
  const CcProfile& profile = h.hosts.profiles[q.profile];
  CcWishes wishes{q.rate_bps, q.window_bytes, q.cc_timer};
  if (const int error = call(profile.parameters, &h.hosts.cc[qp], &event, &wishes); error != 0)
      [[unlikely]]
    refuse(*profile.algorithm, "returned error", error, "");
  if (wishes.rate_bps == q.rate_bps && wishes.window_bytes == q.window_bytes &&
      wishes.timer_ps == q.cc_timer) [[likely]]
    return;
  apply_wishes(h, qp, *profile.algorithm, wishes, earliest);
}

[[gnu::noinline, gnu::cold]] void consult_traced(HostWorker& h, std::uint32_t qp, CcCallback call,
                                                 const CcEvent& event, Ps earliest) {
  congestion_trace::before(h, qp, h.now);
  consult(h, qp, call, event, earliest);
  congestion_trace::after(h, qp, h.now);
}

}  // namespace

Ps pacing_gap(const HostWorker& h, const SendQp& q, std::int64_t wire_bytes) {
  const LineRate& line = h.ports[q.port].rate;
  if (q.rate_bps == line.bps) [[likely]]
    return h.ports[q.port].wire_time(wire_bytes);
  if (q.rate_bps == 0) return kNever;
  const Framing& framing = h.hosts.framing;
  if (wire_bytes == framing.mtu_bytes + framing.header_bytes + h.net.gap_bytes) return q.gap_full;
  return serialization_ps(wire_bytes, q.rate_bps, h.hosts.rounding);
}

void tell(HostWorker& h, std::uint32_t qp, CcCallback CcAlgorithm::* callback, const Fact& fact) {
  SendQp& q = h.hosts.send[qp];
  const CcProfile& profile = h.hosts.profiles[q.profile];
  const CcCallback call = profile.algorithm->*callback;
  if (call == nullptr) return;
  CcEvent event = describe(h, qp, fact);
  pf_cc_hop hops[kMaxTelemetryHops];
  if (fact.tail != 0) [[unlikely]]
    read_telemetry(h, fact.tail, event, hops);
  // A timer that fires and is set to the same moment would never let time go on.
  const Ps earliest = h.now + (callback == &CcAlgorithm::on_timer);
  if (h.hosts.traces_cc()) [[unlikely]]
    return consult_traced(h, qp, call, event, earliest);
  consult(h, qp, call, event, earliest);
}

void tick(HostWorker& h, std::uint32_t qp, DcqcnTimer timer) {
  const SendQp& q = h.hosts.send[qp];
  const CcProfile& profile = h.hosts.profiles[q.profile];
  const bool traced = h.hosts.traces_cc();
  if (traced) congestion_trace::before(h, qp, h.now);
  CcWishes wishes{q.rate_bps, q.window_bytes, q.cc_timer};
  dcqcn_tick(profile.parameters, &h.hosts.cc[qp], timer, describe(h, qp, {}), wishes);
  apply_wishes(h, qp, *profile.algorithm, wishes, h.now);
  if (traced) congestion_trace::after(h, qp, h.now);
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
