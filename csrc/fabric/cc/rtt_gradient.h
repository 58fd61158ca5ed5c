// What TIMELY and patched TIMELY share: when a round-trip sample counts, and its smoothed gradient.
#pragma once

#include <algorithm>

#include "fabric/cc/ns3_arithmetic.h"
#include "fabric/cc/registry.h"

namespace fabric {

// Order of `cc_parameters`; pyfabric/cc/timely.py writes the same.
struct RttParameters {
  double t_low_ps, t_high_ps, min_rtt_ps, beta, ewma, rate_ai_bps;
  double segment_bytes;  // 0: one sample per window
  double min_rate_bps, initial_rate_bps, line_rate_bps;
  double rate_hai_bps, hyper_after, hyper_below_t_low, variable_window;  // TIMELY only
};
static_assert(sizeof(RttParameters) <= PF_CC_PARAMETERS * sizeof(double));

struct RttState {
  double rate_bps;
  double rtt_diff;  // ps, under ns3_arithmetic ns
  std::int64_t previous_rtt_ps, acked_bytes, sampled_at;
  std::int64_t line_window_bytes;  // the window at line rate; 0: none
  std::uint32_t window_psn;
  std::int32_t increases;  // in a row
};

inline const RttParameters& rtt_parameters(const double* p) {
  return *reinterpret_cast<const RttParameters*>(p);
}

inline bool valid(const RttParameters& p) {
  return within(p.t_low_ps, 0, 1e18) && within(p.t_high_ps, 1, 1e18) &&
         within(p.min_rtt_ps, 1, 1e18) && within(p.beta, 0, 1) && within(p.ewma, 0, 1) &&
         within(p.rate_ai_bps, 0, 1e15) && within(p.segment_bytes, 0, 1e12) &&
         within(p.min_rate_bps, 1, 1e15) && within(p.initial_rate_bps, 0, 1e15) &&
         within(p.line_rate_bps, 0, 1e15) && within(p.rate_hai_bps, 0, 1e15) &&
         within(p.hyper_after, 0, 1e6);
}

inline void set_rate(const RttParameters& p, RttState& s, const CcEvent& e, double rate,
                     CcWishes& w) {
  s.rate_bps = std::min(std::max(stepped(p, rate), p.min_rate_bps), line_rate(p, e));
  w.rate_bps = to_bps(s.rate_bps);
  if (p.variable_window != 0 && s.line_window_bytes > 0)
    w.window_bytes = window_at(p, s.line_window_bytes, s.rate_bps, line_rate(p, e));
}

// Whether the sample of this ACK counts: the first ACK of a window, or the one that completes a
// segment, if the smallest round trip has passed since the last one.
inline bool sample_counts(const RttParameters& p, RttState& s, const CcEvent& e) {
  if (p.segment_bytes == 0) {
    if (e.acked_psn <= s.window_psn) return false;
    s.window_psn = e.next_psn;
    return true;
  }
  s.acked_bytes += e.bytes;
  if (double(s.acked_bytes) < p.segment_bytes) return false;
  if (s.previous_rtt_ps != 0 && double(e.now_ps - s.sampled_at) < p.min_rtt_ps) return false;
  s.acked_bytes = 0;
  s.sampled_at = e.now_ps;
  return true;
}

inline double rtt_unit_ps(const RttParameters& p) { return ns3_arithmetic(p) ? 1000 : 1; }

// The gradient over the smallest round trip, with the sample taken in. False: it is the first.
inline bool take_sample(const RttParameters& p, RttState& s, const CcEvent& e, double& gradient) {
  const std::int64_t before = s.previous_rtt_ps;
  s.previous_rtt_ps = e.rtt_ps;
  if (before == 0) return false;
  const double unit_ps = rtt_unit_ps(p);
  s.rtt_diff = (1 - p.ewma) * s.rtt_diff + p.ewma * (double(e.rtt_ps - before) / unit_ps);
  gradient = s.rtt_diff / (p.min_rtt_ps / unit_ps);
  return true;
}

// on_ack: `decide` sets the rate by the gradient, at each sample that counts but the first.
template <void (*decide)(const RttParameters&, RttState&, const CcEvent&, double, CcWishes&)>
int on_rtt(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const RttParameters& p = rtt_parameters(parameters);
  RttState& s = cc_state<RttState>(block);
  double gradient = 0;
  if (sample_counts(p, s, *e) && take_sample(p, s, *e, gradient)) decide(p, s, *e, gradient, *w);
  return 0;
}

inline int start_rtt(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const RttParameters& p = rtt_parameters(parameters);
  if (!valid(p)) return 1;
  RttState& s = cc_state<RttState>(block);
  s.line_window_bytes = w->window_bytes;
  set_rate(p, s, *e, p.initial_rate_bps > 0 ? p.initial_rate_bps : line_rate(p, *e), *w);
  return 0;
}

// Gradient and round trip of the last sample that counted; nothing before the first.
inline std::int64_t observe_rtt(const double* parameters, void* block, const CcEvent*, CcWishes*,
                                double* values) {
  const RttState& s = cc_state<RttState>(block);
  if (s.previous_rtt_ps == 0) return PF_CC_NEVER;
  const RttParameters& p = rtt_parameters(parameters);
  values[0] = s.rtt_diff / (p.min_rtt_ps / rtt_unit_ps(p));
  values[1] = double(s.previous_rtt_ps);
  return PF_CC_NEVER;
}
inline constexpr const char* kObservedRtt = "gradient rtt_ps";

}  // namespace fabric
