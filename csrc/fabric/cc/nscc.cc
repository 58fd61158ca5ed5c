// NSCC, the network-signal-based congestion control of Ultra Ethernet (UET-htsim of the Ultra
// Ethernet Consortium): a window in bytes, driven by marks and by the queueing delay together.
#include <algorithm>

#include "fabric/cc/registry.h"

namespace fabric {

namespace {

// Order of `cc_parameters`; pyfabric/cc/nscc.py writes the same.
struct Parameters {
  double target_ps;  // 0: target_factor times the base round trip
  double target_factor;
  double reference_rate_bps, reference_rtt_ps;
  double proportional, fair, eta;  // packets of increase, scaled
  double fast_increase, fast_delay_ps;
  double gamma, max_decrease, delay_gain;
  double adjust_packets;
  double quick_adapt_share;      // 0: no quick adapt
  double quick_adapt_threshold;  // times the target
  double max_window;             // bandwidth-delay products
  double line_rate_bps;
};
static_assert(sizeof(Parameters) <= PF_CC_PARAMETERS * sizeof(double));

struct State {
  double window, pending;  // bytes; bytes^2
  double average_ps;
  std::int64_t fast_bytes, adjust_bytes, period_bytes, ignored_bytes;
  std::int64_t adjusted_at, eta_at, decreased_at, period_ends;
  bool fast;     // increases fast, until a delay or a mark
  bool alarmed;  // in this period of quick adapt: a loss, or a delay above the threshold
};

const Parameters& parameters_of(const double* p) { return *reinterpret_cast<const Parameters*>(p); }

// The path, and what scales with it.
struct Path {
  double rtt_ps, target_ps, bdp_bytes, most_bytes, mtu_bytes;
  double a, b;  // of the reference network: bandwidth-delay product, target
};

Path path_of(const Parameters& p, const CcEvent& e) {
  Path path{};
  const double line = line_rate(p, e);
  path.rtt_ps = double(std::max<std::int64_t>(e.base_rtt_ps, 1));
  path.target_ps = p.target_ps > 0 ? p.target_ps : p.target_factor * path.rtt_ps;
  path.bdp_bytes = line * path.rtt_ps / 8e12;
  path.mtu_bytes = double(e.mtu_bytes);
  path.most_bytes = std::max(p.max_window * path.bdp_bytes, path.mtu_bytes);
  path.a = path.bdp_bytes / (p.reference_rate_bps * p.reference_rtt_ps / 8e12);
  path.b = path.target_ps / p.reference_rtt_ps;
  return path;
}

void publish(const Path& path, State& s, const CcEvent& e, CcWishes& w) {
  s.window = std::min(std::max(s.window, path.mtu_bytes), path.most_bytes);
  w.window_bytes = whole_packets(s.window, e.mtu_bytes);
}

// A sample above the target without a mark stands for a queue that is draining: it counts little.
void average(const Parameters& p, State& s, const Path& path, double delay, bool marked) {
  const double sample = !marked && delay > path.target_ps ? 0.25 * path.rtt_ps : delay;
  s.average_ps = p.delay_gain * sample + (1 - p.delay_gain) * s.average_ps;
}

// True: a period has ended in which much less arrived than the largest window, and it is the
// window.
bool quick_adapt(const Parameters& p, State& s, const Path& path, const CcEvent& e) {
  if (p.quick_adapt_share == 0 || e.now_ps < s.period_ends) return false;
  const bool acts = s.period_ends != 0 && s.alarmed &&
                    double(s.period_bytes) < path.most_bytes * p.quick_adapt_share;
  if (acts) {
    s.window = std::max(double(s.period_bytes), path.mtu_bytes);
    s.ignored_bytes = e.inflight_bytes;
    s.pending = 0;
  }
  s.alarmed = false;
  s.period_bytes = 0;
  s.period_ends = e.now_ps + std::int64_t(path.rtt_ps + path.target_ps);
  return acts;
}

// After a whole window without queueing, for as long as there is none.
bool fast_increase(const Parameters& p, State& s, const Path& path, const CcEvent& e,
                   double delay) {
  if (p.fast_increase == 0 || e.ecn_echo != 0 || delay >= p.fast_delay_ps) {
    s.fast_bytes = 0;
    s.fast = false;
    return false;
  }
  s.fast_bytes += e.bytes;
  s.fast = s.fast || double(s.fast_bytes) > s.window;
  if (!s.fast) return false;
  s.window += p.fast_increase * path.a * double(e.bytes);
  return true;
}

void decrease(const Parameters& p, State& s, const Path& path, const CcEvent& e) {
  if (s.average_ps <= path.target_ps || double(e.now_ps - s.decreased_at) < path.rtt_ps) return;
  const double factor = 1 - p.gamma * (s.average_ps - path.target_ps) / s.average_ps;
  s.window *= std::max(factor, 1 - p.max_decrease);
  s.decreased_at = e.now_ps;
}

void react(const Parameters& p, State& s, const Path& path, const CcEvent& e, double delay) {
  const bool marked = e.ecn_echo != 0, late = delay >= path.target_ps;
  const auto bytes = double(e.bytes);
  if (marked && late) return decrease(p, s, path, e);
  if (marked) return;
  if (late)
    s.pending += p.fair * path.mtu_bytes * path.a * bytes;
  else
    s.pending += p.proportional * path.mtu_bytes * path.a * path.b * bytes *
                 ((path.target_ps - delay) / path.target_ps);
}

// Increases are made now and then: each round trip, or after some packets.
void adjust(const Parameters& p, State& s, const Path& path, const CcEvent& e) {
  s.adjust_bytes += e.bytes;
  const bool time = double(e.now_ps - s.adjusted_at) >= path.rtt_ps;
  if (!time && double(s.adjust_bytes) < p.adjust_packets * path.mtu_bytes) return;
  s.window += s.pending / s.window;
  s.pending = 0;
  s.adjust_bytes = 0;
  s.adjusted_at = e.now_ps;
  if (double(e.now_ps - s.eta_at) < path.rtt_ps) return;
  s.window += p.eta * path.mtu_bytes * path.a;
  s.eta_at = e.now_ps;
}

int on_ack(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  const Path path = path_of(p, *e);
  const double delay = std::max(double(e->rtt_ps) - path.rtt_ps, 0.0);
  average(p, s, path, delay, e->ecn_echo != 0);
  s.period_bytes += e->bytes;
  s.alarmed = s.alarmed || delay > p.quick_adapt_threshold * path.target_ps;
  if (!quick_adapt(p, s, path, *e)) {
    if (s.ignored_bytes > 0) {
      s.ignored_bytes -= e->bytes;
    } else if (!fast_increase(p, s, path, *e, delay)) {
      react(p, s, path, *e, delay);
      adjust(p, s, path, *e);
    }
  }
  publish(path, s, *e, *w);
  return 0;
}

int on_loss(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  State& s = cc_state<State>(block);
  const Path path = path_of(p, *e);
  average(p, s, path, path.rtt_ps, true);
  s.period_bytes += e->bytes;
  s.alarmed = true;
  if (!quick_adapt(p, s, path, *e)) s.window -= path.mtu_bytes;
  publish(path, s, *e, *w);
  return 0;
}

// Plans may come from files.
bool valid(const Parameters& p) {
  return within(p.target_ps, 0, 1e18) && within(p.target_factor, 1e-3, 1e3) &&
         within(p.reference_rate_bps, 1e3, 1e15) && within(p.reference_rtt_ps, 1e3, 1e15) &&
         within(p.proportional, 0, 1e6) && within(p.fair, 0, 1e6) && within(p.eta, 0, 1e6) &&
         within(p.fast_increase, 0, 1e6) && within(p.fast_delay_ps, 0, 1e18) &&
         within(p.gamma, 0, 1) && within(p.max_decrease, 0, 1) && within(p.delay_gain, 0, 1) &&
         within(p.adjust_packets, 0, 1e9) && within(p.quick_adapt_share, 0, 1) &&
         within(p.quick_adapt_threshold, 0, 1e6) && within(p.max_window, 1e-3, 1e3) &&
         within(p.line_rate_bps, 0, 1e15);
}

int init(const double* parameters, void* block, const CcEvent* e, CcWishes* w) {
  const Parameters& p = parameters_of(parameters);
  if (!valid(p)) return 1;
  State& s = cc_state<State>(block);
  const Path path = path_of(p, *e);
  s.window = path.most_bytes;
  publish(path, s, *e, *w);
  return 0;
}

std::int64_t observe(const double* parameters, void* block, const CcEvent* e, CcWishes*,
                     double* values) {
  values[0] = cc_state<State>(block).average_ps;
  values[1] = path_of(parameters_of(parameters), *e).target_ps;
  return PF_CC_NEVER;
}

}  // namespace

const CcAlgorithm kNscc = observed({PF_CC_ABI_VERSION, sizeof(CcAlgorithm), "nscc", init, nullptr,
                                    on_ack, nullptr, on_loss, on_loss, nullptr},
                                   "average_delay_ps target_delay_ps", observe);

}  // namespace fabric
