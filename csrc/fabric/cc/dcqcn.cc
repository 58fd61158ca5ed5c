// DCQCN reaction point (Zhu et al., "Congestion control for large-scale RDMA deployments",
// SIGCOMM'15, section 3.1), in two styles:
//
//   paper     every CNP cuts at once; alpha decays while no CNP comes; timer and byte counter
//             drive the increase.
//   firmware  as in the simulator published with HPCC (SIGCOMM'19): the first CNP only starts the
//             timers; alpha and the cut are evaluated on timers of their own; no byte counter.
//
// The reaction point exists from the first CNP on; before it the rate is the line rate and nothing
// is timed. No timer is an event: each fact first replays the ticks that passed since the last one,
// in time order; under ns3_arithmetic each tick is an event of its own instead (dcqcn_timers.h).
#include <algorithm>

#include "fabric/cc/dcqcn_timers.h"
#include "fabric/cc/ns3_arithmetic.h"
#include "fabric/cc/registry.h"

namespace fabric {

namespace {

// Order of `cc_parameters`; pyfabric/cc/dcqcn.py writes the same.
struct Parameters {
  double g, alpha_timer_ps, increase_timer_ps, byte_counter_bytes, fast_recovery;
  double rate_ai_bps, rate_hai_bps, min_rate_bps;
  double decrease_interval_ps, clamp_target, initial_alpha, firmware, variable_window,
      line_rate_bps;
};
static_assert(sizeof(Parameters) <= PF_CC_PARAMETERS * sizeof(double));

struct State {
  double current_bps, target_bps, alpha;
  std::int64_t alpha_at, increase_at, decrease_at;  // next ticks
  std::int64_t counted_bytes, window_bytes;
  std::int32_t timer_stage, byte_stage;
  bool active, alpha_cnp, decrease_cnp;
};

const Parameters& parameters_of(const double* p) { return *reinterpret_cast<const Parameters*>(p); }

void publish(const Parameters& p, const State& s, const CcEvent& e, CcWishes& w) {
  w.rate_bps = to_bps(s.current_bps);
  if (p.variable_window != 0 && s.window_bytes > 0)
    w.window_bytes = window_at(p, s.window_bytes, s.current_bps, line_rate(p, e));
}

// Stages count no further than the phases can tell apart.
std::int32_t stage_limit(const Parameters& p) { return std::int32_t(p.fast_recovery) + 2; }

double middle(const Parameters& p, const State& s) {
  if (ns3_arithmetic(p)) return std::trunc(s.target_bps / 2) + std::trunc(s.current_bps / 2);
  return (s.target_bps + s.current_bps) / 2;
}

// One increase event. SIGCOMM'15 figure 7: fast recovery, additive, hyper increase.
void increase(const Parameters& p, State& s, const CcEvent& e) {
  const double low = std::min(s.timer_stage, s.byte_stage),
               high = std::max(s.timer_stage, s.byte_stage);
  if (p.firmware != 0) {
    if (high > p.fast_recovery)
      s.target_bps += high > p.fast_recovery + 1 ? p.rate_hai_bps : p.rate_ai_bps;
  } else if (low > p.fast_recovery) {
    s.target_bps += p.rate_hai_bps;
  } else if (high >= p.fast_recovery) {
    s.target_bps += p.rate_ai_bps;
  }
  s.target_bps = std::min(s.target_bps, line_rate(p, e));
  s.current_bps = std::min(middle(p, s), line_rate(p, e));
}

void alpha_tick(const Parameters& p, State& s) {
  s.alpha = (1 - p.g) * s.alpha;
  if (s.alpha_cnp) s.alpha += p.g;
  s.alpha_cnp = false;
  s.alpha_at += std::int64_t(p.alpha_timer_ps);
}

void increase_tick(const Parameters& p, State& s, const CcEvent& e) {
  s.timer_stage = std::min(s.timer_stage + 1, stage_limit(p));
  increase(p, s, e);
  s.increase_at += std::int64_t(p.increase_timer_ps);
}

void cut(const Parameters& p, State& s) {
  const bool raised = s.timer_stage > 0 || s.byte_stage > 0;  // since the last cut
  if (p.clamp_target != 0 || raised) s.target_bps = s.current_bps;
  s.current_bps = std::max(stepped(p, s.current_bps * (1 - s.alpha / 2)), p.min_rate_bps);
  s.timer_stage = s.byte_stage = 0;
  s.counted_bytes = 0;
}

void decrease_tick(const Parameters& p, State& s) {
  if (s.decrease_cnp) {
    cut(p, s);
    s.increase_at = s.decrease_at + std::int64_t(p.increase_timer_ps);
  }
  s.decrease_cnp = false;
  s.decrease_at += std::int64_t(p.decrease_interval_ps);
}

// Passes over the ticks up to now of a timer that can change nothing.
void pass_over(std::int64_t& next, double period_ps, const CcEvent& e) {
  const auto period = std::int64_t(period_ps);
  if (next <= e.now_ps) next += ((e.now_ps - next) / period + 1) * period;
}

// Whether a further tick of the increase timer leaves rates and phase as they are.
bool at_line_rate(const Parameters& p, const State& s, const CcEvent& e) {
  return s.current_bps == line_rate(p, e) && s.target_bps == line_rate(p, e) &&
         s.timer_stage >= stage_limit(p);
}

// Replays all ticks up to now. Alpha is needed by cuts only, so equal times run alpha, decrease,
// increase. Timers at a fixed point are passed over: a long idle time costs nothing.
void catch_up(const Parameters& p, State& s, const CcEvent& e) {
  if (ns3_arithmetic(p)) return;
  for (;;) {
    if (!s.alpha_cnp && (1 - p.g) * s.alpha == s.alpha) pass_over(s.alpha_at, p.alpha_timer_ps, e);
    if (!s.decrease_cnp && s.decrease_at != PF_CC_NEVER)
      pass_over(s.decrease_at, p.decrease_interval_ps, e);
    if (at_line_rate(p, s, e) && s.increase_at != PF_CC_NEVER)
      pass_over(s.increase_at, p.increase_timer_ps, e);
    const std::int64_t first = std::min({s.alpha_at, s.decrease_at, s.increase_at});
    if (first > e.now_ps) return;
    if (s.alpha_at == first)
      alpha_tick(p, s);
    else if (s.decrease_at == first)
      decrease_tick(p, s);
    else
      increase_tick(p, s, e);
  }
}

void start(const Parameters& p, State& s, const CcEvent& e) {
  s.active = true;
  s.alpha = p.initial_alpha;
  s.alpha_at = e.now_ps + std::int64_t(p.alpha_timer_ps);
  s.increase_at = p.firmware != 0 ? PF_CC_NEVER : e.now_ps + std::int64_t(p.increase_timer_ps);
  // Firmware style: the cut is evaluated 1 ns after alpha when the periods coincide.
  s.decrease_at =
      p.firmware != 0 ? e.now_ps + std::int64_t(p.decrease_interval_ps) + 1000 : PF_CC_NEVER;
}

// Plans may come from files: every period is finite and at least 1 ps, every stage countable.
bool valid(const Parameters& p) {
  return within(p.g, 0, 1) && within(p.alpha_timer_ps, 1, 1e18) &&
         within(p.increase_timer_ps, 1, 1e18) && within(p.fast_recovery, 0, 1e6) &&
         (p.byte_counter_bytes == 0 || within(p.byte_counter_bytes, 1, 1e18)) &&
         within(p.decrease_interval_ps, p.firmware != 0 ? 1 : 0, 1e18) &&
         within(p.rate_ai_bps, 0, 1e15) && within(p.rate_hai_bps, 0, 1e15) &&
         within(p.min_rate_bps, 0, 1e15) && within(p.line_rate_bps, 0, 1e15) &&
         within(p.initial_alpha, 0, 1);
}

int init(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  if (!valid(p)) return 1;
  State& s = cc_state<State>(block);
  s.current_bps = s.target_bps = line_rate(p, *e);
  s.window_bytes = w->window_bytes;
  s.alpha_at = s.increase_at = s.decrease_at = PF_CC_NEVER;
  publish(p, s, *e, *w);
  return 0;
}

int on_send(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  State& s = cc_state<State>(block);
  if (!s.active) return 0;
  const Parameters& p = parameters_of(parameters);
  catch_up(p, s, *e);
  if (p.byte_counter_bytes > 0) {
    s.counted_bytes += e->bytes;
    while (double(s.counted_bytes) >= p.byte_counter_bytes) {
      s.counted_bytes -= std::int64_t(p.byte_counter_bytes);
      s.byte_stage = std::min(s.byte_stage + 1, stage_limit(p));
      increase(p, s, *e);
    }
  }
  publish(p, s, *e, *w);
  return 0;
}

int on_cnp(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  const bool first = !s.active;
  if (first)
    start(p, s, *e);
  else
    catch_up(p, s, *e);
  if (p.firmware != 0) {
    s.alpha_cnp = !first;
    s.decrease_cnp = true;
  } else {
    cut(p, s);
    s.alpha = (1 - p.g) * s.alpha + p.g;
    s.alpha_at = e->now_ps + std::int64_t(p.alpha_timer_ps);
    s.increase_at = e->now_ps + std::int64_t(p.increase_timer_ps);
  }
  publish(p, s, *e, *w);
  return 0;
}

// The next tick that changes rates or alpha.
std::int64_t next_change(const Parameters& p, const State& s, const CcEvent& e) {
  std::int64_t next = PF_CC_NEVER;
  if (s.alpha_cnp || (1 - p.g) * s.alpha != s.alpha) next = std::min(next, s.alpha_at);
  if (s.decrease_cnp) next = std::min(next, s.decrease_at);
  if (!at_line_rate(p, s, e)) next = std::min(next, s.increase_at);
  return next;
}

// Ticks are replayed on the copy, which keeps them, each at its own time.
std::int64_t observe(const double* parameters, void* block, const CcEvent* e, CcWishes* w,
                     double* values) {
  State& s = cc_state<State>(block);
  if (!s.active) return PF_CC_NEVER;
  const Parameters& p = parameters_of(parameters);
  catch_up(p, s, *e);
  publish(p, s, *e, *w);
  values[0] = s.alpha;
  values[1] = s.target_bps;
  return ns3_arithmetic(p) ? PF_CC_NEVER : next_change(p, s, *e);
}

}  // namespace

DcqcnTicks dcqcn_ticks(const void* block) {
  const State& s = cc_state<State>(block);
  return {s.alpha_at, s.decrease_at, s.increase_at};
}

void dcqcn_tick(const double* parameters, void* block, DcqcnTimer timer, const CcEvent& e,
                CcWishes& w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  if (timer == DcqcnTimer::kAlpha) return alpha_tick(p, s);
  timer == DcqcnTimer::kDecrease ? decrease_tick(p, s) : increase_tick(p, s, e);
  publish(p, s, e, w);
}

const CcAlgorithm kDcqcn = observed({PF_CC_ABI_VERSION, sizeof(CcAlgorithm), "dcqcn", init, on_send,
                                     nullptr, on_cnp, nullptr, nullptr, nullptr},
                                    "alpha target_rate_bps", observe);

}  // namespace fabric
