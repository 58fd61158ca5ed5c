// Swift (Kumar et al., "Swift: delay is simple and effective for congestion control in the
// datacenter", SIGCOMM'20, algorithm 1 and section 3.5): a window that holds the round-trip time at
// a target, which grows with the hops of the path and with the number of flows that share it.
#include <algorithm>
#include <cmath>

#include "fabric/cc/registry.h"

namespace fabric {

namespace {

// Order of `cc_parameters`; pyfabric/cc/swift.py writes the same. Windows count packets.
struct Parameters {
  double base_target_ps, hop_delay_ps, ai, beta, max_mdf;
  double fs_range_ps, fs_min_window, fs_max_window;
  double min_window, max_window, reset_after;
};
static_assert(sizeof(Parameters) <= PF_CC_PARAMETERS * sizeof(double));

struct State {
  double window;
  std::int64_t decreased_at, rtt_ps, sent_at;
  std::int32_t timeouts;  // in a row
};

const Parameters& parameters_of(const double* p) { return *reinterpret_cast<const Parameters*>(p); }

double flow_scaling(const Parameters& p, double window) {
  if (p.fs_range_ps == 0) return 0;
  const double least = 1 / std::sqrt(p.fs_max_window);
  const double a = p.fs_range_ps / (1 / std::sqrt(p.fs_min_window) - least);
  const double scaled = a / std::sqrt(window) - a * least;
  return std::min(std::max(scaled, 0.0), p.fs_range_ps);
}

double target(const Parameters& p, const State& s, const CcEvent& e) {
  return p.base_target_ps + double(e.path_hops) * p.hop_delay_ps + flow_scaling(p, s.window);
}

bool may_decrease(const State& s, const CcEvent& e) {
  return e.now_ps - s.decreased_at >= s.rtt_ps;
}

// Below one packet the window cannot say less: then packets start a round trip over the window
// apart, which every answer may still change.
void pace(const State& s, const CcEvent& e, CcWishes& w) {
  w.rate_bps = e.line_rate_bps;
  w.timer_ps = PF_CC_NEVER;
  if (s.window >= 1 || s.rtt_ps == 0) return;
  const std::int64_t next = s.sent_at + nearest(double(s.rtt_ps) / s.window);
  if (next <= e.now_ps) return;
  w.rate_bps = 0;
  w.timer_ps = next;
}

void set_window(const Parameters& p, State& s, const CcEvent& e, double window, CcWishes& w) {
  window = std::min(std::max(window, p.min_window), p.max_window);
  if (window < s.window) s.decreased_at = e.now_ps;
  s.window = window;
  w.window_bytes = whole_packets(window * double(e.mtu_bytes), e.mtu_bytes);
  pace(s, e, w);
}

int on_send(const double*, void* block, const CcEvent* e, CcWishes* w) {
  State& s = cc_state<State>(block);
  s.sent_at = e->now_ps;
  pace(s, *e, *w);
  return 0;
}

int on_timer(const double*, void* block, const CcEvent* e, CcWishes* w) {
  pace(cc_state<State>(block), *e, *w);
  return 0;
}

int on_ack(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  s.timeouts = 0;
  s.rtt_ps += s.rtt_ps == 0 ? e->rtt_ps : (e->rtt_ps - s.rtt_ps) / 8;  // RFC 6298, section 2
  const auto delay = double(e->rtt_ps);
  const double aim = target(p, s, *e), acked = double(e->bytes) / double(e->mtu_bytes);
  double window = s.window;
  if (delay < aim)
    window += window >= 1 ? p.ai * acked / window : p.ai * acked;
  else if (may_decrease(s, *e))
    window *= std::max(1 - p.beta * (delay - aim) / delay, 1 - p.max_mdf);
  set_window(p, s, *e, window, *w);
  return 0;
}

int on_nack(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  s.timeouts = 0;
  if (may_decrease(s, *e)) set_window(p, s, *e, s.window * (1 - p.max_mdf), *w);
  return 0;
}

int on_timeout(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  ++s.timeouts;
  if (s.timeouts >= std::int32_t(p.reset_after))
    set_window(p, s, *e, p.min_window, *w);
  else if (may_decrease(s, *e))
    set_window(p, s, *e, s.window * (1 - p.max_mdf), *w);
  return 0;
}

// Plans may come from files.
bool valid(const Parameters& p) {
  return within(p.base_target_ps, 1, 1e18) && within(p.hop_delay_ps, 0, 1e15) &&
         within(p.ai, 0, 1e6) && within(p.beta, 0, 1) && within(p.max_mdf, 0, 1) &&
         within(p.fs_range_ps, 0, 1e18) && within(p.fs_min_window, 1e-6, 1e6) &&
         within(p.fs_max_window, 1e-6, 1e6) &&
         (p.fs_range_ps == 0 || p.fs_min_window < p.fs_max_window) &&
         within(p.min_window, 1e-6, 1e6) && within(p.max_window, p.min_window, 1e9) &&
         within(p.reset_after, 1, 1e6);
}

int init(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  if (!valid(p)) return 1;
  State& s = cc_state<State>(block);
  const double packets = double(w->window_bytes) / double(e->mtu_bytes);
  set_window(p, s, *e, w->window_bytes > 0 ? packets : p.max_window, *w);
  s.decreased_at = 0;
  return 0;
}

std::int64_t observe(const double* parameters, void* block, const CcEvent* e, CcWishes*,
                     double* values) {
  const State& s = cc_state<State>(block);
  values[0] = s.window;
  values[1] = target(parameters_of(parameters), s, *e);
  return PF_CC_NEVER;
}

}  // namespace

const CcAlgorithm kSwift = observed({PF_CC_ABI_VERSION, sizeof(CcAlgorithm), "swift", init, on_send,
                                     on_ack, nullptr, on_nack, on_timeout, on_timer},
                                    "window_packets target_delay_ps", observe);

}  // namespace fabric
